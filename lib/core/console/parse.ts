/** Tokens into statements: which menu, which command, which arguments (C-01, C-10 to C-24, A-01). */
import { assert } from '../base/assert.js';
import type { Result } from '../base/result.js';
import { ok } from '../base/result.js';
import type { Match } from '../config/abbreviation.js';
import { matchName } from '../config/abbreviation.js';
import { commandsAt, globalCommands } from './commands/catalogue.js';
import type { CommandSpec, Dialect } from './commands/command.js';
import type { ConsoleError } from './console-error.js';
import {
  ambiguousCommandName,
  ambiguousInput,
  badCommandName,
  expectedCommandName,
  expectedEndOfCommand,
  syntaxError,
} from './console-error.js';
import { syntaxHints } from './hints.js';
import type { MenuNode } from './menu-tree.js';
import type { ArgumentPlace } from './name-hints.js';
import {
  argumentHint,
  commandHint,
  comparisonHint,
  continuationHint,
  globalCommandHint,
  neededHint,
  surplusHint,
} from './name-hints.js';
import type { Assignment, Command, Token, Value } from './tokens.js';

/** From the root to the current menu. */
export type Path = readonly MenuNode[];

export interface Argument {
  readonly name: string;
  readonly value: Value;
  /** Where the argument begins, name included. */
  readonly offset: number;
}

export interface Invocation {
  readonly kind: 'invoke';
  readonly command: CommandSpec;
  /** Where the command was found. */
  readonly node: MenuNode;
  /** The menu the command is carried out in: brackets inside it start there. */
  readonly path: Path;
  /** The current menu afterwards. */
  readonly menu: Path;
  readonly offset: number;
  /** As given, unknown names already refused. */
  readonly arguments: readonly Argument[];
  readonly keywords: ReadonlySet<string>;
  /** The tokens of `where`; undefined when there is none. */
  readonly condition?: readonly Token[];
  /** Where the command ends: what is missing is missing there. */
  readonly end: number;
}

export type Statement = { readonly kind: 'enter'; readonly path: Path } | Invocation;

type Parsed<T> = Result<T, ConsoleError>;

interface Segment {
  readonly text: string;
  readonly offset: number;
}

/** Reads one command given at `current`; `root` is the whole tree. */
export function parseCommand(
  { tokens, prompt, end }: Command,
  root: MenuNode,
  current: Path,
  dialect: Dialect = 'own',
): Parsed<Statement> {
  const menu = prompt === undefined ? ok(current) : promptedPath(prompt, root);
  if (!menu.ok) return menu;
  let path = menu.value;
  const [first, ...others] = tokens;
  if (first?.kind === 'text' && !first.quoted && first.text.startsWith(':')) {
    const command = globalCommand(first);
    if (!command.ok) return command;
    const offset = first.offset + 1;
    const place = { command: command.value, node: root, path, menu: path, offset, end };
    return parseArguments(place, others, dialect);
  }
  for (const [index, token] of tokens.entries()) {
    const segments = pathSegments(token, index === 0, path);
    if (!segments.ok) return segments;
    if (segments.value.fromRoot) path = [root];
    for (const [position, segment] of segments.value.words.entries()) {
      const step = walk(segment, path);
      if (!step.ok) return step;
      if (step.value.kind === 'invoke') {
        const surplus = segments.value.words[position + 1];
        const { command, node } = step.value;
        if (surplus !== undefined) {
          return expectedEndOfCommand(surplus.offset, `${command.name} ends the path`);
        }
        const place = { command, node, path, menu: menu.value, offset: segment.offset, end };
        return parseArguments(place, tokens.slice(index + 1), dialect);
      }
      path = step.value.path;
    }
  }
  return ok({ kind: 'enter', path });
}

/** The menu a pasted prompt names. */
function promptedPath(words: readonly Segment[], root: MenuNode): Parsed<Path> {
  let path: Path = [root];
  for (const word of words) {
    const step = walk(word, path);
    if (!step.ok) return step;
    if (step.value.kind === 'invoke') {
      return badCommandName(word.text, word.offset, 'a prompt names a menu and no command');
    }
    path = step.value.path;
  }
  return ok(path);
}

/** The command after `:`. */
function globalCommand({ text, offset }: Segment): Parsed<CommandSpec> {
  const word = text.slice(1);
  const hint = () => globalCommandHint(word);
  if (word === '') return expectedCommandName(offset + 1, hint());
  return found({ text: word, offset: offset + 1 }, named(globalCommands), hint);
}

/** The words of a token where a menu or command name is expected. */
function pathSegments(
  token: Token,
  isFirst: boolean,
  path: Path,
): Parsed<{ readonly fromRoot: boolean; readonly words: readonly Segment[] }> {
  if (token.kind !== 'text' || token.quoted) {
    if (token.kind === 'sign') return syntaxError(token.offset, syntaxHints.parenthesis);
    const isContinued = isFirst && token.kind === 'assignment';
    return expectedCommandName(token.offset, isContinued ? continuationHint : neededHint(path));
  }
  const words: Segment[] = [];
  for (const match of token.text.matchAll(/[^/]+/g)) {
    words.push({ text: match[0], offset: token.offset + match.index });
  }
  return ok({ fromRoot: isFirst && token.text.startsWith('/'), words });
}

type Step =
  | { readonly kind: 'enter'; readonly path: Path }
  | { readonly kind: 'invoke'; readonly command: CommandSpec; readonly node: MenuNode };

function walk({ text, offset }: Segment, path: Path): Parsed<Step> {
  if (text === '..') {
    return path.length > 1
      ? ok({ kind: 'enter', path: path.slice(0, -1) })
      : badCommandName(text, offset, 'nothing is above the root');
  }
  const node = path.at(-1);
  assert(node !== undefined, 'a path begins at the root');
  const entries: readonly Named<Step>[] = [
    ...node.children.map((child) => ({
      name: child.name,
      value: { kind: 'enter', path: [...path, child] } as const,
    })),
    ...commandsAt(node).map((command) => ({
      name: command.name,
      yields: command.yields,
      value: { kind: 'invoke', command, node } as const,
    })),
  ];
  return found({ text, offset }, entries, () => commandHint(text, path));
}

interface Named<T> {
  readonly name: string;
  /** It makes no abbreviation of another ambiguous. */
  readonly yields?: true | undefined;
  readonly value: T;
}

function named(commands: readonly CommandSpec[]): readonly Named<CommandSpec>[] {
  return commands.map((command) => ({ name: command.name, value: command }));
}

/** The menu or command that the word names; the hint is for one that names none. */
function found<T>(
  { text: word, offset }: Segment,
  entries: readonly Named<T>[],
  hint: () => string,
): Parsed<T> {
  const all = matchName(word, entries);
  const match =
    all.kind === 'ambiguous'
      ? matchName(
          word,
          entries.filter(({ yields }) => yields === undefined),
        )
      : all;
  switch (match.kind) {
    case 'found':
      return ok(match.value);
    case 'none':
      return badCommandName(word, offset, hint());
    case 'ambiguous':
      return ambiguousCommandName(word, offset, match.names);
  }
}

type Place = Pick<Invocation, 'command' | 'node' | 'path' | 'menu' | 'offset' | 'end'>;

function parseArguments(
  place: Place,
  tokens: readonly Token[],
  dialect: Dialect,
): Parsed<Invocation> {
  const { command, node } = place;
  const invocation = { kind: 'invoke', ...place } as const;
  const names = {
    own: command.arguments(node),
    later: command.laterArguments?.(node, dialect) ?? [],
  };
  const unnamed = [...command.unnamed];
  const given: Argument[] = [];
  const keywords = new Set<string>();
  const isGiven = (name: string) => given.some((argument) => argument.name === name);

  for (const [index, token] of tokens.entries()) {
    const keyword = matchKeyword(command, token);
    if (keyword?.kind === 'ambiguous') {
      return ambiguousInput(wordOf(token), token.offset, keyword.names);
    }
    if (command.condition === 'whole' || (keyword?.kind === 'found' && keyword.value === 'where')) {
      const condition = tokens.slice(keyword?.kind === 'found' ? index + 1 : index);
      return ok({ ...invocation, arguments: given, keywords, condition });
    }
    if (keyword?.kind === 'found') {
      const other = rival(command, keyword.value, keywords);
      if (other !== undefined) {
        const hint = `${other} and ${keyword.value} exclude each other: give one of them`;
        return expectedEndOfCommand(token.offset, hint);
      }
      keywords.add(keyword.value);
      continue;
    }
    if (token.kind === 'sign') return syntaxError(token.offset, syntaxHints.parenthesis);
    const named = token.kind === 'assignment' ? matchArgument(names, token) : undefined;
    if (named?.kind === 'ambiguous' && token.kind === 'assignment') {
      return ambiguousInput(token.name, token.offset, named.names);
    }
    const name = token.kind === 'assignment' ? foundIn(named) : unnamed.shift();
    if (name === undefined || isGiven(name) || !fits(command, node, token, name)) {
      const place = { command, node, given: given.map((argument) => argument.name) };
      return expectedEndOfCommand(token.offset, endHint(token, name, place));
    }
    const value = token.kind === 'assignment' ? token.value : token;
    given.push({ name, value, offset: token.offset });
  }
  return ok({ ...invocation, arguments: given, keywords });
}

/** A word given before that this one cannot stand beside. */
function rival(
  { exclusive = [] }: CommandSpec,
  keyword: string,
  given: ReadonlySet<string>,
): string | undefined {
  if (!exclusive.includes(keyword)) return undefined;
  return exclusive.find((other) => other !== keyword && given.has(other));
}

function endHint(token: Token, name: string | undefined, place: ArgumentPlace): string {
  if (token.kind !== 'assignment') return surplusHint(wordOf(token), place);
  if (token.operator !== '=') return comparisonHint;
  return argumentHint(name ?? token.name, place);
}

function foundIn(match: Match<string> | undefined): string | undefined {
  return match?.kind === 'found' ? match.value : undefined;
}

interface ArgumentNames {
  readonly own: readonly string[];
  /** Of later versions: written out, so that they make no abbreviation ambiguous. */
  readonly later: readonly string[];
}

/** Only `=` assigns: any other operator belongs to a condition. */
function matchArgument(
  { own, later }: ArgumentNames,
  { name, operator }: Assignment,
): Match<string> {
  if (operator !== '=') return { kind: 'none' };
  if (later.includes(name) && !own.includes(name)) return { kind: 'found', value: name };
  return matchName(
    name,
    own.map((known) => ({ name: known, value: known })),
  );
}

function wordOf(token: Token): string {
  return token.kind === 'text' ? token.text : '';
}

function matchKeyword(
  { keywords, wholeKeywords }: CommandSpec,
  token: Token,
): Match<string> | undefined {
  if (token.kind !== 'text' || token.quoted) return undefined;
  if (wholeKeywords && !keywords.includes(token.text)) return undefined;
  const match = matchName(
    token.text,
    keywords.map((keyword) => ({ name: keyword, value: keyword })),
  );
  return match.kind === 'none' ? undefined : match;
}

/** A misspelt keyword must not pass for an item where items have no names. */
function fits(command: CommandSpec, { menu }: MenuNode, token: Token, name: string): boolean {
  if (token.kind !== 'text' || token.quoted || command.keywords.length === 0) return true;
  if (menu === undefined || (name !== 'numbers' && name !== 'from')) return true;
  return menu.itemName !== undefined || /^[*\d]/.test(token.text);
}
