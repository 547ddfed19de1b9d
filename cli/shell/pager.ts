/** Shows long output a page at a time (B-13). */
import { stripVTControlCharacters } from 'node:util';

export const pagerPrompt = '-- [Q quit|D dump|down]';

/** What a key asks of the pager. */
export type PagerStep = 'page' | 'line' | 'dump' | 'quit';

export interface PagerScreen {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/** How many rows of the terminal a line fills. */
export function rowsTaken(line: string, columns: number): number {
  const width = Array.from(stripVTControlCharacters(line)).length;
  return Math.max(1, Math.ceil(width / columns));
}

/** Writes the text, and after each `rows - 1` rows of it asks what to do next. */
export async function page(
  text: string,
  screen: PagerScreen,
  nextStep: () => Promise<PagerStep>,
): Promise<void> {
  const lines = text.split('\n');
  // The end of the last line begins no further one.
  if (lines.at(-1) === '') lines.pop();
  let next = writeRows(lines, 0, screen.rows - 1, screen);
  while (next < lines.length) {
    screen.write(pagerPrompt);
    const step = await nextStep();
    screen.write('\r\x1b[K');
    if (step === 'quit') return;
    const rows = { page: screen.rows - 1, line: 1, dump: Number.POSITIVE_INFINITY }[step];
    next = writeRows(lines, next, rows, screen);
  }
}

/** Writes lines as long as they fit, one at least; returns the index of the first that did not. */
function writeRows(
  lines: readonly string[],
  first: number,
  rows: number,
  screen: PagerScreen,
): number {
  let next = first;
  let left = rows;
  for (let line = lines[next]; line !== undefined; line = lines[next]) {
    left -= rowsTaken(line, screen.columns);
    if (left < 0 && next > first) break;
    screen.write(`${line}\n`);
    next += 1;
  }
  return next;
}
