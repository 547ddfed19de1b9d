/** `print interval=T`: the same command again every T seconds until it is interrupted (B-13). */
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecuteOptions } from '../lib/client/client.js';
import { nextCommand } from '../lib/core/console/tokens.js';
import type { ExecuteResult } from '../lib/core/control/messages.js';
import { type Refusal, refusalLine } from './error-line.js';
import { executeOptions, type OutputForm } from './output-form.js';
import { rowsTaken } from './shell/pager.js';

/** Standard output, as far as it matters here. */
type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows' | 'write'>;

export interface Repetition {
  /** Undefined when there is no answer, and the reader knows why: that ends it. */
  execute(text: string, options: ExecuteOptions): Promise<ExecuteResult | undefined>;
  /** What was carried out once already; its last command is the one to repeat. */
  readonly text: string;
  readonly seconds: number;
  readonly form: OutputForm;
  readonly output: Output;
}

/** Resolves once interrupted, or with the refusal that ended it. */
export async function repeat(
  { execute, text, seconds, form, output }: Repetition,
  interruption: AbortSignal,
): Promise<Refusal | undefined> {
  const command = lastCommand(text);
  for (;;) {
    await wait(seconds, interruption);
    if (interruption.aborted) return undefined;
    const result = await execute(command, executeOptions(form));
    if (result === undefined || interruption.aborted) return undefined;
    if (result.error !== undefined) return result.error;
    output.write(frame(result.output, output, form));
  }
}

/** Outside the shell: until Ctrl-C, which is no error. The exit code. */
export async function repeatUntilSignal(repetition: Repetition): Promise<number> {
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  const refusal = await repeat(repetition, interruption.signal);
  if (refusal === undefined) return 0;
  process.stderr.write(refusalLine(refusal, repetition.form));
  return 1;
}

/** Commands before the last one are done: what they add they must not add again. */
export function lastCommand(text: string): string {
  let start = 0;
  for (let offset = 0; ; ) {
    const command = nextCommand(text, offset);
    if (!command.ok || command.value === undefined) return text.slice(start);
    start = command.value.tokens[0]?.offset ?? start;
    offset = command.value.end;
  }
}

async function wait(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(seconds * 1000, undefined, { signal });
  } catch {
    // It says by throwing that it was interrupted; the caller asks the signal.
  }
}

/**
 * A terminal shows the newest from its first row on, without flicker, and says how much of it does not
 * fit; elsewhere one follows the other.
 */
export function frame(
  text: string,
  { isTTY, columns, rows }: Omit<Output, 'write'>,
  { json }: Pick<OutputForm, 'json'>,
): string {
  if (json) return text;
  if (!isTTY) return `\n${text}`;
  const lines = text.replace(/\n$/, '').split('\n');
  // The cursor's row stays free, so that nothing scrolls.
  const all = fitting(lines, columns, rows - 1);
  const shown = all === lines.length ? all : fitting(lines, columns, rows - 2);
  const missing = lines.length - shown;
  const rest = missing === 0 ? [] : [`... ${missing} more ${missing === 1 ? 'line' : 'lines'}`];
  const screen = [...lines.slice(0, shown), ...rest].map((line) => `${line}\x1b[K\n`).join('');
  return `\x1b[H${screen}\x1b[J`;
}

/** What was printed at once, before the first repetition. */
export function firstFrame(
  text: string,
  output: Omit<Output, 'write'>,
  form: Pick<OutputForm, 'json'>,
): string {
  return output.isTTY ? frame(text, output, form) : text;
}

/** How many of the lines, from the first on, fit into so many rows. */
function fitting(lines: readonly string[], columns: number, rows: number): number {
  let room = rows;
  const first = lines.findIndex((line) => {
    room -= rowsTaken(line, columns);
    return room < 0;
  });
  return first === -1 ? lines.length : first;
}
