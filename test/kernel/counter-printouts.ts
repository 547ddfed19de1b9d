/** The counters as the printouts tell them, read back (spec A.1 print stats, A.7). */
import type { Router } from '../lab/guest.js';

export type PrintedCounters = Readonly<Record<string, number>>;

/** `policy print stats`, one record a row. */
export async function policyCounters(router: Router): Promise<readonly PrintedCounters[]> {
  const text = await router.configure('/ip ipsec policy print stats\n');
  return text
    .split(/^(?= {0,2}\d+ )/m)
    .filter((row) => /in-accepted=/.test(row))
    .map((row) => counters(row, /\b((?:in|out|not|en|de)[a-z-]*)=(\d+)/g));
}

/** `counters print`. */
export async function globalCounters(router: Router): Promise<PrintedCounters> {
  const text = await router.configure('/ip ipsec counters print\n');
  return counters(text, /([a-z-]+): (\d+)/g);
}

function counters(text: string, pattern: RegExp): PrintedCounters {
  return Object.fromEntries(
    [...text.matchAll(pattern)].map(([, name, packets]) => [name, Number(packets)]),
  );
}
