/** What a command gives its reader: JSON, or a file instead of any output (C-42, B-13). */
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import type { ConsoleError } from '../console-error.js';
import { refused } from '../console-error.js';
import type { Argument } from '../parse.js';
import type { Call, Done } from './command.js';
import { nothing } from './command.js';

/** One document a line. */
export function jsonLine(document: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(document)}\n`;
}

/** Writes the text into the file that the argument names; it has that extension, given or not. */
export function writtenFile(call: Call, file: Argument, extension: string, text: string): Done {
  const name: Result<string, ConsoleError> = call.textOf(file);
  if (!name.ok) return name;
  const whole = name.value.endsWith(extension) ? name.value : `${name.value}${extension}`;
  const written = call.host.writeFile(whole, text);
  return written.ok ? ok(nothing) : refused(`failure: ${written.error}`, 'C-63', file.offset);
}
