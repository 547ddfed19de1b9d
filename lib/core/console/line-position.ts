/** Where in the language a line stands at its end: what completion and help answer for (C-35, C-36). */
import type { Config } from '../config/config.js';
import { consoleLimits } from './console-limits.js';
import type { MenuNode } from './menu-tree.js';
import type { Invocation, Path, Statement } from './parse.js';
import { parseCommand } from './parse.js';
import { nextCommand } from './tokens.js';

interface AtWord {
  /** The word that is being typed, up to the cursor; empty after a blank. */
  readonly word: string;
  /** Index of the line where it begins. */
  readonly from: number;
}

export type LinePosition = AtWord &
  (
    | {
        /** The name of a menu or a command is expected. */
        readonly kind: 'name';
        readonly path: Path;
        /** Only commands that give a value have a place in brackets. */
        readonly inBrackets: boolean;
      }
    | { readonly kind: 'globalName'; readonly inBrackets: boolean }
    /** The name of an argument, a keyword, or a value without a name. */
    | { readonly kind: 'argument'; readonly invocation: Invocation }
    /** After `NAME=`. */
    | { readonly kind: 'value'; readonly invocation: Invocation; readonly name: string }
    /** The name of something a condition asks for. */
    | { readonly kind: 'subject'; readonly invocation: Invocation }
    /** After `NAME=` or another sign of comparison in a condition. */
    | { readonly kind: 'subjectValue'; readonly invocation: Invocation; readonly name: string }
  );

/** Where a line is typed. */
export interface LineContext {
  readonly root: MenuNode;
  /** The current menu. */
  readonly path: Path;
  readonly config: Config;
}

type LinePlace = Pick<LineContext, 'root' | 'path'>;

/** Undefined where nothing can be said: after a mistake, or inside a comment. */
export function linePosition(line: string, place: LinePlace): LinePosition | undefined {
  const levels = openLevels(line);
  const last = levels?.at(-1);
  if (levels === undefined || last === undefined) return undefined;
  let { path } = place;
  for (const level of levels) {
    path = pathAfter(line, level, { ...place, path });
    if (level === last) break;
    const outer = statementOf(line.slice(level.commandStart, level.end), { ...place, path });
    if (outer === undefined) return undefined;
    path = outer.path;
  }
  return positionIn(line, { ...place, path }, last, levels.length > 1);
}

/** A command that is being typed: the whole line, or inside a bracket that is still open. */
interface Level {
  /** Commands before it, ended by `;` or a line end. */
  readonly finished: { readonly start: number; readonly end: number }[];
  commandStart: number;
  /** Something other than blanks stands there already: `#` begins no comment any more (C-03). */
  hasBegun: boolean;
  wordStart: number;
  /** Where the bracket of the next level opens, or the line ends. */
  end: number;
}

/** From the outermost to the innermost; undefined where no word can be completed. */
function openLevels(line: string): readonly Level[] | undefined {
  let level = levelFrom(0, line);
  const levels = [level];
  for (let index = 0; index < line.length; index += 1) {
    const character = line.charAt(index);
    const isFirst = !level.hasBegun;
    if (character !== ' ' && character !== '\t') level.hasBegun = true;
    if (character === '"') {
      const close = closingQuote(line, index);
      // Still open: the word being typed is in quotes.
      if (close === undefined) return levels;
      index = close;
    } else if (character === '#' && isFirst) {
      while (index + 1 < line.length && !isLineEnd(line.charAt(index + 1))) index += 1;
      if (index + 1 === line.length) return undefined;
    } else if (character === ';' || isLineEnd(character)) {
      level.finished.push({ start: level.commandStart, end: index });
      level.commandStart = index + 1;
      level.hasBegun = false;
      level.wordStart = index + 1;
    } else if (character === '[') {
      if (levels.length > consoleLimits.nesting) return undefined;
      level.end = index;
      level = levelFrom(index + 1, line);
      levels.push(level);
    } else if (character === ']') {
      levels.pop();
      const outer = levels.at(-1);
      if (outer === undefined) return undefined;
      level = outer;
      level.end = line.length;
    } else if (character === '\\' && isLineEnd(line.charAt(index + 1))) {
      level.hasBegun = !isFirst;
      index += line.startsWith('\r\n', index + 1) ? 2 : 1;
      level.wordStart = index + 1;
    } else if (separates(line, index, level.wordStart)) {
      level.wordStart = index + 1;
    }
  }
  return levels;
}

function levelFrom(start: number, line: string): Level {
  const end = line.length;
  return { finished: [], commandStart: start, hasBegun: false, wordStart: start, end };
}

function isLineEnd(character: string): boolean {
  return character === '\n' || character === '\r';
}

/** Blanks, and the signs of conditions, which may stand right before a word. */
function separates(line: string, index: number, wordStart: number): boolean {
  const character = line.charAt(index);
  if (' \t()'.includes(character)) return true;
  if (character === '!') return index === wordStart;
  return (character === '&' || character === '|') && line.charAt(index - 1) === character;
}

function closingQuote(line: string, open: number): number | undefined {
  for (let index = open + 1; index < line.length; index += 1) {
    if (line.charAt(index) === '\\') index += 1;
    else if (line.charAt(index) === '"') return index;
  }
  return undefined;
}

/** The one command of a text; a text without any stays where it is. */
function statementOf(text: string, { root, path }: LinePlace): Statement | undefined {
  const command = nextCommand(text, 0);
  if (!command.ok) return undefined;
  if (command.value === undefined) return { kind: 'enter', path };
  const statement = parseCommand(command.value, root, path);
  return statement.ok ? statement.value : undefined;
}

/** The menu after the finished commands; one that is refused changes nothing (C-01). */
function pathAfter(line: string, { finished }: Level, place: LinePlace): Path {
  let { path } = place;
  for (const { start, end } of finished) {
    const statement = statementOf(line.slice(start, end), { ...place, path });
    if (statement !== undefined)
      path = statement.kind === 'enter' ? statement.path : statement.menu;
  }
  return path;
}

function positionIn(
  line: string,
  place: LinePlace,
  { commandStart, wordStart }: Level,
  inBrackets: boolean,
): LinePosition | undefined {
  const before = line.slice(commandStart, wordStart);
  const statement = statementOf(before, place);
  const word = line.slice(wordStart);
  if (statement?.kind === 'invoke') return argumentPosition(statement, word, wordStart);
  if (statement === undefined) return undefined;
  if (word.startsWith(':') && before.trim() === '') {
    return { kind: 'globalName', word: word.slice(1), from: wordStart + 1, inBrackets };
  }
  const lastWord = word.lastIndexOf('/') + 1;
  const reached = statementOf(before + word.slice(0, lastWord), place);
  if (reached?.kind !== 'enter') return undefined;
  return {
    kind: 'name',
    path: reached.path,
    word: word.slice(lastWord),
    from: wordStart + lastWord,
    inBrackets,
  };
}

const assignment = /^([A-Za-z][A-Za-z0-9-]*)(!=|<=|>=|=|~|<|>)/;

function argumentPosition(invocation: Invocation, word: string, from: number): LinePosition {
  const { command, condition } = invocation;
  const inCondition = condition !== undefined || command.condition === 'whole';
  const [sign = '', name, operator] = assignment.exec(word) ?? [];
  if (name === undefined || (operator !== '=' && !inCondition)) {
    return { kind: inCondition ? 'subject' : 'argument', invocation, word, from };
  }
  const kind = inCondition ? 'subjectValue' : 'value';
  return { kind, invocation, name, word: word.slice(sign.length), from: from + sign.length };
}
