/**
 * The manual's examples between two of our routers, typed as printed: transport mode, the AH tunnel with
 * manual keys, and masquerading routers in aggressive mode (Annex 1.1 to 1.3), with 10 MB each way through a
 * link of a smaller MTU.
 */
import type { Lab, Machine, PingResult, Router, TwoRouters } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import { manualTunnelByIpXfrm } from '../manual-tunnel.js';
import { checkProtected, checkTransfers, type End, emptyTables, untilPing } from '../support.js';

interface Texts {
  /** The manual's lines, of router 1 and router 2. */
  readonly transport: readonly [string, string];
  readonly manual: readonly [string, string];
  readonly masquerading: readonly [string, string];
  /** Our lines for iptables, by router. */
  readonly firewall: readonly (readonly string[])[];
}

/** Of the link between r2 and the router behind it; all others have 1500 bytes. */
const narrowBytes = 1280;
const ipAndIcmpBytes = 28;

/**
 * What fits into 1500 bytes. ESP: the outer header, SPI and sequence, IV and check value leave 1452, and inside
 * are whole blocks of 8 with two bytes of trailer. AH: the outer header, and 12 bytes without a check value that
 * Linux makes 16.
 */
const tunnelBytes = { esp: 1446, ah: 1464 } as const;

interface Site extends TwoRouters {
  /** 10.2.0.194, two routers behind r2, in its network 10.2.0.0/24 and across the narrow link. */
  readonly far: Machine;
}

/** ... r2 10.2.0.129 == narrow link == 10.2.0.130 inner 10.2.0.193 -- 10.2.0.194 far */
async function buildSite(lab: Lab): Promise<Site> {
  const two = await lab.twoRouters();
  const inner = await lab.addRouter('inner');
  const far = await lab.addHost('far');
  await lab.link(two.r2, 'eth2', '10.2.0.129/30', inner, 'eth0', '10.2.0.130/30');
  await lab.link(inner, 'eth1', '10.2.0.193/26', far, 'eth0', '10.2.0.194/26');
  await two.r2.ip(`link set eth2 mtu ${narrowBytes}\nroute add 10.2.0.192/26 via 10.2.0.130`);
  await inner.ip(`link set eth0 mtu ${narrowBytes}\nroute add default via 10.2.0.129`);
  await far.ip('route add default via 10.2.0.193');
  // What the routers themselves say to the other network bears an address that the policy matches.
  await two.r1.ip('route add 10.2.0.0/24 via 1.0.0.2 src 10.1.0.1');
  await two.r2.ip('route add 10.1.0.0/24 via 1.0.0.1 src 10.2.0.1');
  return { ...two, far };
}

export default scenario(async (lab) => {
  const texts = lab.args as Texts;
  const site = await buildSite(lab);
  await Promise.all([site.r1.startDaemon(), site.r2.startDaemon()]);
  await tryTransport(lab, site, texts.transport);
  await tryManualTunnel(lab, site, texts.manual);
  await tryMasquerading(lab, site, texts);
});

async function configureBoth(site: Site, [one, two]: readonly [string, string]): Promise<void> {
  // The manual types from the root.
  const clear = `${emptyTables}manual-sa remove [find]\n/\n`;
  await Promise.all([site.r1.configure(clear + one), site.r2.configure(clear + two)]);
}

async function tryTransport(lab: Lab, site: Site, texts: Texts['transport']): Promise<void> {
  const { r1, r2 } = site;
  const what = 'transport mode';
  await configureBoth(site, texts);
  const ends = [end(r1, '1.0.0.1'), end(r2, '1.0.0.2')] as const;
  await protectedBy('esp', lab, what, site, {
    pings: () => checkPings(lab, what, ...ends),
    load: () => checkTransfers(lab, what, ...ends),
  });
}

async function tryManualTunnel(lab: Lab, site: Site, texts: Texts['manual']): Promise<void> {
  const { r2 } = site;
  await configureBoth(site, texts);
  await checkTunnel(lab, 'AH tunnel with manual keys', site, 'ah');
  await r2.configure(`${emptyTables}manual-sa remove [find]\n`);
  await manualTunnelByIpXfrm(r2);
  await checkTunnel(lab, 'AH tunnel with manual keys against ip xfrm', site, 'ah');
  await r2.ip('xfrm state flush\nxfrm policy flush');
}

async function tryMasquerading(lab: Lab, site: Site, texts: Texts): Promise<void> {
  const { r1, r2, wire, h1 } = site;
  const what = 'masquerading routers';
  const server = await lab.addHost('server');
  await wire.attach(server, '1.0.0.3/24');
  for (const [index, router] of [r1, r2].entries()) {
    for (const line of texts.firewall[index] ?? []) await translate(router, line);
  }
  await configureBoth(site, texts.masquerading);
  await checkTunnel(lab, what, site, 'esp');
  const capture = await wire.capture(server.name);
  const { received } = await h1.ping('1.0.0.3');
  await capture.stop();
  lab.check(
    `${what}: what goes elsewhere is masqueraded and in clear`,
    received === 3 && capture.count(({ source }) => source === '1.0.0.1') === 3,
    capture.summary(),
  );
}

/** Captures all while `pings` go on, and under `load`, which a capture cannot follow, what should not be. */
async function protectedBy(
  outermost: 'esp' | 'ah',
  lab: Lab,
  what: string,
  { wire }: Site,
  steps: { readonly pings: () => Promise<void>; readonly load: () => Promise<void> },
): Promise<void> {
  const all = await wire.capture();
  await steps.pings();
  await all.stop();
  const seen = all.count(({ protocol }) => protocol === outermost);
  lab.check(`${what}: the pings are inside ${outermost}`, seen >= 12, all.summary());
  checkProtected(lab, `${what}: nothing else is on the wire`, all, outermost);
  const others = await wire.capture(undefined, `not ${outermost}`);
  await steps.load();
  await others.stop();
  checkProtected(lab, `${what}: and nothing else under load`, others, outermost);
}

/** Our documentation says `public` for the outer interface, and the lab's kernel has the legacy tables. */
function translate(router: Router, line: string): Promise<string> {
  const words = line.replace('-o public', '-o eth0').split(' ').slice(1);
  return router.must(['iptables-legacy', ...words]);
}

/** Pings, 10 MB and path MTU messages between h1 and the hosts behind r2. */
async function checkTunnel(
  lab: Lab,
  what: string,
  site: Site,
  outermost: 'esp' | 'ah',
): Promise<void> {
  const { h1, h2, far, r1, r2 } = site;
  const [near, close] = [end(h1, '10.1.0.2'), end(h2, '10.2.0.2')];
  const distant = end(far, '10.2.0.194');
  await protectedBy(outermost, lab, what, site, {
    pings: () => checkPings(lab, what, near, close),
    load: async () => {
      await checkTransfers(lab, what, near, distant);
      await Promise.all([r1, r2].map(inheritDontFragment));
      for (const { machine } of [near, close, distant]) await machine.ip('route flush cache');
      await checkPathMtu(lab, what, { near, close, distant }, tunnelBytes[outermost]);
    },
  });
}

interface Ends {
  readonly near: End;
  /** Right behind r2. */
  readonly close: End;
  /** Across the narrow link. */
  readonly distant: End;
}

/** Each router in whose way a packet with DF is too long names the MTU, and one of that size passes. */
async function checkPathMtu(
  lab: Lab,
  what: string,
  { near, close, distant }: Ends,
  whole: number,
): Promise<void> {
  const refusals = [
    { by: 'the near router', from: near, to: distant, size: 1500, mtu: whole },
    { by: 'the far router', from: near, to: distant, size: whole, mtu: narrowBytes },
    { by: 'the router behind it', from: distant, to: near, size: 1500, mtu: narrowBytes },
    { by: 'the far router on the way back', from: close, to: near, size: 1500, mtu: whole },
  ];
  for (const { by, from, to, size, mtu } of refusals) {
    const { tooLong } = await pingWhole(from, to, size);
    lab.check(
      `${what}: R-35 ${size} bytes are refused by ${by}, which names ${mtu}`,
      tooLong.length === 1 && tooLong.every((told) => told.by !== 'local' && told.mtu === mtu),
      tooLong,
    );
  }
  for (const [from, to, size] of [
    [near, distant, narrowBytes],
    [close, near, whole],
  ] as const) {
    const { received } = await pingWhole(from, to, size);
    lab.check(`${what}: ${size} bytes from ${from.machine.name} pass`, received === 1, received);
  }
}

/** With `clear`, the default, a packet that is too long would be taken apart instead. */
async function inheritDontFragment(router: Router): Promise<void> {
  await router.configure('/ip ipsec policy set [find] dont-fragment=inherit');
}

/** One request with DF that fills `bytes`. */
function pingWhole(from: End, to: End, bytes: number): Promise<PingResult> {
  const size = bytes - ipAndIcmpBytes;
  return from.machine.ping(to.address, { count: 1, size, dontFragment: true });
}

async function checkPings(lab: Lab, what: string, one: End, two: End): Promise<void> {
  await untilPing(lab, one.machine, two.address, 60);
  for (const [from, to] of [
    [one, two],
    [two, one],
  ] as const) {
    const { sent, received } = await from.machine.ping(to.address);
    const ends = `${from.machine.name} to ${to.machine.name}`;
    lab.check(`${what}: pings from ${ends}`, received === sent, `${received} of ${sent}`);
  }
}

function end(machine: Machine, address: string): End {
  return { machine, address };
}
