/**
 * `npm run bench xfrm`: SAs and policies installed, listed and removed per second, 10,000 of each,
 * through the addon, through `ip -batch` and, where a C compiler is at hand, in a plain C loop. SAs
 * need a kernel with ESP: the lab's. Our goal: 5 times `ip -batch` for both.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInLab } from '../lab/lab.js';
import { repositoryRoot } from '../lab/repository.js';
import { type Measurement, printMeasurements } from './support/report.js';
import type { Rates } from './support/xfrm-measure.js';

/** Compiles the C loop next to this file's output; "-" without a compiler. */
function compileLoop(): string {
  const target = fileURLToPath(new URL('support/xfrm-loop', import.meta.url));
  const source = join(repositoryRoot, 'test/bench/xfrm-loop.c');
  const run = spawnSync('cc', ['-O2', '-o', target, source], { encoding: 'utf8' });
  if (run.error) return '-';
  if (run.status !== 0) throw new Error(run.stderr);
  return target;
}

function measureHere(loop: string): Rates[] {
  const program = fileURLToPath(new URL('support/xfrm-measure.js', import.meta.url));
  const argv = ['--net', process.execPath, program, loop, 'policy'];
  return JSON.parse(execFileSync('unshare', argv, { encoding: 'utf8' }));
}

function rowsOf({ kind, installed, listed, removed }: Rates, kernel: string): Measurement[] {
  const things = kind === 'sa' ? 'SAs' : 'policies';
  const row = (verb: string, ours: number, against: string, reference: number): Measurement[] =>
    Number.isNaN(reference)
      ? []
      : [
          {
            name: `${things} ${verb}, ${kernel}`,
            value: ours,
            unit: '/s',
            against,
            ratio: ours / reference,
          },
        ];
  const list = kind === 'sa' ? 'ip -s xfrm state' : 'ip -s xfrm policy';
  return [
    ...row('installed', installed.ours, 'ip -batch', installed.ipBatch),
    ...row('installed', installed.ours, 'C loop', installed.cLoop),
    ...row('listed', listed.ours, list, listed.ip),
    ...row('removed', removed.ours, 'ip -batch', removed.ipBatch),
  ];
}

const loop = compileLoop();
const lab = await runInLab<Rates[]>({
  scenario: 'test/bench/scenarios/xfrm.js',
  args: loop,
  timeoutSeconds: 280,
});
const own = lab.kernel === 'uml' ? measureHere(loop) : [];
printMeasurements([
  ...lab.value.flatMap((rates) => rowsOf(rates, lab.kernel)),
  ...own.flatMap((rates) => rowsOf(rates, 'this kernel')),
]);
