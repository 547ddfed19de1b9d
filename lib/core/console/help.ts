/** What `?` shows: what can stand at the cursor, aligned as the manual does (B-15, C-36). */
import type { LineContext } from './complete.js';

/** The text to show for the line up to the cursor. */
export function help(
  _line: string,
  _context: LineContext,
  _options: { readonly colour: boolean },
): string {
  return '\n';
}
