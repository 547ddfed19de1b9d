/** How a refused command is reported on standard error: the console's words and the script's line. */
import type { ExecuteResult } from '../lib/core/control/messages.js';

type ConsoleError = NonNullable<ExecuteResult['error']>;

const place = /\(line \d+ column \d+\)$/;

/**
 * The console counts lines within the part it was given, which starts at `firstLine` of the script.
 * A text that names no place of its own gets the line in front.
 */
export function scriptErrorLine({ text, line, column }: ConsoleError, firstLine: number): string {
  const scriptLine = firstLine + line - 1;
  if (place.test(text)) return text.replace(place, `(line ${scriptLine} column ${column})`);
  return `line ${scriptLine}: ${text}`;
}
