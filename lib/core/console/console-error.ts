/** What a console says when it refuses a command, and where in the text it points (C-50 to C-63). */
import { err } from '../base/result.js';
import type { ValueError } from '../config/property.js';
import { valueErrorRule, valueErrorText } from '../config/value-error.js';
import { couldBe } from './hints.js';

export interface ConsoleError {
  /** The rule of the specification, `C-58`. */
  readonly rule: string;
  /** The line to print, without the place. */
  readonly text: string;
  /** Index into the source text. */
  readonly offset: number;
  /** The printed line names the place: `(line L column C)`. */
  readonly located: boolean;
  /** For a person: what could stand there. Never repeats a value, which may be a secret. */
  readonly hint?: string;
}

export interface Place {
  /** 1-based. */
  readonly line: number;
  /** 1-based, counted in characters. */
  readonly column: number;
}

function located(rule: string, text: string, offset: number, hint: string | undefined) {
  const error = { rule, text, offset, located: true };
  return err<ConsoleError>(hint === undefined ? error : { ...error, hint });
}

/** Longer than any name there is. */
const shownLength = 64;

/** The word as an error shows it: what is longer is no word but a text that lost its way. */
function cut(word: string): string {
  if (word.length <= shownLength) return word;
  return `${Array.from(word).slice(0, shownLength).join('')}...`;
}

export function badCommandName(word: string, offset: number, hint?: string) {
  return located('C-50', `bad command name ${cut(word)}`, offset, hint);
}

export function expectedCommandName(offset: number, hint?: string) {
  return located('C-51', 'expected command name', offset, hint);
}

export function expectedEndOfCommand(offset: number, hint?: string) {
  return located('C-52', 'expected end of command', offset, hint);
}

export function syntaxError(offset: number, hint?: string) {
  return located('C-53', 'syntax error', offset, hint);
}

export function ambiguousCommandName(word: string, offset: number, names: readonly string[]) {
  return located('C-56', `ambiguous command name ${cut(word)}`, offset, couldBe(names));
}

export function ambiguousInput(word: string, offset: number, names: readonly string[]) {
  return located('C-57', `ambiguous input ${cut(word)}`, offset, couldBe(names));
}

/** An error whose printed line does not name the place. */
export function refused(text: string, rule: string, offset: number, hint?: string) {
  const error = { rule, text, offset, located: false };
  return err<ConsoleError>(hint === undefined ? error : { ...error, hint });
}

/** A text that is no value of that property or argument. */
export function refusedValue(error: ValueError, name: string, offset: number, hint?: string) {
  return refused(valueErrorText(error, name), valueErrorRule(error), offset, hint);
}

/** The places of one source; the line ends are looked for once, however many are asked for. */
export class Places {
  readonly #source: string;
  #lineStarts: readonly number[] | undefined;

  constructor(source: string) {
    this.#source = source;
  }

  of(offset: number): Place {
    const line = this.lineOf(offset);
    const start = this.#starts()[line - 1] ?? 0;
    return { line, column: Array.from(this.#source.slice(start, offset)).length + 1 };
  }

  /** 1-based. */
  lineOf(offset: number): number {
    const starts = this.#starts();
    let [first, behind] = [0, starts.length];
    while (behind - first > 1) {
      const middle = (first + behind) >>> 1;
      if ((starts[middle] ?? 0) <= offset) first = middle;
      else behind = middle;
    }
    return first + 1;
  }

  #starts(): readonly number[] {
    this.#lineStarts ??= lineStarts(this.#source);
    return this.#lineStarts;
  }
}

/** CR, LF and CRLF all end a line (C-02). */
function lineStarts(source: string): readonly number[] {
  const ends = Array.from(
    source.matchAll(/\r\n|\r|\n/g),
    ({ 0: end, index }) => index + end.length,
  );
  return [0, ...ends];
}
