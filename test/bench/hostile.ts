/**
 * `npm run bench hostile [N]`: N (default a million) mutated datagrams at a live daemon while its tunnel carries
 * traffic. What must hold is checked, as in `npm test` with fewer; what is printed is how fast the daemon takes
 * them, and its memory. Takes some six minutes.
 */

import type { HostileArguments, HostileFigures } from '../kernel/scenarios/hostile.js';
import { runInLab } from '../lab/lab.js';
import { printMeasurements } from './support/report.js';

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const args: HostileArguments = { datagrams: Number(words[0] ?? 1_000_000), seed: 2408 };

const { value, kernel } = await runInLab<HostileFigures>({
  scenario: 'test/kernel/scenarios/hostile.js',
  args,
  // The slowest guest seen so far takes 1500 in a second.
  timeoutSeconds: 180 + args.datagrams / 1000,
  onProgress: (line) => process.stderr.write(`${line}\n`),
});
const { paced, flood, residentMiB } = value;
const datagrams = paced.sent + value.floodTaken;
const [before = 0] = residentMiB;
const after = residentMiB.at(-1) ?? 0;
process.stderr.write(
  `kernel: ${kernel}; ${JSON.stringify({ ...value, residentMiB: undefined })}\n`,
);
printMeasurements([
  {
    name: 'hostile datagrams taken',
    value: datagrams / value.cpuSeconds,
    unit: '/CPU-s',
    against: 'sent and taken in a second, sender on the same CPU',
    ratio: datagrams / value.cpuSeconds / (paced.sent / paced.seconds),
  },
  {
    name: `memory after ${datagrams} of them`,
    value: after,
    unit: 'MiB',
    against: 'memory before',
    ratio: before / after,
  },
  {
    name: 'taken of a flood as fast as can be',
    value: (100 * value.floodTaken) / flood.sent,
    unit: '%',
    against: 'all of it',
    ratio: value.floodTaken / flood.sent,
  },
]);
