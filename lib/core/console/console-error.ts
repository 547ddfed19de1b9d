/** What a console says when it refuses a command, and where in the text it points (C-50 to C-63). */
import { err } from '../base/result.js';
import type { ValueError } from '../config/property.js';
import { valueErrorRule, valueErrorText } from '../config/value-error.js';

export interface ConsoleError {
  /** The rule of the specification, `C-58`. */
  readonly rule: string;
  /** The line to print, without the place. */
  readonly text: string;
  /** Index into the source text. */
  readonly offset: number;
  /** The printed line names the place: `(line L column C)`. */
  readonly located: boolean;
}

export interface Place {
  /** 1-based. */
  readonly line: number;
  /** 1-based, counted in characters. */
  readonly column: number;
}

function located(rule: string, text: string, offset: number) {
  return err<ConsoleError>({ rule, text, offset, located: true });
}

export function badCommandName(word: string, offset: number) {
  return located('C-50', `bad command name ${word}`, offset);
}

export function expectedCommandName(offset: number) {
  return located('C-51', 'expected command name', offset);
}

export function expectedEndOfCommand(offset: number) {
  return located('C-52', 'expected end of command', offset);
}

export function syntaxError(offset: number) {
  return located('C-53', 'syntax error', offset);
}

export function ambiguousCommandName(word: string, offset: number) {
  return located('C-56', `ambiguous command name ${word}`, offset);
}

export function ambiguousInput(word: string, offset: number) {
  return located('C-57', `ambiguous input ${word}`, offset);
}

/** An error whose printed line does not name the place. */
export function refused(text: string, rule: string, offset: number) {
  return err<ConsoleError>({ rule, text, offset, located: false });
}

/** A text that is no value of that property or argument. */
export function refusedValue(error: ValueError, name: string, offset: number) {
  return refused(valueErrorText(error, name), valueErrorRule(error), offset);
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
