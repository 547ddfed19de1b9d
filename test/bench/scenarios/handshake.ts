/**
 * The measurements of `npm run bench handshake`, in network namespaces of this machine: one initiator process
 * speaks with one responder after the other.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Router, scenario } from '../../lab/guest.js';
import type { Order, Report, Suite } from '../handshake/job.js';
import { initiatorNetwork, responderAddress } from '../handshake/job.js';
import { cpuSeconds, residentBytes } from '../handshake/process-figures.js';
import { larvalSeconds, type ResponderName, startResponder } from '../handshake/responders.js';

const initiatorProgram = fileURLToPath(new URL('../handshake/initiator.js', import.meta.url));

export interface Measure {
  readonly responder: ResponderName;
  readonly suite: Suite;
  /** Handshakes before those that are measured. */
  readonly warmUp: number;
  readonly handshakes: number;
  readonly window: number;
}

export interface Arguments {
  readonly preload: string;
  readonly measures: readonly Measure[];
}

/** Of the responder process. */
export interface Figures extends Measure {
  readonly perCpuSecond: number;
  readonly bytesPerTunnel: number;
  readonly seconds: number;
  /** Of handshakes one after the other, milliseconds. */
  readonly latencyMs: Report['latencyMs'];
}

/** Handshakes one after the other, for their latency. */
const singles = 50;

export default scenario(async (lab) => {
  const { preload, measures } = lab.args as Arguments;
  const r1 = await lab.addRouter('r1');
  const r2 = await lab.addRouter('r2');
  await lab.link(r1, 'eth0', '1.0.0.1/24', r2, 'eth0', `${responderAddress}/24`);
  // Every address of that network is the initiator's own.
  await r1.ip(`route add local ${initiatorNetwork} dev lo`);
  await r2.ip(`route add ${initiatorNetwork} via 1.0.0.1`);
  await r2.sysctl('net.core.xfrm_acq_expires', larvalSeconds);
  const figures: Figures[] = [];
  for (const measure of measures) {
    const { responder, suite } = measure;
    const one = await measureOne(r1, r2, measure, preload);
    figures.push(one);
    lab.progress(
      `${responder}, ${suite.group}, PFS ${suite.pfs ? 'yes' : 'no'}, ${measure.handshakes}: ${one.perCpuSecond.toFixed(0)} per CPU second`,
    );
  }
  return figures;
});

async function measureOne(r1: Router, r2: Router, measure: Measure, preload: string) {
  const { responder, suite, warmUp, handshakes, window } = measure;
  const count = warmUp + singles + handshakes;
  const daemon = await startResponder(responder, { router: r2, suite, count, preload });
  const initiator = startInitiator(r1, suite, count);
  try {
    await initiator.order({ first: 0, end: warmUp, window });
    const single = await initiator.order({ first: warmUp, end: warmUp + singles, window: 1 });
    const before = { cpu: cpuSeconds(daemon.pid), resident: residentBytes(daemon.pid) };
    const many = await initiator.order({ first: warmUp + singles, end: count, window });
    const cpu = cpuSeconds(daemon.pid) - before.cpu;
    const figures: Figures = {
      ...measure,
      perCpuSecond: handshakes / cpu,
      bytesPerTunnel: (residentBytes(daemon.pid) - before.resident) / handshakes,
      seconds: many.seconds,
      latencyMs: single.latencyMs,
    };
    return figures;
  } finally {
    initiator.end();
    await daemon.stop();
  }
}

function startInitiator(router: Router, suite: Suite, count: number) {
  const [file = '', ...prefix] = router.enter;
  const argv = [...prefix, process.execPath, initiatorProgram, JSON.stringify(suite), `${count}`];
  const child = spawn(file, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async order(order: Order): Promise<Report> {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error('the initiator ended');
      const report = JSON.parse(value) as Report;
      if (report.established !== order.end - order.first) {
        throw new Error(
          `${report.established} of ${order.end - order.first} handshakes: ${report.failure}`,
        );
      }
      return report;
    },
    end: () => child.kill('SIGKILL'),
  };
}
