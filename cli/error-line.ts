/** Whatever went wrong as one line for the user: the words, or with --json a document. */
import type { ClientError } from '../lib/client/client-error.js';
import { palette } from '../lib/core/console/palette.js';
import type { ExecuteResult } from '../lib/core/control/messages.js';
import type { OutputForm } from './output-form.js';

export type Refusal = NonNullable<ExecuteResult['error']>;

type ErrorForm = Pick<OutputForm, 'json'> & Partial<Pick<OutputForm, 'errorColour' | 'hints'>>;

/**
 * What the console says to a refused command. Whoever reads it on a terminal is told in a second line
 * what could stand there; a program reads the line that the specification gives (C.6), and no more.
 */
export function refusalLine(error: Refusal, form: ErrorForm): string {
  if (form.json) return document(error);
  const { errorColour = false, hints = false } = form;
  const hint = hints && error.hint !== undefined ? `${error.hint}\n` : '';
  return `${palette(errorColour).error(error.text)}\n${hint}`;
}

const place = /\(line \d+ column (\d+)\)$/;

/**
 * The same for a command of a script. The console counts lines within the part it was given, which starts
 * at `firstLine` of the script. A text that names its place names the script's line; one that does not
 * gets the line in front. Places in an imported file are that file's, and stay.
 */
export function scriptRefusalLine(error: Refusal, firstLine: number, form: ErrorForm): string {
  if (error.file !== undefined) return refusalLine(error, form);
  const line = firstLine + error.line - 1;
  const text = error.text.replace(place, `(line ${line} column $1)`);
  const inFront = form.json || place.test(text) ? '' : `line ${line}: `;
  return refusalLine({ ...error, text: inFront + text, line }, form);
}

/** The same on a terminal, where the line is always 1 (C.6), continued or not. */
export function terminalRefusalLine(error: Refusal, form: ErrorForm): string {
  if (error.file !== undefined) return refusalLine(error, form);
  const text = error.text.replace(place, '(line 1 column $1)');
  return refusalLine({ ...error, text, line: 1 }, form);
}

/** Why a client cannot talk to the daemon. */
export function failureLine({ code, message }: ClientError, { json }: ErrorForm): string {
  return json ? document({ text: message, code }) : `ipsecctl: ${message}\n`;
}

/** What is wrong with how a program was called. */
export function usageLine(text: string, { json }: ErrorForm, program = 'ipsecctl'): string {
  return json ? document({ text, code: 'ERR_IPSEC_USAGE' }) : `${program}: ${text}\n`;
}

function document(error: object): string {
  return `${JSON.stringify({ error })}\n`;
}
