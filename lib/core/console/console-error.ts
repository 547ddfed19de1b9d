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

/** CR, LF and CRLF all end a line (C-02). */
export function placeOf(source: string, offset: number): Place {
  const lines = source.slice(0, offset).split(/\r\n|\r|\n/);
  const last = lines.at(-1) ?? '';
  return { line: lines.length, column: Array.from(last).length + 1 };
}
