/**
 * `node dist/test/simulator/run.js --seed N [--count K] [--seconds S] [--peers P] [--verbose]`: runs seeds
 * until one fails. Exit code 0: all passed; 1: one failed; 2: the options are wrong.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { EngineClass } from './router.js';
import { simulate, type Verdict } from './simulation.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: `${Date.now() % 1_000_000_000}` },
    /** Seeds to run, counting up. */
    count: { type: 'string', default: '1' },
    /** Ends after so many seconds, however many seeds are left. */
    seconds: { type: 'string' },
    /** Routers in each run; drawn when absent. */
    peers: { type: 'string' },
    /** Prints every event of a run. */
    verbose: { type: 'boolean', default: false },
    /** Runs every seed twice and compares. */
    twice: { type: 'boolean', default: false },
    /** Modules whose `Engine` the routers run in turn; the word `own` stands for the product's. */
    engines: { type: 'string' },
    /** Goes on after a failure, and tells each in one line. */
    'keep-going': { type: 'boolean', default: false },
    /** Runs until this checker fails a seed: exit code 0 when it does. */
    expect: { type: 'string' },
    /** One line of JSON for each seed. */
    json: { type: 'boolean', default: false },
  },
});

function numberOf(
  name: 'seed' | 'count' | 'seconds' | 'peers',
  { first, last } = { first: 0, last: Number.MAX_SAFE_INTEGER },
): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= first && number <= last) return number;
  console.error(`--${name} ${text} is no whole number from ${first} to ${last}`);
  process.exit(2);
}

async function enginesOf(list: string | undefined): Promise<readonly EngineClass[] | undefined> {
  if (list === undefined) return undefined;
  const own = '../../lib/core/ike/engine.js';
  const engines: EngineClass[] = [];
  for (const path of list.split(',')) {
    const module: { readonly Engine: EngineClass } = await import(
      path === 'own' ? own : pathToFileURL(path).href
    );
    engines.push(module.Engine);
  }
  return engines;
}

function report({ seed, options, failure, hash }: Verdict): void {
  if (failure === undefined) return;
  console.log(`seed=${seed} fails: ${failure.checker}: ${failure.message}`);
  console.log(`options: ${JSON.stringify(options)}`);
  console.log(`the last ${failure.lastEvents.length} events (hash of all ${hash}):`);
  for (const line of failure.lastEvents) console.log(`  ${line}`);
  const peers = values.peers === undefined ? '' : ` --peers ${values.peers}`;
  console.log(`the same again: npm run simulate -- --seed ${seed}${peers} --verbose`);
}

/** One seed, twice where that is asked for. */
function verdictOf(seed: number): Verdict {
  const input = {
    seed,
    ...(peers === undefined ? {} : { peers }),
    ...(engines === undefined ? {} : { engines }),
  };
  const echo = values.verbose ? { echo: (line: string) => console.log(line) } : {};
  const verdict = simulate({ ...input, ...echo });
  const again = values.twice ? simulate(input) : verdict;
  if (again.hash === verdict.hash) return verdict;
  const message = `two runs differ: ${verdict.hash} and ${again.hash}`;
  return { ...verdict, failure: { checker: 'determinism', message, lastEvents: [] } };
}

/** Tells of one seed; whether to go on. */
function judge({ seed, hash, events, failure }: Verdict): boolean {
  const checker = failure?.checker;
  if (values.json) console.log(JSON.stringify({ seed, hash, events, checker }));
  if (failure === undefined) return true;
  if (!values['keep-going'] && values.expect === undefined) return false;
  console.log(`seed=${seed} ${checker}: ${failure.message.split('\n')[0]}`);
  return checker !== values.expect;
}

const first = numberOf('seed') ?? 0;
const count = numberOf('count') ?? 1;
const seconds = numberOf('seconds') ?? Number.POSITIVE_INFINITY;
const peers = numberOf('peers', { first: 2, last: 200 });
const engines = await enginesOf(values.engines);
const startedAt = performance.now();
const elapsed = () => (performance.now() - startedAt) / 1000;
let ran = 0;
let failures = 0;
let virtualMs = 0;
let longest = { seed: first, recoveryMs: 0 };
for (let seed = first; seed < first + count && elapsed() <= seconds; seed += 1) {
  const verdict = verdictOf(seed);
  ran += 1;
  virtualMs += verdict.virtualMs;
  if (verdict.failure !== undefined) failures += 1;
  if (verdict.recoveryMs > longest.recoveryMs) longest = verdict;
  if (judge(verdict)) continue;
  if (values.expect !== undefined) process.exit(0);
  report(verdict);
  process.exit(1);
}
console.log(
  [
    `${ran} seeds from ${first}, ${failures} failed: ${elapsed().toFixed(1)} s`,
    `${(ran / elapsed()).toFixed(1)} seeds per second`,
    `${Math.round(virtualMs / 3_600_000)} h of virtual time`,
    `longest recovery ${Math.round(longest.recoveryMs / 1000)} s (seed ${longest.seed})`,
  ].join(', '),
);
process.exit(failures === 0 && values.expect === undefined ? 0 : 1);
