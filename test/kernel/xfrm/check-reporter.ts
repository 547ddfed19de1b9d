/** What a program that checks XFRM in some namespace prints: one JSON line for each check. */

export interface CheckLine {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** `detail` is told when the check fails. */
export function report(name: string, ok: boolean, detail: unknown = ''): void {
  const line: CheckLine = { name, ok, detail: ok ? '' : (JSON.stringify(detail) ?? 'undefined') };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Compares as JSON text; both sides are told when they differ. */
export function reportEqual(name: string, actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  report(name, a === b, `${a} instead of ${b}`);
}

/** The lines of a program that has ended. */
export function parseReport(stdout: string): CheckLine[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as CheckLine);
}
