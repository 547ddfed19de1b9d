/** The simulator over many seeds, that it repeats itself, and that its checkers see what they are there for. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compileMutant, compileSimulator } from './compiled.js';
import { mutations } from './mutations.js';
import { drawOptions, misfortunes } from './options.js';
import { Random } from './random.js';
import { simulate } from './simulation.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const seeds = 2_000;
const seedsForMutant = 400;
const minute = 60_000;

let place: string;
let base: string;
let program: string;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'ipsecctl-simulator-'));
  base = join(place, 'base');
  program = compileSimulator(root, base);
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

function run(path: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  return { status, output: `${stdout}${stderr}` };
}

test(
  `no checker has anything to say about ${seeds} seeds`,
  () => {
    const { status, output } = run(program, '--seed', '0', '--count', `${seeds}`, '--keep-going');
    expect(output).toContain(`${seeds} seeds from 0, 0 failed`);
    expect(status).toBe(0);
  },
  4 * minute,
);

describe('a run', () => {
  test(
    'is the same whenever and wherever it is made',
    () => {
      const first = 7_000;
      const { output } = run(program, '--seed', `${first}`, '--count', '20', '--json', '--twice');
      const there = output
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line): unknown => JSON.parse(line));
      const here = Array.from({ length: 20 }, (_, index) => {
        const { seed, hash, events } = simulate({ seed: first + index });
        return { seed, hash, events };
      });
      expect(there).toEqual(here);
    },
    minute,
  );

  test('is another one for another seed', () => {
    expect(simulate({ seed: 1 }).hash).not.toBe(simulate({ seed: 2 }).hash);
  });

  test('draws every kind of fault, mode and limit somewhere among 400 seeds', () => {
    const drawn = Array.from({ length: 400 }, (_, seed) =>
      drawOptions(new Random(seed), undefined),
    );
    const befell = new Set(drawn.flatMap((options) => options.misfortunes));
    expect([...befell].sort()).toEqual([...misfortunes].sort());
    const modes = new Set(drawn.flatMap(({ plan }) => plan.exchangeModes));
    expect([...modes].sort()).toEqual(['aggressive', 'base', 'main']);
    const faults = ['loss', 'copies', 'corruption', 'spikes', 'partitionEveryMs'] as const;
    for (const fault of faults) {
      const strengths = drawn.map(({ network }) => network[fault]);
      expect(strengths).toContain(0);
      expect(Math.max(...strengths)).toBeGreaterThan(0);
    }
    expect([...new Set(drawn.map(({ plan }) => plan.peers))].sort()).toEqual([2, 3, 4]);
    expect(drawn.some(({ longMs }) => longMs > 0)).toBe(true);
    expect(drawn.some(({ plan }) => plan.byteLimits)).toBe(true);
  });

  test('that fails prints its seed, its options and the last events, and fails again', () => {
    const mutation = mutations.find(
      ({ name }) => name === 'a removed pair stays in the data plane',
    );
    const mutant = compileMutant(root, base, join(place, 'failing'), mutation?.patches ?? []);
    const failing = run(mutant.program, '--seed', '3', '--count', '50');
    expect(failing.status).toBe(1);
    const [, seed] = /^seed=(\d+) fails: leftovers: /m.exec(failing.output) ?? [];
    expect(failing.output).toMatch(/^options: \{"plan":/m);
    expect(failing.output.split('\n').filter((line) => /^ {2}\d+ /.test(line))).toHaveLength(40);
    expect(failing.output).toContain(`npm run simulate -- --seed ${seed} --verbose`);
    const again = run(mutant.program, '--seed', `${seed}`);
    expect(again.output).toBe(failing.output);
  });

  test('takes only numbers that make sense', () => {
    const refusal = run(program, '--seed', 'x');
    expect(refusal.status).toBe(2);
    expect(refusal.output).toContain('--seed x is no whole number from 0');
    expect(run(program, '--peers', '1').status).toBe(2);
  });
});

describe('a bug in the engine is seen', () => {
  test.each(mutations.map((mutation) => [mutation.name, mutation.checker, mutation] as const))(
    '%s: by %s',
    (name, checker, { patches, routers, from = 0 }) => {
      const out = join(place, name.replaceAll(' ', '-'));
      const mutant = compileMutant(root, base, out, patches);
      const [path, ...engines] =
        routers === 'all' ? [mutant.program] : [program, '--engines', `${mutant.engine},own`];
      const range = ['--seed', `${from}`, '--count', `${seedsForMutant}`, '--expect', checker];
      const { status, output } = run(path ?? program, ...engines, ...range);
      const [, seed] = new RegExp(`^seed=(\\d+) ${checker}: `, 'm').exec(output) ?? [];
      expect({ status, seed }).toEqual({ status: 0, seed: expect.stringMatching(/^\d+$/) });
      // The same life without the bug is a good one.
      expect(run(program, '--seed', `${seed}`).output).toContain(', 0 failed');
    },
    minute,
  );
});
