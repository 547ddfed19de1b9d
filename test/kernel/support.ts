/** What the scenarios of our daemon share: rows for both routers, and the printout of SAs read back. */
import type { Capture, KernelSa, Lab, Router } from '../lab/guest.js';

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

/** Nothing but ESP and IKE on UDP 500 passed the wire; `capture` has been stopped. */
export function checkProtected(lab: Lab, what: string, capture: Capture): void {
  const strangers = capture.count(({ protocol, sourcePort, destinationPort }) =>
    protocol === 'udp' ? sourcePort !== 500 || destinationPort !== 500 : protocol !== 'esp',
  );
  lab.check(what, strangers === 0, capture.summary());
}
