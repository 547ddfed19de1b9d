/** What `?` shows: what can stand at the cursor, aligned as the manual does (B-15, C-36). */

import { defaultText } from '../config/property-text.js';
import { formatContext } from '../config/references.js';
import { emptyConfig } from '../config/tables.js';
import type { Candidate, CandidateKind } from './candidates.js';
import type { CommandArgument } from './command-arguments.js';
import { argumentsOf, named } from './command-arguments.js';
import { commandsAt, globalCommands } from './commands/catalogue.js';
import { allThatFits } from './complete.js';
import type { LineContext, LinePosition } from './line-position.js';
import { linePosition } from './line-position.js';
import { firstMistake } from './mistake.js';
import type { Palette } from './palette.js';
import { palette } from './palette.js';
import type { Invocation } from './parse.js';

interface Entry {
  readonly name: string;
  readonly kind: CandidateKind;
  readonly help: string;
}

/** The text to show for the line up to the cursor. */
export function help(
  line: string,
  context: LineContext,
  { colour }: { readonly colour: boolean },
): string {
  const position = linePosition(line, context);
  if (position === undefined) return `\n${unknown(firstMistake(line, context))}`;
  const candidates = asTheManual(withFlagsOnce(allThatFits(line, context).candidates), position);
  const entries = [
    ...about(position, candidates),
    ...candidates.map((each) => entry(each, position)),
    ...everywhere(position),
  ];
  if (entries.length > 0) return `\n${listing(entries, palette(colour))}`;
  // Conditions are read when they are carried out: a name that nothing begins with is none.
  const isSubject = position.kind === 'subject' && position.word !== '';
  return `\n${unknown(isSubject ? position.word : firstMistake(line, context))}`;
}

function unknown(word: string | undefined): string {
  return word === undefined ? '' : `no such command or argument: ${word}\n`;
}

/** What is yes or no may stand alone or with a value: one entry says so. */
function withFlagsOnce(candidates: readonly Candidate[]): readonly Candidate[] {
  const names = new Set(candidates.map(({ text }) => text));
  return candidates.filter(({ text }) => !names.has(`${text}=`));
}

/** Where the manual prints the help of a menu, only what the manual knows stands there (G14). */
function asTheManual(
  candidates: readonly Candidate[],
  position: LinePosition,
): readonly Candidate[] {
  const node = position.kind === 'name' ? position.path.at(-1) : undefined;
  if (!node?.bareHelp || (position.kind === 'name' && position.word !== '')) return candidates;
  const ours = new Set(commandsAt(node).flatMap(({ name, yields }) => (yields ? [name] : [])));
  return candidates.filter(({ text }) => !ours.has(text));
}

/** What `:` introduces works in every menu; it is told at the root, where a new user begins. */
function everywhere(position: LinePosition): readonly Entry[] {
  if (position.kind !== 'name' || position.word !== '' || position.inBrackets) return [];
  if (position.path.length > 1) return [];
  return globalCommands.map(
    ({ name, help: words }) => ({ name: `:${name}`, kind: 'command', help: words }) as const,
  );
}

/** The argument itself after `NAME=`, unless the words that follow say all there is to say. */
function about(position: LinePosition, fitting: readonly Candidate[]): readonly Entry[] {
  if (position.kind !== 'value' || (position.word !== '' && fitting.length > 0)) return [];
  const { command, node } = position.invocation;
  const argument = named(position.name, argumentsOf(command, node));
  if (argument === undefined) return [];
  const { words, grammar } = argument.type ?? {};
  if (words !== undefined && words.join('|') === grammar) return [];
  return [
    { name: argument.name, kind: 'property', help: described(argument, position.invocation) },
  ];
}

function entry({ text, kind, help: words }: Candidate, position: LinePosition): Entry {
  const name = text.replace(/=$/, '');
  if (position.kind === 'name' && position.path.at(-1)?.bareHelp) return { name, kind, help: '' };
  if (position.kind !== 'argument' || kind !== 'property') return { name, kind, help: words };
  const { command, node } = position.invocation;
  const argument = named(name, argumentsOf(command, node));
  const { invocation } = position;
  return { name, kind, help: argument === undefined ? words : described(argument, invocation) };
}

/** What it means, what it takes, and what it is when nobody says. */
function described(
  { help: meaning, type, property }: CommandArgument,
  { command }: Invocation,
): string {
  const values = type === undefined ? [] : [type.grammar];
  const initial = property && defaultText(property, formatContext(emptyConfig()));
  const isAdded = command.name === 'add' && property !== undefined;
  const otherwise = isAdded ? [initial === undefined ? 'required' : `default ${initial}`] : [];
  const facts = [...values, ...otherwise].join('; ');
  return facts === '' ? meaning : `${meaning} (${facts})`;
}

const margin = 2;
const width = 80;

/** Names right-aligned, what they mean beside them (B-15). */
function listing(entries: readonly Entry[], colours: Palette): string {
  const column = Math.max(0, ...entries.map(({ name }) => name.length)) + margin;
  const lines = entries.flatMap(({ name, kind, help: words }) => {
    const shown = ' '.repeat(column - name.length) + coloured(name, kind, colours);
    if (words === '') return [shown];
    const indent = ' '.repeat(column + margin);
    const [first = '', ...more] = wrapped(words, width - indent.length);
    return [shown + ' '.repeat(margin) + first, ...more.map((text) => indent + text)];
  });
  return lines.map((text) => `${text}\n`).join('');
}

function wrapped(text: string, limit: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > limit) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function coloured(name: string, kind: CandidateKind, colours: Palette): string {
  switch (kind) {
    case 'menu':
      return colours.menu(name);
    case 'command':
      return colours.command(name);
    case 'property':
    case 'keyword':
      return colours.property(name);
    case 'value':
    case 'item':
      return name;
  }
}
