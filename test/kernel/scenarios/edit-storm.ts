/**
 * Many edits of other rows while 50 tunnels carry pings: no packet of theirs is lost, no SA of theirs
 * replaced, and in the end the kernel holds what the tables compile to (R-02, E-02, E-03).
 */
import type { Client } from '../../../lib/client/client.js';
import { compilePolicies } from '../../../lib/core/policy/compile.js';
import { ConfigStore } from '../../../lib/host/store.js';
import type { Daemon, Lab, Router, TwoRouters } from '../../lab/guest.js';
import { pause, scenario } from '../../lab/guest.js';
import { Random } from '../../simulator/random.js';
import { compiledLines, kernelLines } from '../edit-storm/kernel-lines.js';
import { RandomEdits } from '../edit-storm/random-edits.js';
import { matureSas, secret } from '../support.js';

const tunnels = Array.from({ length: 50 }, (_, index) => index + 1);
const pingSeconds = 0.2;
/** Between edits, so that pings fall among them on a fast machine too. */
const editSeconds = 0.02;

const hostOf = (side: number, tunnel: number) => `10.${side}.0.${100 + tunnel}`;
const commentOf = (tunnel: number) => `tunnel${tunnel}`;

interface Side {
  readonly side: 1 | 2;
  readonly router: Router;
  readonly daemon: Daemon;
  readonly client: Client;
}

export default scenario(async (lab) => {
  const two = await lab.twoRouters();
  const sides = await Promise.all([openSide(1, two.r1), openSide(2, two.r2)]);
  await addHosts(two);
  await establish(sides[0]);
  const before = await Promise.all(sides.map(({ router }) => spisOf(router)));
  const pings = tunnels.map((tunnel) =>
    two.h1.startPing(hostOf(2, tunnel), {
      from: hostOf(1, tunnel),
      intervalSeconds: pingSeconds,
    }),
  );
  await storm(lab, sides);
  const results = await Promise.all(pings.map((pinging) => pinging.stop()));
  const lost = results.flatMap((result, index) => result.lost.map((number) => [index + 1, number]));
  const fewest = Math.min(...results.map(({ sent }) => sent));
  lab.check('no ping of the 50 tunnels is lost', lost.length === 0, lost);
  lab.check('each tunnel carried pings all the time', fewest >= 20, `${fewest} at least`);
  for (const [index, { router, daemon, client }] of sides.entries()) {
    lab.check(
      `the tunnels of ${router.name} have the SAs they had`,
      (await spisOf(router)) === before[index],
    );
    await checkKernel(lab, router, daemon, client);
  }
});

async function openSide(side: 1 | 2, router: Router): Promise<Side> {
  const daemon = await router.startDaemon({ logLevel: 'info' });
  const client = await router.connect();
  const other = 3 - side;
  const policies = tunnels.map(
    (tunnel) =>
      `policy add comment=${commentOf(tunnel)} action=encrypt tunnel=yes \
        src-address=${hostOf(side, tunnel)} dst-address=${hostOf(other, tunnel)} \
        sa-src-address=1.0.0.${side} sa-dst-address=1.0.0.${other}\n`,
  );
  await router.configure(`/ip ipsec
proposal set default enc-algorithms=aes-128 pfs-group=none
peer add address=1.0.0.${other}
pre-shared-secret add address=1.0.0.${other} secret=${secret}
${policies.join('')}`);
  return { side, router, daemon, client };
}

/** One address of its own for each tunnel, in the networks behind the routers. */
async function addHosts({ h1, h2 }: TwoRouters): Promise<void> {
  for (const [side, host] of [
    [1, h1],
    [2, h2],
  ] as const) {
    const lines = tunnels.map((tunnel) => `addr add ${hostOf(side, tunnel)}/24 dev eth0`);
    await host.ip(lines.join('\n'));
  }
}

/** Keys for all tunnels, one after the other. */
async function establish({ client }: Side): Promise<void> {
  for (const { id } of await client.policy.find()) {
    await client.policy.ready(id, { timeoutMs: 60_000 });
  }
}

async function storm(lab: Lab, sides: readonly Side[]): Promise<void> {
  const { edits, kindsWanted } = lab.args as {
    readonly edits: number;
    readonly kindsWanted: number;
  };
  const random = new Random(7);
  const untouched = tunnels.map(commentOf);
  const editors = sides.map(
    ({ client, side }) => new RandomEdits(client, random.fork(`side ${side}`), untouched, side),
  );
  const kinds = new Map<string, number>();
  for (let count = 0; count < edits; count += 1) {
    const kind = await random.pick(editors).make();
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    await pause(editSeconds);
  }
  lab.check('edits of all kinds were made', kinds.size >= kindsWanted, Object.fromEntries(kinds));
}

/** The difference between what is installed and what the stored tables say, as `ip xfrm` sees it. */
async function checkKernel(
  lab: Lab,
  router: Router,
  daemon: Daemon,
  client: Client,
): Promise<void> {
  const { listening } = await client.status();
  const config = new ConfigStore(daemon.stateDir).load();
  const desired = compilePolicies(config, { localAddresses: listening, withSas: new Set() });
  const wanted = compiledLines(desired);
  const present = kernelLines(await router.kernelPolicies());
  const differing = wanted.findIndex((line, index) => line !== present[index]);
  lab.check(
    `the kernel of ${router.name} holds what its tables compile to, in their order`,
    wanted.length === present.length && differing < 0,
    [wanted.length, present.length, wanted[differing], present[differing]],
  );
}

async function spisOf(router: Router): Promise<string> {
  const sas = await matureSas(router);
  return sas
    .map(({ spi }) => spi)
    .sort()
    .join();
}
