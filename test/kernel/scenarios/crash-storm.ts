/**
 * kill -9 of one daemon or the other every two seconds, while TCP runs both ways and pairs of
 * SAs live for ten seconds (E-34, R-67, R-68).
 */
import type { CapturedPacket, Daemon, KernelSa, Lab, Router, TwoRouters } from '../../lab/guest.js';
import { pause, scenario, Transfer } from '../../lab/guest.js';
import { Random } from '../../simulator/random.js';
import { emptyTables, matureSas, rowsFor, suites, untilPing } from '../support.js';

const killSeconds = 2;
const lifeSeconds = 10;
/** For traffic to move again after the last kill: TCP may wait as long as it had to before. */
const settleSeconds = 4 * lifeSeconds;
const load = { connections: 3, bytesPerSecond: 32 * 1024 };

export default scenario(async (lab) => {
  const two = await lab.twoRouters();
  const { r1, r2, h1, h2, wire } = two;
  const daemons = await Promise.all([r1.startDaemon(), r2.startDaemon()]);
  const [suite] = suites;
  if (suite === undefined) throw new Error('no suite');
  for (const [side, router] of [
    [1, r1],
    [2, r2],
  ] as const) {
    await router.configure(rowsFor(side, 'tunnel', suite, `${lifeSeconds}s`));
  }
  await untilPing(lab, h1, '10.2.0.2');
  // All that is sent would be more than a capture can follow.
  const capture = await wire.capture(undefined, 'not esp');
  const transfers = await Promise.all([
    Transfer.start(h1, h2, '10.2.0.2', load),
    Transfer.start(h2, h1, '10.1.0.2', load),
  ]);
  const { kills } = lab.args as { readonly kills: number };
  await storm(lab, daemons, kills);
  await checkSettled(lab, two);
  for (const transfer of transfers) transfer.end();
  for (const transfer of transfers) await checkUnbroken(lab, transfer);
  await capture.stop();
  const strangers = capture.count((packet) => !isIke(packet) && !isAboutIke(packet));
  lab.check('nothing passed in clear', strangers === 0 && capture.dropped === 0, [
    capture.summary(),
    capture.dropped,
  ]);
  const renewals = daemons.flatMap(({ log }) =>
    log.filter(({ event }) => event === 'phase2Renewed'),
  );
  lab.check('SAs were renewed in between', renewals.length >= 2, renewals.length);
  await checkNothingLeft(lab, two);
});

const isIke = ({ protocol, sourcePort, destinationPort }: CapturedPacket) =>
  protocol === 'udp' && sourcePort === 500 && destinationPort === 500;

/** What the kernel of a router without a daemon answers: ICMP "port unreachable", quoting the message (RFC 792). */
function isAboutIke({ protocol, payload }: CapturedPacket): boolean {
  const quoted = Buffer.from(payload.subarray(8));
  return (
    protocol === 'icmp' &&
    payload.subarray(0, 2).join() === '3,3' &&
    quoted[9] === 17 &&
    quoted.readUInt16BE(22) === 500
  );
}

/** One is killed two seconds after the last one was, or as soon as that is up and its successor is loaded. */
async function storm(lab: Lab, daemons: readonly Daemon[], kills: number): Promise<void> {
  const random = new Random(5);
  const start = Date.now();
  for (let count = 0; count < kills; count += 1) {
    const victim = random.pick(daemons);
    await Promise.all([victim.prepareRestart(), pause(killSeconds)]);
    await victim.kill('SIGKILL');
    await victim.restart();
  }
  lab.progress(`${kills} kills in ${Math.round((Date.now() - start) / 1000)} s`);
}

/**
 * What a lifetime later is still there belongs to the pair in use and to the one that follows it, or to two that
 * both sides made at the same moment.
 */
async function checkSettled(lab: Lab, { r1, r2 }: TwoRouters): Promise<void> {
  await lab.waitUntil('both kernels to hold the same SAs', settleSeconds, async () => {
    const [one, two] = await Promise.all([r1, r2].map(matureSas));
    return one !== undefined && one.length > 0 && spisOf(one) === spisOf(two ?? []);
  });
  await pause(lifeSeconds);
  let most = 0;
  const strangers = new Set<number>();
  for (const end = Date.now() + 1000 * lifeSeconds; Date.now() < end; await pause(0.3)) {
    for (const router of [r1, r2]) {
      const sas = await router.kernelSas();
      const reqids = await reqidsOf(router);
      most = Math.max(most, sas.filter(({ larval }) => !larval).length);
      for (const { reqid, spi } of sas) {
        if (spi !== 0 && !reqids.has(reqid)) strangers.add(reqid);
      }
    }
  }
  lab.check('afterwards there are no more than three pairs at a time', most <= 6, most);
  lab.check('no SA has a reqid of no policy', strangers.size === 0, [...strangers]);
  for (const router of [r1, r2]) {
    const policies = (await router.kernelPolicies()).filter(
      ({ templates }) => templates.length > 0,
    );
    const directions = policies.map(({ direction }) => direction).sort();
    lab.check(
      `the policy stands once in each direction in ${router.name}`,
      directions.join() === 'fwd,in,out',
      directions,
    );
  }
}

async function checkUnbroken(lab: Lab, transfer: Transfer): Promise<void> {
  const { sent, received } = await transfer.finished(settleSeconds);
  const ends = [...sent, ...received];
  const hashes = [sent, received].map((reports) =>
    reports
      .map(({ hash }) => hash)
      .sort()
      .join(),
  );
  lab.check(
    `${transfer.what}: no connection is broken, and what arrives is what was sent`,
    ends.length === 2 * load.connections &&
      ends.every(({ error, bytes }) => error === '' && bytes > 0) &&
      hashes[0] === hashes[1],
    ends.map(({ bytes, error, longestPauseSeconds }) => ({ bytes, error, longestPauseSeconds })),
  );
}

async function checkNothingLeft(lab: Lab, { r1, r2 }: TwoRouters): Promise<void> {
  for (const router of [r1, r2]) await router.configure(emptyTables);
  const left = async () => {
    const sas = [...(await r1.kernelSas()), ...(await r2.kernelSas())];
    const reqids = [...(await reqidsOf(r1)), ...(await reqidsOf(r2))];
    return [...sas.filter(({ spi }) => spi !== 0).map(({ reqid }) => reqid), ...reqids];
  };
  await lab
    .waitUntil('the kernels to be empty', 5, async () => (await left()).length === 0)
    .catch(() => undefined);
  const reqids = await left();
  lab.check('without rows no SA and no policy is left', reqids.length === 0, reqids);
}

function spisOf(sas: readonly KernelSa[]): string {
  return sas
    .map(({ spi }) => spi)
    .sort()
    .join();
}

/** Those that policies of the kernel ask for. */
async function reqidsOf(router: Router): Promise<ReadonlySet<number>> {
  const policies = await router.kernelPolicies();
  return new Set(policies.flatMap(({ templates }) => templates.map(({ reqid }) => reqid)));
}
