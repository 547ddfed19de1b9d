/** What the scenarios of our daemon share: rows for both routers, and the printout of SAs read back. */
import {
  type Capture,
  type KernelSa,
  type Lab,
  type Machine,
  type Router,
  Transfer,
  type TwoRouters,
} from '../lab/guest.js';

/** One set of algorithms, in the words of our tables and of strongSwan. */
export interface Suite {
  readonly name: string;
  readonly peer: string;
  readonly proposal: string;
  readonly ike: string;
  readonly esp: string;
}

export const suites: readonly Suite[] = [
  {
    name: '3des/md5/modp1024, 3des-sha1 with PFS modp1024',
    peer: 'enc-algorithm=3des hash-algorithm=md5 dh-group=modp1024',
    proposal: 'enc-algorithms=3des auth-algorithms=sha1 pfs-group=modp1024',
    ike: '3des-md5-modp1024',
    esp: '3des-sha1-modp1024',
  },
  {
    name: 'aes-256/sha/modp2048, aes-256-sha1 without PFS',
    peer: 'enc-algorithm=aes-256 hash-algorithm=sha dh-group=modp2048',
    proposal: 'enc-algorithms=aes-256 auth-algorithms=sha1 pfs-group=none',
    ike: 'aes256-sha1-modp2048',
    esp: 'aes256-sha1',
  },
];

export const modes = ['transport', 'tunnel'] as const;
export type Mode = (typeof modes)[number];

export const secret = 'roberkenon';

/** The rows of router `side`, transport between the routers or tunnel between their networks. */
export function rowsFor(side: 1 | 2, mode: Mode, suite: Suite, lifetime = '30m'): string {
  const other = 3 - side;
  const ends = `sa-src-address=1.0.0.${side} sa-dst-address=1.0.0.${other}`;
  const networks =
    mode === 'tunnel'
      ? `src-address=10.${side}.0.0/24 dst-address=10.${other}.0.0/24 tunnel=yes `
      : '';
  return `/ip ipsec
proposal set default ${suite.proposal} lifetime=${lifetime}
policy add ${networks}${ends} action=encrypt
peer add address=1.0.0.${other} ${suite.peer}
pre-shared-secret add address=1.0.0.${other} secret="${secret}"
`;
}

export type Side = 1 | 2;

/** The line that makes a tunnel between the networks behind the routers, below `/ip ipsec`. */
export function tunnel(side: Side, more = ''): string {
  return `policy add src-address=10.${side}.0.0/24 dst-address=10.${3 - side}.0.0/24 tunnel=yes ${encryptedBetween(side)} ${more}`;
}

/** The same for the routers themselves, in transport mode. */
export function transport(side: Side, more = ''): string {
  return `policy add ${encryptedBetween(side)} ${more}`;
}

export function encryptedBetween(side: Side): string {
  return `sa-src-address=1.0.0.${side} sa-dst-address=1.0.0.${3 - side} action=encrypt`;
}

export function peer(side: Side, more = ''): string {
  return `peer add address=1.0.0.${3 - side} ${more}`;
}

export function sharedSecret(side: Side, text: string = secret): string {
  return `pre-shared-secret add address=1.0.0.${3 - side} secret="${text}"`;
}

/** What IKE needs to know of the other router. */
export function keyed(side: Side): string {
  return `${peer(side)}\n${sharedSecret(side)}`;
}

/** In place of whatever rows a router has, but for its proposals. */
export function onlyRows(rows: string): string {
  return `${emptyTables}manual-sa remove [find]\n${rows}\n`;
}

/** Empties the tables of a router; the daemon says goodbye to its peers. */
export const emptyTables = `/ip ipsec
policy remove [find]
peer remove [find]
pre-shared-secret remove [find]
`;

export interface PrintedSa {
  readonly spi: number;
  readonly direction: string;
  readonly source: string;
  readonly destination: string;
  readonly state: string;
  readonly integrityKey: string;
  readonly encryptionKey: string;
}

/** Reads `installed-sa print` back. */
export function parseInstalledSas(text: string): PrintedSa[] {
  return text
    .split(/^(?= {0,2}\d+ [AE ])/m)
    .filter((entry) => /spi=/.test(entry))
    .map((entry) => {
      const value = (name: string) =>
        new RegExp(`(?:^|\\s)${name}="?([^"\\s]*)"?`).exec(entry)?.[1] ?? '';
      return {
        spi: Number.parseInt(value('spi'), 16),
        direction: value('direction'),
        source: value('src-address'),
        destination: value('dst-address'),
        state: value('state'),
        integrityKey: value('auth-key'),
        encryptionKey: value('enc-key'),
      };
    });
}

/** One line for each SA, the same for equal SAs however they were read. */
export function keyLines(
  sas: readonly {
    readonly spi: number;
    readonly source: string;
    readonly destination: string;
    readonly integrityKey: string;
    readonly encryptionKey: string;
  }[],
): string[] {
  return sas
    .map(
      (sa) =>
        `${sa.spi.toString(16)} ${sa.source} ${sa.destination} ${sa.integrityKey} ${sa.encryptionKey}`,
    )
    .sort();
}

export function kernelKeyLines(sas: readonly KernelSa[]): string[] {
  return keyLines(
    sas
      .filter(({ larval }) => !larval)
      .map((sa) => ({
        ...sa,
        integrityKey: sa.integrity?.key ?? '',
        encryptionKey: sa.encryption?.key ?? '',
      })),
  );
}

/** Mature SAs of a router's kernel. */
export async function matureSas(router: Router): Promise<KernelSa[]> {
  return (await router.kernelSas()).filter(({ larval }) => !larval);
}

/** Echo requests that this machine took. */
export function echoes(machine: Machine): Promise<number> {
  return machine.snmp('Icmp', 'InEchos');
}

/**
 * A machine on the wire, 1.0.0.3, that sends in the name of others, to `targets` by way of each router.
 * It does not answer for the addresses it borrows, nor tell anybody that they are here.
 */
export async function addForger(
  lab: Lab,
  { r1, r2, wire }: TwoRouters,
  borrowed: readonly string[],
  targets: { readonly r1: readonly string[]; readonly r2: readonly string[] },
): Promise<Machine> {
  const forger = await lab.addHost('x1');
  await wire.attach(forger, '1.0.0.3/24');
  await forger.sysctl('net.ipv4.conf.all.arp_ignore', 1);
  await forger.ip(`link set lo up
    ${borrowed.map((address) => `addr add ${address}/32 dev lo`).join('\n')}`);
  for (const [router, addresses] of [
    [r1, targets.r1],
    [r2, targets.r2],
  ] as const) {
    const link = await router.must(['ip', '-o', 'link', 'show', 'eth0']);
    const hardware = /link\/ether (\S+)/.exec(link)?.[1] ?? '';
    for (const target of addresses) {
      await forger.ip(`
        route add ${target}/32 dev eth0
        neigh add ${target} lladdr ${hardware} dev eth0`);
    }
  }
  return forger;
}

/** Pings until an answer comes, as the first packets wait for the keys; then it is up. */
export async function untilPing(
  lab: Lab,
  from: { ping: Router['ping'] },
  to: string,
  seconds = 15,
): Promise<void> {
  await lab.waitUntil(`an answer from ${to}`, seconds, async () => {
    const { received } = await from.ping(to, { count: 1, waitSeconds: 0.5 });
    return received === 1;
  });
}

/** Nothing but ESP (or AH) and IKE on UDP 500 passed the wire; `capture` has been stopped. */
export function checkProtected(
  lab: Lab,
  what: string,
  capture: Capture,
  outermost: 'esp' | 'ah' = 'esp',
): void {
  const strangers = capture.count(({ protocol, sourcePort, destinationPort }) =>
    protocol === 'udp' ? sourcePort !== 500 || destinationPort !== 500 : protocol !== outermost,
  );
  lab.check(what, strangers === 0 && capture.dropped === 0, [capture.summary(), capture.dropped]);
}

/** A machine, and the address by which others reach it. */
export interface End {
  readonly machine: Machine;
  readonly address: string;
}

const transferBytes = 10 * 1024 * 1024;
const transferSeconds = 300;

/** 10 MB over TCP each way at once, and what arrives is what was sent. */
export async function checkTransfers(lab: Lab, what: string, one: End, two: End): Promise<void> {
  const ways = [
    { from: one, to: two },
    { from: two, to: one },
  ];
  const transfers = await Promise.all(
    ways.map(({ from, to }) =>
      Transfer.start(from.machine, to.machine, to.address, { bytes: transferBytes }),
    ),
  );
  for (const [index, { from, to }] of ways.entries()) {
    const result = await transfers[index]?.finished(transferSeconds);
    const [sent] = result?.sent ?? [];
    const [received] = result?.received ?? [];
    lab.check(
      `${what}: 10 MB from ${from.machine.name} to ${to.machine.name}, and the same hash`,
      sent?.error === '' && received?.bytes === transferBytes && received.hash === sent.hash,
      [sent, received],
    );
  }
}

/** Checks that the one is the other, as JSON has them. */
export function same(lab: Lab, name: string, is: unknown, should: unknown): void {
  const [found, wanted] = [JSON.stringify(is), JSON.stringify(should)];
  lab.check(name, found === wanted, found === wanted ? '' : `${found}, not ${wanted}`);
}

/** The words of a printout, however they were folded into lines. */
export function words(text: string): string {
  return text.replace(/\s+/g, ' ');
}
