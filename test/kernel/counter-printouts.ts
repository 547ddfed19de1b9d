/** The counters as the printouts tell them, read back (spec A.1 print stats, A.7). */
import type { Router } from '../lab/guest.js';

export type PrintedCounters = Readonly<Record<string, number>>;

/** A connection of the library: where a program for each command takes long. */
type Connection = Awaited<ReturnType<Router['connect']>>;

const printPolicies = '/ip ipsec policy print stats';
const printAll = '/ip ipsec counters print';

/** `policy print stats`, one record a row. */
export async function policyCounters(router: Router): Promise<readonly PrintedCounters[]> {
  return parsePolicies(await router.configure(`${printPolicies}\n`));
}

/** `counters print`. */
export async function globalCounters(router: Router): Promise<PrintedCounters> {
  return parseAll(await router.configure(`${printAll}\n`));
}

export async function policyCountersOf(
  connection: Connection,
): Promise<readonly PrintedCounters[]> {
  return parsePolicies((await connection.execute(printPolicies)).output);
}

export async function globalCountersOf(connection: Connection): Promise<PrintedCounters> {
  return parseAll((await connection.execute(printAll)).output);
}

function parsePolicies(text: string): readonly PrintedCounters[] {
  return text
    .split(/^(?= {0,2}\d+ )/m)
    .filter((row) => /in-accepted=/.test(row))
    .map((row) => counters(row, /\b((?:in|out|not|en|de)[a-z-]*)=(\d+)/g));
}

function parseAll(text: string): PrintedCounters {
  return counters(text, /([a-z-]+): (\d+)/g);
}

function counters(text: string, pattern: RegExp): PrintedCounters {
  return Object.fromEntries(
    [...text.matchAll(pattern)].map(([, name, packets]) => [name, Number(packets)]),
  );
}
