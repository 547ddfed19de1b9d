/**
 * What no peer in a package speaks, held to its RFCs on the wire: base mode, and ESP inside AH in both
 * modes, between two daemons and against plain `ip xfrm`.
 */
import type { CapturedPacket, Lab, Machine, TwoRouters } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import { type BaseModeTerms, checkBaseMode } from '../base-mode.js';
import { checkPackets, kernelKeys } from '../bundle-checks.js';
import type { PacketKeys } from '../rfc4302.js';
import { emptyTables, type Mode, matureSas, secret, untilPing } from '../support.js';

interface Suite extends Pick<BaseModeTerms, 'hash' | 'attributes' | 'groupBytes'> {
  readonly mode: Mode;
  readonly peer: string;
  readonly proposal: string;
}

const suites: readonly Suite[] = [
  {
    mode: 'tunnel',
    peer: 'enc-algorithm=3des hash-algorithm=md5 dh-group=modp1024',
    proposal: 'enc-algorithms=3des auth-algorithms=sha1 pfs-group=modp1024',
    hash: 'md5',
    attributes: '80010005 80030001 80020001 80040002',
    groupBytes: 128,
  },
  {
    mode: 'transport',
    peer: 'enc-algorithm=aes-128 hash-algorithm=sha dh-group=modp1536',
    proposal: 'enc-algorithms=aes-128 auth-algorithms=md5 pfs-group=none',
    hash: 'sha1',
    attributes: '80010007 800e0080 80030001 80020002 80040005',
    groupBytes: 192,
  },
];

function rowsOf(side: 1 | 2, { mode, peer, proposal }: Suite): string {
  const other = 3 - side;
  return `/ip ipsec
proposal set default ${proposal}
policy add ${endsOf(side, mode)} action=encrypt ipsec-protocols=ah,esp
peer add address=1.0.0.${other} exchange-mode=base ${peer}
pre-shared-secret add address=1.0.0.${other} secret="${secret}"
`;
}

function endsOf(side: 1 | 2, mode: Mode): string {
  const other = 3 - side;
  const ends = `sa-src-address=1.0.0.${side} sa-dst-address=1.0.0.${other}`;
  const networks = `src-address=10.${side}.0.0/24 dst-address=10.${other}.0.0/24 tunnel=yes`;
  return mode === 'tunnel' ? `${networks} ${ends}` : ends;
}

export default scenario(async (lab) => {
  const two = await lab.twoRouters();
  const { r1, r2 } = two;
  await Promise.all([r1.startDaemon(), r2.startDaemon()]);
  for (const suite of suites) {
    const what = `R-32 AH and ESP, ${suite.mode}, keys by base mode`;
    await r1.configure(rowsOf(1, suite));
    await r2.configure(rowsOf(2, suite));
    const packets = await pinged(lab, what, two, suite.mode);
    const ends = ['1.0.0.1', '1.0.0.2'] as const;
    checkBaseMode(lab, `base mode, ${suite.hash}`, packets, { ...suite, secret, ends });
    const sas = await matureSas(r2);
    checkPackets(lab, what, packets, suite.mode, (source) => kernelKeys(sas, source));
    await r1.configure(emptyTables);
    await r2.configure(emptyTables);
    await lab.waitUntil('all SAs to go', 5, async () => {
      return (await matureSas(r1)).length + (await matureSas(r2)).length === 0;
    });
  }
  for (const mode of ['tunnel', 'transport'] as const) {
    const what = `R-41 AH and ESP, ${mode}, manual keys against ip xfrm`;
    await r1.configure(
      `/ip ipsec\npolicy remove [find]\nmanual-sa remove [find]\n${manualRows(mode)}`,
    );
    await r2.ip(plainRows(mode));
    const packets = await pinged(lab, what, two, mode);
    checkPackets(lab, what, packets, mode, manualKeys);
  }
});

/** Captures pings both ways, from before there are keys. */
async function pinged(
  lab: Lab,
  what: string,
  { r1, r2, h1, h2, wire }: TwoRouters,
  mode: Mode,
): Promise<readonly CapturedPacket[]> {
  const capture = await wire.capture();
  const ways: readonly (readonly [Machine, string])[] =
    mode === 'tunnel'
      ? [
          [h1, '10.2.0.2'],
          [h2, '10.1.0.2'],
        ]
      : [
          [r1, '1.0.0.2'],
          [r2, '1.0.0.1'],
        ];
  const [[near, to]] = ways as [readonly [Machine, string]];
  await untilPing(lab, near, to);
  const results = [];
  for (const [from, address] of ways)
    results.push(await from.ping(address, { count: 2, size: 101 }));
  const packets = await capture.stop();
  lab.check(
    `${what}: pings answered both ways`,
    results.every(({ sent, received }) => sent === received),
    results.map(({ received }) => received),
  );
  const strays = capture.count(({ protocol }) => protocol !== 'ah' && protocol !== 'udp');
  lab.check(
    `${what}: AH is the outermost protocol of all of them`,
    strays === 0,
    capture.summary(),
  );
  return packets.filter(({ protocol }) => protocol === 'ah' || protocol === 'udp');
}

// --- manual keys: to router 1 ("in") and from it ("out") ------------------------------------------

const repeated = (digits: string, bytes: number) => digits.repeat(bytes);
const manual = {
  in: {
    ah: repeated('a1', 16),
    auth: repeated('b1', 20),
    enc: repeated('c1', 24),
    ahSpi: 0x1a1,
    espSpi: 0x1e1,
  },
  out: {
    ah: repeated('a2', 16),
    auth: repeated('b2', 20),
    enc: repeated('c2', 24),
    ahSpi: 0x1a2,
    espSpi: 0x1e2,
  },
} as const;

function manualRows(mode: Mode): string {
  const { in: to, out: from } = manual;
  return `manual-sa add name=both ah-algorithm=md5 ah-key=${to.ah}/${from.ah} \\
  esp-auth-algorithm=sha1 esp-auth-key=${to.auth}/${from.auth} \\
  esp-enc-algorithm=3des esp-enc-key=${to.enc}/${from.enc} \\
  ah-spi=${to.ahSpi.toString(16)}/${from.ahSpi.toString(16)} \\
  esp-spi=${to.espSpi.toString(16)}/${from.espSpi.toString(16)}
policy add ${endsOf(1, mode)} action=encrypt ipsec-protocols=ah,esp manual-sa=both
`;
}

/** The same, typed for router 2 as `ip xfrm` has it: AH in transport mode around ESP. */
function plainRows(mode: Mode): string {
  const states = [
    { keys: manual.out, ends: 'src 1.0.0.1 dst 1.0.0.2' },
    { keys: manual.in, ends: 'src 1.0.0.2 dst 1.0.0.1' },
  ].map(
    ({ keys, ends }) => `
xfrm state add ${ends} proto esp spi ${keys.espSpi} mode ${mode} auth hmac(sha1) 0x${keys.auth} enc cbc(des3_ede) 0x${keys.enc}
xfrm state add ${ends} proto ah spi ${keys.ahSpi} mode transport auth hmac(md5) 0x${keys.ah}`,
  );
  const templates = (ends: string) =>
    `tmpl ${mode === 'tunnel' ? ends : ''} proto esp mode ${mode} tmpl ${ends} proto ah mode transport`;
  const [near, far] =
    mode === 'tunnel' ? ['10.2.0.0/24', '10.1.0.0/24'] : ['1.0.0.2/32', '1.0.0.1/32'];
  const inbound = `src ${far} dst ${near} %DIR% ${templates('src 1.0.0.1 dst 1.0.0.2')}`;
  return `xfrm state flush
xfrm policy flush${states.join('')}
xfrm policy add src ${near} dst ${far} dir out ${templates('src 1.0.0.2 dst 1.0.0.1')}
xfrm policy add ${inbound.replace('%DIR%', 'dir in')}
xfrm policy add ${inbound.replace('%DIR%', 'dir fwd')}`;
}

function manualKeys(source: string): PacketKeys {
  const keys = source === '1.0.0.1' ? manual.out : manual.in;
  const bytes = (text: string) => Buffer.from(text, 'hex');
  return {
    ah: { spi: keys.ahSpi, hash: 'md5', key: bytes(keys.ah) },
    esp: {
      ...{ spi: keys.espSpi, hash: 'sha1', key: bytes(keys.auth) },
      ...{ cipher: '3des', cipherKey: bytes(keys.enc) },
    },
  };
}
