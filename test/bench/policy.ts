/**
 * `npm run bench policy`: packets through one tunnel beside 1, 1,000 and 10,000 other policies, half of them
 * of hosts, half of /24 networks: set up by us, with the rules that count packets, and by `ip xfrm` alone, in
 * turns of one run. And how long one edit takes among the most of them. Our goal: a packet takes no more than
 * 1.2 times as long. The kernel needs ESP and nftables: that of the lab is emulated, so read the ratios.
 */
import { runInLab } from '../lab/lab.js';
import type { EditFigures, Figures, PolicyArguments } from './scenarios/policy.js';
import { type Measurement, median, printMeasurements } from './support/report.js';

const args: PolicyArguments = {
  sizes: [1, 1_000, 10_000],
  rounds: 5,
  packets: 5_000,
  edits: 20,
};

function rowsOf({ others, packetUs }: Figures): Measurement[] {
  const ratio = (against: readonly number[]) =>
    median(packetUs.ours.map((us, round) => (against[round] ?? Number.NaN) / us));
  const name = `packets through a tunnel beside ${others} other policies`;
  const value = 1e6 / median(packetUs.ours);
  return [
    { name, value, unit: '/s', against: 'ip xfrm alone', ratio: ratio(packetUs.ip) },
    { name, value, unit: '/s', against: 'no IPsec', ratio: ratio(packetUs.clear) },
  ];
}

const { value } = await runInLab<{ figures: Figures[]; edits: EditFigures }>({
  scenario: 'test/bench/scenarios/policy.js',
  args,
  needs: ['nftables'],
  timeoutSeconds: 5400,
  onProgress: (line) => console.error(line),
});
const [ours, ip] = [median(value.edits.ours), median(value.edits.ip)];
printMeasurements([
  ...value.figures.flatMap(rowsOf),
  {
    name: `one policy changed among ${args.sizes.at(-1)}`,
    value: ours,
    unit: 'ms',
    against: 'ip xfrm policy update',
    ratio: ip / ours,
  },
]);
