/**
 * The levels `acquire`, `use` and `require`, which decide about packets without SAs:
 * four policies between two routers, before their SAs, with them, and after their end.
 */
import type { CapturedPacket, Router, TwoRouters } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import { addForger, checkProtected, echoes, matureSas, secret, untilPing } from '../support.js';

interface Row {
  readonly name: string;
  readonly levels: readonly [string, string];
  /** Addresses of the machines that ping each other, on the side of router 1 and of router 2. */
  readonly ends: readonly [string, string];
}

const rows: readonly Row[] = [
  { name: 'tunnel, acquire/acquire', levels: ['acquire', 'acquire'], ends: lans(0) },
  {
    name: 'transport, acquire/acquire',
    levels: ['acquire', 'acquire'],
    ends: ['1.0.0.1', '1.0.0.2'],
  },
  { name: 'tunnel, use/require', levels: ['use', 'require'], ends: lans(1) },
  { name: 'tunnel, require/use', levels: ['require', 'use'], ends: lans(2) },
];
const [tunnel, transport, useRequire, requireUse] = rows as [Row, Row, Row, Row];

function lans(number: number): readonly [string, string] {
  return [`10.1.${number}.2`, `10.2.${number}.2`];
}

/** ICMP alone in transport mode: the tunnels' ESP between the same ends is to stay single. */
function tablesOf(side: 1 | 2): string {
  const other = 3 - side;
  const ends = `sa-src-address=1.0.0.${side} sa-dst-address=1.0.0.${other} action=encrypt`;
  const policies = rows.map(({ levels, ends: hosts }) => {
    const [near, far] = side === 1 ? hosts : [hosts[1], hosts[0]];
    const traffic = near.startsWith('10.')
      ? `src-address=${near}/32 dst-address=${far}/32 tunnel=yes`
      : `src-address=${near}/32 dst-address=${far}/32 protocol=icmp`;
    return `policy add ${traffic} ${ends} level=${levels[side - 1]}\n`;
  });
  return `/ip ipsec
proposal set default lifetime=10s
peer add address=1.0.0.${other}
pre-shared-secret add address=1.0.0.${other} secret="${secret}"
${policies.join('')}`;
}

export default scenario(async (lab) => {
  const two = await lab.twoRouters();
  const { r1, r2, h1, h2, wire } = two;
  await addLans(two);
  const stranger = await addForger(
    lab,
    two,
    ['1.0.0.2', tunnel.ends[1], useRequire.ends[1], requireUse.ends[0]],
    { r1: [transport.ends[0], tunnel.ends[0], useRequire.ends[0]], r2: [requireUse.ends[1]] },
  );
  const [, d2] = await Promise.all([r1.startDaemon(), r2.startDaemon()]);
  await r1.configure(tablesOf(1));
  await r2.configure(tablesOf(2));
  const once = { count: 1, waitSeconds: 0.5 };

  /** How many clear packets, as if from the other side, reach the side that does not require. */
  const forge = async ({ ends, levels }: Row) => {
    const side = levels[0] === 'require' ? 1 : 0;
    const [target, source] = [ends[side], ends[1 - side]] as [string, string];
    const host = target.startsWith('1.0.') ? r1 : side === 0 ? h1 : h2;
    const before = await echoes(host);
    await stranger.ping(target, { count: 3, from: source, waitSeconds: 0.3 });
    return (await echoes(host)) - before;
  };
  const forgeAll = async (chosen: readonly Row[], what: string, expected: number) => {
    for (const row of chosen) {
      const arrived = await forge(row);
      lab.check(`${row.name}: ${what}`, arrived === expected, `${arrived} of 3`);
    }
  };
  /** The side with `use` sends; `packets` is what passed the wire. */
  const checkUse = (row: Row, packets: readonly CapturedPacket[], received: number) => {
    const sender = row === useRequire ? row.ends[0] : row.ends[1];
    const sent = packets.filter(({ protocol, source }) => protocol === 'icmp' && source === sender);
    lab.check(`${row.name}: R-06 use lets a packet pass in clear`, sent.length === 1, sent.length);
    lab.check(`${row.name}: R-25b require does not take it`, received === 0, received);
  };
  const useSidesPing = async () => {
    const capture = await wire.capture();
    const first = await h1.ping(useRequire.ends[1], once);
    const second = await h2.ping(requireUse.ends[0], once);
    const packets = await capture.stop();
    checkUse(useRequire, packets, first.received);
    checkUse(requireUse, packets, second.received);
    return packets;
  };
  const acquireSidesPing = async (when: string) => {
    const capture = await wire.capture();
    for (const [row, host] of [
      [tunnel, h1],
      [transport, r1],
    ] as const) {
      const { received } = await host.ping(row.ends[1], once);
      lab.check(`${row.name}: R-06 a ping is answered ${when}`, received === 1, received);
    }
    const packets = await capture.stop();
    lab.check(
      `both were in clear ${when}`,
      capture.count(({ protocol }) => protocol === 'icmp') === 4,
      capture.summary(),
    );
    return packets.filter(({ protocol }) => protocol === 'udp').length;
  };

  // --- before the SAs ---
  const silent = await useSidesPing();
  await forgeAll([useRequire, requireUse], 'R-25c a clear packet is taken without SAs', 3);
  const asked = silent.some(({ protocol }) => protocol === 'udp');
  lab.check('E-12 use does not ask for SAs', !asked);
  // While one daemon sleeps no SA can come between the packets that are to be in clear.
  d2.freeze();
  const questions = await acquireSidesPing('before the SAs');
  lab.check('E-12 acquire asks for SAs', questions > 0, questions);
  await forgeAll([tunnel, transport], 'R-25c a clear packet is taken without SAs', 3);
  d2.thaw();

  // --- with them ---
  await untilPing(lab, h2, useRequire.ends[0]);
  await untilPing(lab, h1, requireUse.ends[1]);
  for (const router of [r1, r2]) {
    await lab.waitUntil(`${router.name} to require all SAs`, 20, async () => {
      return (await matureSas(router)).length >= 8 && (await required(router)) === 4;
    });
  }
  const capture = await wire.capture();
  const pings = rows.flatMap((row) => {
    const [near, far] = row === transport ? [r1, r2] : [h1, h2];
    return [near.ping(row.ends[1]), far.ping(row.ends[0])];
  });
  const lost = (await Promise.all(pings)).map(({ sent, received }) => sent - received);
  await capture.stop();
  lab.check('with SAs all pings are answered, both ways', Math.max(...lost) === 0, lost);
  checkProtected(lab, 'with SAs only ESP and IKE are on the wire', capture);
  await forgeAll(rows, 'R-25a no clear packet is taken once there are SAs', 0);

  // --- after their end ---
  // From here on the two have no proposal in common: the SAs find no successor.
  await r2.configure('/ip ipsec proposal set default enc-algorithms=aes-256\n');
  for (const router of [r1, r2]) {
    await lab.waitUntil(`${router.name} to be without SAs`, 20, async () => {
      return (await matureSas(router)).length === 0 && (await required(router)) === 1;
    });
  }
  await useSidesPing();
  await acquireSidesPing('after the SAs');
  await forgeAll(rows, 'E-16 a clear packet is taken again after the end of the SAs', 3);
});

/** Outbound policies that let nothing pass without an SA. */
async function required(router: Router): Promise<number> {
  return (await router.kernelPolicies()).filter(
    ({ direction, templates }) =>
      direction === 'out' && templates.some(({ level }) => level === 'required'),
  ).length;
}

/** Two more addresses for each host, which they use towards each other. */
async function addLans({ r1, r2, h1, h2 }: TwoRouters): Promise<void> {
  for (const [host, router, side] of [
    [h1, r1, 1],
    [h2, r2, 2],
  ] as const) {
    for (const number of [1, 2]) {
      const address = `10.${side}.${number}.2`;
      await host.ip(`
        addr add ${address}/32 dev eth0
        route add 10.${3 - side}.${number}.0/24 via 10.${side}.0.1 src ${address}`);
      await router.ip(`route add 10.${side}.${number}.0/24 via 10.${side}.0.2`);
    }
  }
}
