/**
 * `npm run bench handshake`: main mode and quick mode, our responder and charon's driven by the same initiator
 * in one run: handshakes per CPU second of the responder process, memory per tunnel, latency, and the bound set
 * by Diffie-Hellman alone. `-- --many 16000` adds what it costs when so many tunnels are up. Our goal: 1.2
 * times charon at its best, 1.5 (modp1024) and 2 times (modp2048) charon as Debian ships it.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { computeJob } from '../../lib/host/crypto.js';
import { runInLab } from '../lab/lab.js';
import { repositoryRoot } from '../lab/repository.js';
import type { Suite } from './handshake/job.js';
import { type ResponderName, responderNames } from './handshake/responders.js';
import type { Arguments, Figures, Measure } from './scenarios/handshake.js';
import {
  type Measurement,
  median,
  millisecondsPerCall,
  printMeasurements,
} from './support/report.js';

const rounds = 3;
const window = 8;
/**
 * All are measured as they are after a while. V8 has compiled and compiled again what a handshake runs after
 * some 4,000; charon is as fast as it will be at once, and the fewer SAs it has the faster it is.
 */
const warmUpOf = (responder: ResponderName): number => (responder === 'ours' ? 4000 : 500);
const handshakes = 1500;
const suites: readonly Suite[] = [
  { group: 'modp1024', pfs: false },
  { group: 'modp1024', pfs: true },
  { group: 'modp2048', pfs: false },
  { group: 'modp2048', pfs: true },
];

function compilePreload(): string {
  const target = fileURLToPath(new URL('handshake/xfrm-noop.so', import.meta.url));
  const source = join(repositoryRoot, 'test/bench/handshake/xfrm-noop.c');
  const argv = ['-O2', '-shared', '-fPIC', '-o', target, source, '-ldl'];
  const run = spawnSync('cc', argv, { encoding: 'utf8' });
  if (run.error)
    throw new Error('a C compiler is missing: apt-get install gcc', { cause: run.error });
  if (run.status !== 0) throw new Error(run.stderr);
  return target;
}

/** Key pair and shared secret, milliseconds of one core. */
function diffieHellmanMs(group: Suite['group']): number {
  const peer = computeJob({ kind: 'dhGenerate', group });
  if (peer.kind !== 'dhGenerated') throw new Error(`no key in ${group}`);
  return millisecondsPerCall(500, () => {
    const own = computeJob({ kind: 'dhGenerate', group });
    if (own.kind !== 'dhGenerated') throw new Error(`no key in ${group}`);
    const { privateKey } = own;
    computeJob({ kind: 'dhDerive', group, privateKey, peerPublic: peer.publicValue });
  });
}

function measureOf(responder: ResponderName, suite: Suite, count: number): Measure {
  return { responder, suite, warmUp: warmUpOf(responder), handshakes: count, window };
}

function nameOf({ group, pfs }: Suite): string {
  return `${group}${pfs ? ' with PFS' : ''}`;
}

/** Ours against each charon, the median of the rounds' ratios; and against Diffie-Hellman alone. */
function rowsOf(suite: Suite, all: readonly Figures[]): Measurement[] {
  const of = (name: ResponderName) =>
    all.filter(({ responder, suite: other }) => responder === name && other === suite);
  const compare = (
    what: string,
    unit: string,
    value: (figures: Figures) => number,
    isBetter: 'larger' | 'smaller',
  ): Measurement[] =>
    responderNames.slice(1).map((against) => ({
      name: `${what}, ${nameOf(suite)}`,
      value: median(of('ours').map(value)),
      unit,
      against,
      ratio: median(
        of('ours').map((ours, round) => {
          const ratio = value(ours) / value(of(against)[round] ?? ours);
          return isBetter === 'larger' ? ratio : 1 / ratio;
        }),
      ),
    }));
  const rates = compare('handshakes', '/CPU-s', ({ perCpuSecond }) => perCpuSecond, 'larger');
  const bound = 1000 / (diffieHellmanMs(suite.group) * (suite.pfs ? 2 : 1));
  const [best] = rates;
  return [
    ...rates,
    ...(best === undefined
      ? []
      : [{ ...best, against: 'Diffie-Hellman alone', ratio: best.value / bound }]),
    ...compare('latency', 'ms', ({ latencyMs }) => latencyMs.median, 'smaller'),
  ];
}

/** What a handshake and a tunnel cost among many. */
function scaleRows(few: Figures[], many: Figures[]): Measurement[] {
  const [ours, charon] = many;
  const [oursFew] = few;
  if (ours === undefined || charon === undefined || oursFew === undefined) return [];
  const tunnels = `${ours.handshakes} tunnels`;
  return [
    {
      name: `memory of a tunnel at ${tunnels}`,
      value: ours.bytesPerTunnel / 1024,
      unit: 'KB',
      against: charon.responder,
      ratio: charon.bytesPerTunnel / ours.bytesPerTunnel,
    },
    {
      name: `handshakes at ${tunnels}`,
      value: ours.perCpuSecond,
      unit: '/CPU-s',
      against: charon.responder,
      ratio: ours.perCpuSecond / charon.perCpuSecond,
    },
    {
      name: `handshakes at ${tunnels}`,
      value: ours.perCpuSecond,
      unit: '/CPU-s',
      against: `ours at ${oursFew.handshakes}`,
      ratio: ours.perCpuSecond / oursFew.perCpuSecond,
    },
  ];
}

async function measure(measures: readonly Measure[], preload: string): Promise<Figures[]> {
  const args: Arguments = { preload, measures };
  const { value } = await runInLab<Figures[]>({
    scenario: 'test/bench/scenarios/handshake.js',
    args,
    // The kernel's part is left out, so this one's will do whether it has ESP or not.
    kernel: 'namespaces',
    timeoutSeconds: 900,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  // What went through JSON is no longer the same object.
  return value.map((figures, index) => ({
    ...figures,
    suite: measures[index]?.suite ?? figures.suite,
  }));
}

const preload = compilePreload();
const manyAt = process.argv.indexOf('--many');
if (manyAt === -1) {
  const measures = Array.from({ length: rounds }, () =>
    suites.flatMap((suite) =>
      responderNames.map((responder) => measureOf(responder, suite, handshakes)),
    ),
  ).flat();
  const figures = await measure(measures, preload);
  printMeasurements(suites.flatMap((suite) => rowsOf(suite, figures)));
} else {
  const many = Number(process.argv[manyAt + 1] ?? 16_000);
  const [suite] = suites;
  if (suite === undefined) throw new Error('no suite');
  const names: readonly ResponderName[] = ['ours', 'charon, best'];
  const some = (count: number): Measure[] =>
    names.map((responder) => measureOf(responder, suite, count));
  const figures = await measure([...some(1000), ...some(many)], preload);
  printMeasurements(scaleRows(figures.slice(0, 2), figures.slice(2)));
}
