/** What a console says when it refuses a command, and where in the text it points (C-50 to C-63). */
import { err } from '../base/result.js';

export interface ConsoleError {
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

function located(text: string, offset: number) {
  return err<ConsoleError>({ text, offset, located: true });
}

export function badCommandName(word: string, offset: number) {
  return located(`bad command name ${word}`, offset);
}

export function expectedCommandName(offset: number) {
  return located('expected command name', offset);
}

export function expectedEndOfCommand(offset: number) {
  return located('expected end of command', offset);
}

export function syntaxError(offset: number) {
  return located('syntax error', offset);
}

export function ambiguousCommandName(word: string, offset: number) {
  return located(`ambiguous command name ${word}`, offset);
}

export function ambiguousInput(word: string, offset: number) {
  return located(`ambiguous input ${word}`, offset);
}

/** An error whose printed line does not name the place. */
export function refused(text: string, offset: number) {
  return err<ConsoleError>({ text, offset, located: false });
}

/** CR, LF and CRLF all end a line (C-02). */
export function placeOf(source: string, offset: number): Place {
  const lines = source.slice(0, offset).split(/\r\n|\r|\n/);
  const last = lines.at(-1) ?? '';
  return { line: lines.length, column: Array.from(last).length + 1 };
}
