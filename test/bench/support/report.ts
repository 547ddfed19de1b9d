/** What every bench prints: a table, or with `--json` one object a line. */

export interface Measurement {
  readonly name: string;
  /** Ours. */
  readonly value: number;
  readonly unit: string;
  /** The named reference. */
  readonly against: string;
  /** Ours over the reference, larger is better, whichever way the unit runs. */
  readonly ratio: number;
}

export function printMeasurements(rows: readonly Measurement[], argv = process.argv): void {
  if (argv.includes('--json')) {
    for (const row of rows) console.log(JSON.stringify(row));
    return;
  }
  const cells = rows.map(({ name, value, unit, against, ratio }) => [
    name,
    formatNumber(value),
    unit,
    against,
    formatNumber(ratio),
  ]);
  const table = [['measured', 'ours', 'unit', 'against', 'ratio'], ...cells];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of table) {
    const padded = row.map((cell, column) => {
      const isNumber = column === 1 || column === 4;
      const width = widths[column] ?? 0;
      return isNumber ? cell.padStart(width) : cell.padEnd(width);
    });
    console.log(padded.join('  ').trimEnd());
  }
}

/** Three significant digits, no exponent. */
function formatNumber(value: number): string {
  if (value >= 100) return Math.round(value).toString();
  return Number(value.toPrecision(3)).toString();
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** Milliseconds until it is done. */
export async function millisecondsOf(run: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** Milliseconds of one call, averaged over `calls`. */
export function millisecondsPerCall(calls: number, run: () => void): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i += 1) run();
  return Number(process.hrtime.bigint() - start) / 1e6 / calls;
}
