/** The first word of a line that is no command, menu or argument: help names it (C-36). */
import type { LineContext } from './line-position.js';
import { parseCommand } from './parse.js';
import { nextCommand } from './tokens.js';

/** Nothing was found by that name (C-50), or nothing of that name has a place there (C-52). */
const unknownRules = ['C-50', 'C-52'];

/** Undefined when the line holds no such word, or cannot be read that far. */
export function firstMistake(line: string, context: LineContext): string | undefined {
  let { path } = context;
  for (let offset = 0; ; ) {
    const command = nextCommand(line, offset);
    if (!command.ok || command.value === undefined) return undefined;
    const statement = parseCommand(command.value, context.root, path);
    if (!statement.ok) {
      const { rule, offset: place } = statement.error;
      return unknownRules.includes(rule) ? /^[^\s=\];]+/.exec(line.slice(place))?.[0] : undefined;
    }
    path = statement.value.kind === 'enter' ? statement.value.path : statement.value.menu;
    offset = command.value.end;
  }
}
