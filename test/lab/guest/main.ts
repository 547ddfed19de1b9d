/** The program inside the lab: loads the scenario named in job.json, runs it and writes the verdict. */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Job, Verdict } from '../job.js';
import { Lab } from './lab.js';
import type { Scenario } from './scenario.js';
import { bePatientWith, withinExactly } from './wait.js';

const jobFile = process.argv[2] ?? '';
const job = JSON.parse(readFileSync(jobFile, 'utf8')) as Job;
const started = Date.now();
bePatientWith(job.kernel);
const lab = new Lab(job);
let decided = false;

// A promise nobody waits for must not end the process without a verdict.
process.on('unhandledRejection', (error) => fail('unhandled: ', error));
process.on('uncaughtException', (error) => fail('uncaught: ', error));

try {
  const { default: scenario } = (await import(pathToFileURL(job.scenarioFile).href)) as {
    default?: Scenario;
  };
  if (typeof scenario !== 'function')
    throw new Error('the module has no scenario as default export');
  const seconds = (job.deadline - Date.now()) / 1000;
  const value = await withinExactly('the scenario to end (time limit)', seconds, scenario(lab));
  const failed = lab.checks.filter((check) => !check.ok);
  if (failed.length > 0) {
    await finish('failed', failed.map(({ name, detail }) => `${name} (${detail})`).join('; '));
  } else if (lab.checks.length === 0 && value === undefined) {
    await finish('failed', 'the scenario checked nothing and returned nothing');
  } else {
    await finish('passed', '', value);
  }
} catch (error) {
  await fail('', error);
}

async function finish(
  outcome: Verdict['outcome'],
  reason: string,
  value: unknown = null,
): Promise<void> {
  // The first word counts: ending a passed scenario makes whatever still waits in it fail.
  if (decided) return;
  decided = true;
  if (reason !== '') lab.progress(`FAILED: ${reason}`);
  const seconds = (Date.now() - started) / 1000;
  writeVerdict({ outcome, reason, checks: lab.checks, value, seconds });
  await lab.end();
  process.exit(outcome === 'passed' ? 0 : 1);
}

/** Written before anything is ended, and synced: an ending that hangs does not cost the verdict. */
function writeVerdict(verdict: Verdict): void {
  const file = openSync(join(job.outDirectory, 'verdict.json'), 'w');
  writeSync(file, JSON.stringify(verdict));
  fsyncSync(file);
  closeSync(file);
}

/** The reason is the message alone; where it came from is for the log. */
function fail(prefix: string, error: unknown): Promise<void> {
  if (!(error instanceof Error)) return finish('failed', `${prefix}${error}`);
  if (error.stack !== undefined && !decided) lab.progress(error.stack);
  return finish('failed', `${prefix}${error.message}`);
}
