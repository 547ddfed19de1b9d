/**
 * Mutated datagrams by the hundred thousand at a daemon whose tunnel carries traffic: from strangers, from
 * addresses with rows of all three modes, and under the name of the tunnel's other end (SECURITY.md).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds, residentBytes } from '../../bench/handshake/process-figures.js';
import type { Daemon, Lab, Machine, Router, TwoRouters } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import {
  bombard,
  configured,
  corpusOf,
  ikeMessages,
  openings,
  senderNetworks,
  sourcesOf,
} from '../hostile/bombardment.js';
import type { SenderFigures } from '../hostile/job.js';
import { queuedBytes, udpCounters } from '../hostile/kernel-figures.js';
import { kernelKeyLines, rowsFor, type Suite, suites, untilPing } from '../support.js';

export interface HostileArguments {
  /** How many are sent no faster than the daemon takes them; a tenth of that follows as fast as can be. */
  readonly datagrams: number;
  readonly seed: number;
}

export interface HostileFigures {
  readonly paced: SenderFigures;
  readonly flood: SenderFigures;
  /** Of the flood: taken by the daemon, and lost in its receive queue. */
  readonly floodTaken: number;
  readonly floodOverflowed: number;
  readonly pings: number;
  /** Of the daemon's process: before, at each report of the sender, and at the end. */
  readonly residentMiB: readonly number[];
  /** CPU seconds of the daemon during both. */
  readonly cpuSeconds: number;
  /** Lines it wrote to its log in this time. */
  readonly logLines: number;
}

/** How much the daemon's memory may be above what it was, after any number of datagrams. */
const growthMiBMax = 48;
/** Compiles the daemon's code and fills its heap once: only then memory has something to be compared with. */
const warmUp = 10_000;
const peer = '1.0.0.1';
const victim = '1.0.0.2';
const megabyte = 1024 * 1024;

export default scenario(async (lab): Promise<HostileFigures> => {
  const { datagrams, seed } = lab.args as HostileArguments;
  const routers = await lab.twoRouters();
  const { r1, r2, h1, wire } = routers;
  const stranger = await addStranger(lab, routers);
  const capture = await wire.capture();
  const options = { logLevel: 'info' };
  const [, d2] = await Promise.all([r1.startDaemon(options), r2.startDaemon(options)]);
  const [suite] = suites;
  if (suite === undefined) throw new Error('no suite');
  await r1.configure(rowsFor(1, 'tunnel', suite));
  await r2.configure(`${rowsFor(2, 'tunnel', suite)}${rowsOfOthers(suite)}`);
  await untilPing(lab, h1, '10.2.0.2');
  const corpus = corpusOf(ikeMessages(await capture.stop()));
  const pid = d2.pid ?? 0;
  const job = {
    target: victim,
    corpus: corpus.map(toHex),
    openings: openings().map(toHex),
    sources: sourcesOf(peer),
  };

  const residentMiB: number[] = [];
  const sample = () => residentMiB.push(Math.round(residentBytes(pid) / megabyte));
  const tunnel = await stateOf(r1, r2);
  await bombard(
    stranger,
    { ...job, datagrams: warmUp, seed: seed - 1, pacedBy: pid },
    () => {},
    60,
  );
  sample();
  const before = {
    udp: udpCounters(pid),
    cpu: cpuSeconds(pid),
    lines: d2.output.length,
    log: d2.log.length,
  };
  const traffic = new Traffic(h1);
  const onFigures = (figures: SenderFigures) => {
    sample();
    const { sent, seconds } = figures;
    lab.progress(`${sent} datagrams in ${seconds.toFixed(1)} s, ${residentMiB.at(-1)} MiB`);
  };
  const patience = 60 + datagrams / 500;
  const paced = await bombard(
    stranger,
    { ...job, datagrams, seed, pacedBy: pid },
    onFigures,
    patience,
  );
  // The last of them may still wait in the receive queue.
  await lab.waitUntil('the daemon to take the rest', 20, () => queuedBytes(pid) === 0);
  const between = udpCounters(pid);
  lab.check(
    'the daemon took every datagram',
    between.received - before.udp.received >= datagrams &&
      between.overflowed === before.udp.overflowed,
    `${between.received - before.udp.received} of ${datagrams}`,
  );
  const flood = await bombard(
    stranger,
    { ...job, datagrams: datagrams / 10, seed: seed + datagrams, pacedBy: 0 },
    onFigures,
    patience,
  );
  const pings = await traffic.stop();
  const after = udpCounters(pid);
  sample();
  lab.check('the tunnel lost no packet', pings.lost === 0 && pings.sent > 10, pings);
  lab.check('the daemon runs', d2.exit === undefined);
  const [base = 0] = residentMiB;
  lab.check('its memory is flat', Math.max(...residentMiB) <= base + growthMiBMax, residentMiB);
  lab.check('SAs and IKE SA are the same', (await stateOf(r1, r2)) === tunnel);
  checkAnswers(lab, paced);
  const figures: HostileFigures = {
    paced,
    flood,
    floodTaken: after.received - between.received,
    floodOverflowed: after.overflowed - between.overflowed,
    pings: pings.sent,
    residentMiB,
    cpuSeconds: cpuSeconds(pid) - before.cpu,
    logLines: d2.output.length - before.lines,
  };
  checkLog(lab, d2, d2.log.slice(before.log), figures);
  await checkIdle(lab, pid);
  await checkRenewal(lab, routers);
  return figures;
});

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A machine on the wire that has whole networks for its own, and the peer's address as well. */
async function addStranger(lab: Lab, { r2, wire }: TwoRouters): Promise<Machine> {
  const stranger = await lab.addHost('stranger');
  await wire.attach(stranger, '1.0.0.3/24');
  // It must not answer when somebody asks for the peer's address: it forges, it is not to take over.
  await stranger.sysctl('net.ipv4.conf.all.arp_ignore', 8);
  await stranger.sysctl('net.ipv4.ip_nonlocal_bind', 1);
  const own = senderNetworks.map((network) => `route add local ${network} dev lo`);
  await stranger.ip(
    `${own.join('\n')}\nroute add local ${peer}/32 dev lo\n` +
      `neigh replace ${victim} lladdr ${await hardwareAddress(r2)} dev eth0 nud permanent`,
  );
  const back = senderNetworks.map((network) => `route add ${network} via 1.0.0.3`);
  await r2.ip(
    `neigh replace 1.0.0.3 lladdr ${await hardwareAddress(stranger)} dev eth0 nud permanent\n${back.join('\n')}`,
  );
  return stranger;
}

async function hardwareAddress(machine: Machine): Promise<string> {
  const [, address = ''] =
    /link\/ether (\S+)/.exec(await machine.must(['ip', 'link', 'show', 'eth0'])) ?? [];
  return address;
}

/** Rows for the addresses that the sender has, so that it can open exchanges of each mode. */
function rowsOfOthers({ peer: algorithms }: Suite): string {
  const lines = Object.entries(configured).flatMap(([mode, { network, addresses }]) => [
    `peer add address=${network} exchange-mode=${mode} ${algorithms}`,
    ...addresses.map(
      (address) => `pre-shared-secret add address=${address} secret="${address} ${mode}"`,
    ),
  ]);
  return `${lines.join('\n')}\n`;
}

/** One text for all that must stay as it is: keys of the tunnel, and when its phase 1 came about. */
async function stateOf(r1: Router, r2: Router): Promise<string> {
  const keys = [kernelKeyLines(await r1.kernelSas()), kernelKeyLines(await r2.kernelSas())];
  const since = await Promise.all(
    [r1, r2].map(async (router) => {
      const { stdout } = await router.ctl('/ip ipsec peer print stats');
      return /ph1-state=established[\s\S]*?ph2-total=\S+/.exec(stdout)?.[0];
    }),
  );
  return JSON.stringify({ keys, since });
}

/** Pings through the tunnel, one round after the other until told to stop. */
class Traffic {
  readonly #from: Machine;
  readonly #done: Promise<void>;
  #sent = 0;
  #lost = 0;
  #stopped = false;

  constructor(from: Machine) {
    this.#from = from;
    this.#done = this.#run();
  }

  async stop(): Promise<{ sent: number; lost: number }> {
    this.#stopped = true;
    await this.#done;
    return { sent: this.#sent, lost: this.#lost };
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const options = { count: 20, intervalSeconds: 0.1, waitSeconds: 5 };
      const { sent, received } = await this.#from.ping('10.2.0.2', options);
      this.#sent += sent;
      this.#lost += sent - received;
    }
  }
}

/** Whoever forges addresses makes the daemon send less than he sends himself. */
function checkAnswers(lab: Lab, { answers, answerBytes, sentBytes }: SenderFigures): void {
  lab.check(
    'it answered some, and with fewer bytes than it got',
    answers > 0 && answerBytes < sentBytes / 2,
    `${answers} answers, ${answerBytes} of ${sentBytes} bytes`,
  );
}

function checkLog(lab: Lab, daemon: Daemon, told: Daemon['log'], figures: HostileFigures): void {
  const seconds = figures.paced.seconds + figures.flood.seconds;
  lab.check(
    'its log grew by a bounded amount',
    figures.logLines <= 100 + 30 * seconds,
    `${figures.logLines} lines in ${Math.round(seconds)} s`,
  );
  const floods = told
    .filter(({ event }) => event === 'flood')
    .map(({ time }) => Date.parse(String(time)));
  const gaps = floods.slice(1).map((time, index) => (time - (floods[index] ?? 0)) / 1000);
  lab.check(
    'it told of the flood, once in ten seconds',
    floods.length > 0 && gaps.every((seconds) => seconds > 9.5),
    gaps,
  );
  lab.check('it reports no error', !daemon.log.some(({ level }) => level >= 50));
}

async function checkIdle(lab: Lab, pid: number): Promise<void> {
  await lab.waitUntil('the daemon to be idle', 20, async () => {
    const start = cpuSeconds(pid);
    await delay(1000);
    return cpuSeconds(pid) - start <= 0.05;
  });
  lab.check('the daemon is idle again', true);
}

/** New keys under the old IKE SA, then a pair that is renewed while traffic flows. */
async function checkRenewal(lab: Lab, { r1, r2, h1 }: TwoRouters): Promise<void> {
  const phase1 = async () =>
    /ph1-established=\S+ \S+/.exec((await r1.ctl('/ip ipsec peer print stats')).stdout)?.[0];
  const before = await phase1();
  for (const router of [r1, r2]) {
    await router.configure('/ip ipsec proposal set default lifetime=10s');
  }
  await r1.configure('/ip ipsec installed-sa flush');
  await untilPing(lab, h1, '10.2.0.2');
  const firstKeys = kernelKeyLines(await r1.kernelSas()).join();
  const { sent, received } = await h1.ping('10.2.0.2', { count: 60, waitSeconds: 5 });
  lab.check('a renewal afterwards loses no packet', sent === received, { sent, received });
  lab.check('it brought new keys', kernelKeyLines(await r1.kernelSas()).join() !== firstKeys);
  lab.check(
    'all under the same phase 1',
    before !== undefined && (await phase1()) === before,
    before,
  );
}
