/**
 * `explain` on a real kernel: for each set-up, broken or healthy, it names the cause, and what it foretells is
 * what the wire then shows (D.1, D.2).
 */
import type {
  Capture,
  CapturedPacket,
  Daemon,
  Lab,
  Machine,
  PingResult,
  Router,
  TwoRouters,
} from '../../lab/guest.js';
import { pause, scenario } from '../../lab/guest.js';
import {
  keyed,
  matureSas,
  onlyRows,
  peer,
  type Side,
  sharedSecret,
  transport,
  tunnel,
  untilPing,
  words,
} from '../support.js';

type Way = 'encrypted' | 'clear';
type Fate = Way | `${Way}, in fragments` | 'dropped';

interface Setup {
  readonly name: string;
  /** Lines below `/ip ipsec`, of each router. */
  readonly rows: readonly [string, string];
  /** From whose side the SAs are asked for before anything else. */
  readonly up?: Side;
  /** What is done to the routers then. */
  readonly disturb?: Disturbance;
  /** The packet asked about, and sent; default a short ping of the host. */
  readonly from?: 'router' | 'host';
  readonly packet?: Packet;
  readonly fate: Fate;
  /** What the answer must say, whatever lines it is folded into. */
  readonly says: RegExp;
}

/** A ping of that length, or a UDP datagram to that port. */
type Packet =
  | { readonly bytes: number; readonly dontFragment: boolean }
  | { readonly udpPort: number };

/** Gives what takes it back. */
type Disturbance = (rig: Rig) => Promise<() => Promise<unknown>>;

interface Rig {
  readonly lab: Lab;
  readonly two: TwoRouters;
  readonly daemon2: Daemon;
}

const both = (line: (side: Side) => string): [string, string] => [line(1), line(2)];
const sides = both((side) => `${keyed(side)}\n${tunnel(side)}`);
const manual = (name: string, wrong = '') =>
  `manual-sa add name=${name} esp-enc-algorithm=3des esp-enc-key=${'11'.repeat(24)}/${'22'.repeat(24)} esp-auth-algorithm=sha1 esp-auth-key=${wrong || '33'.repeat(20)}/${'44'.repeat(20)} esp-spi=0x101/0x100`;
const mirrored = (wrong = '') =>
  `manual-sa add name=m esp-enc-algorithm=3des esp-enc-key=${'22'.repeat(24)}/${'11'.repeat(24)} esp-auth-algorithm=sha1 esp-auth-key=${'44'.repeat(20)}/${wrong || '33'.repeat(20)} esp-spi=0x100/0x101`;

const manualTunnel = (more = ''): readonly [string, string] => [
  `${manual('m')}\n${tunnel(1, `manual-sa=m ${more}`)}`,
  `${mirrored()}\n${tunnel(2, `manual-sa=m ${more}`)}`,
];

/** UDP ports of the second side pass in clear, all else by the tunnel. */
const rangeAccepted = both((side) => {
  const [near, far] = side === 1 ? ['', ':5000-5010'] : [':5000-5010', ''];
  const nets = `src-address=10.${side}.0.0/24${near} dst-address=10.${3 - side}.0.0/24${far}`;
  return `policy add action=accept ${nets} protocol=udp\n${keyed(side)}\n${tunnel(side)}`;
});

/** Lines for ip(8) in a router; what takes them back. */
function ip(side: Side, [install, remove]: readonly [string, string]): Disturbance {
  return async ({ two }) => {
    const router = side === 1 ? two.r1 : two.r2;
    await router.ip(install);
    return () => router.ip(remove);
  };
}

/** Another program's policy for what a router sends. */
function foreign(side: Side, action: 'allow' | 'block'): Disturbance {
  const policy = `dir out src 10.${side}.0.0/16 dst 10.${3 - side}.0.0/16`;
  return ip(side, [
    `xfrm policy add ${policy} priority 5 action ${action}`,
    `xfrm policy delete ${policy}`,
  ]);
}

/** Rules for the first router's source NAT, in the words of iptables. */
function sourceNat(...rules: readonly string[]): Disturbance {
  const restore = (router: Router, lines: readonly string[]) =>
    router.must(['iptables-legacy-restore'], {
      input: ['*nat', ...lines, 'COMMIT', ''].join('\n'),
    });
  return async ({ two: { r1 } }) => {
    await restore(
      r1,
      rules.map((rule) => `-A POSTROUTING ${rule}`),
    );
    return () => restore(r1, []);
  };
}

/** The second router lets no ESP in. */
const espRefused: Disturbance = async ({ two: { r2 } }) => {
  const rule = ['INPUT', '-p', 'esp', '-j', 'DROP'];
  await r2.must(['iptables-legacy', '-A', ...rule]);
  return () => r2.must(['iptables-legacy', '-D', ...rule]);
};

/** The second router's kernel begins to count anew under the same keys, while its daemon cannot see to it. */
const countsAnew: Disturbance = async ({ two: { r2, h1 }, daemon2 }) => {
  await h1.ping('10.2.0.2', { count: 8, intervalSeconds: 0.02 });
  const sa = (await matureSas(r2)).find(({ source }) => source === '1.0.0.2');
  if (sa?.encryption === undefined || sa.integrity === undefined) {
    throw new Error('router 2 has no SA to send by');
  }
  daemon2.freeze();
  const id = `src 1.0.0.2 dst 1.0.0.1 proto esp spi ${sa.spi}`;
  const keys = `auth ${sa.integrity.name} 0x${sa.integrity.key} enc ${sa.encryption.name} 0x${sa.encryption.key}`;
  await r2.ip(`
    xfrm state delete ${id}
    xfrm state add ${id} reqid ${sa.reqid} mode tunnel ${keys} replay-window 32`);
  return async () => daemon2.thaw();
};

const healthy: readonly Setup[] = [
  {
    name: 'tunnel',
    rows: sides,
    up: 1,
    fate: 'encrypted',
    says: /esp tunnel 1\.0\.0\.1 -> 1\.0\.0\.2 spi=\w+ \(3des, sha1\).*packets of up to 1446 bytes/,
  },
  {
    name: 'ESP inside AH',
    rows: both((side) => `${keyed(side)}\n${tunnel(side, 'ipsec-protocols=ah,esp')}`),
    up: 1,
    fate: 'encrypted',
    says: /esp tunnel .* ah transport/,
  },
  {
    name: 'transport',
    rows: both((side) => `${keyed(side)}\n${transport(side)}`),
    from: 'router',
    up: 1,
    fate: 'encrypted',
    says: /esp transport 1\.0\.0\.1 -> 1\.0\.0\.2.*for this router, must come encrypted/,
  },
  {
    name: 'nested, AH around a tunnel',
    rows: both(
      (side) => `${keyed(side)}\n${tunnel(side)}\n${transport(side, 'ipsec-protocols=ah')}`,
    ),
    up: 1,
    fate: 'encrypted',
    says: /esp tunnel .*policy 0 ah transport .*policy 1/,
  },
  {
    name: 'manual keys',
    rows: manualTunnel(),
    up: 1,
    fate: 'encrypted',
    says: /spi=100 /,
  },
  {
    name: 'an accept policy before',
    rows: both((side) => {
      const nets = `src-address=10.${side}.0.0/24 dst-address=10.${3 - side}.0.0/24`;
      return `policy add action=accept ${nets} protocol=icmp\n${keyed(side)}\n${tunnel(side)}`;
    }),
    fate: 'clear',
    says: /policy 0 decides: action=accept/,
  },
  {
    name: 'masquerade, and what is to be encrypted is accepted before',
    rows: manualTunnel(),
    disturb: sourceNat('-s 10.1.0.0/24 -d 10.2.0.0/24 -j ACCEPT', '-o eth0 -j MASQUERADE'),
    up: 1,
    fate: 'encrypted',
    says: /esp tunnel 1\.0\.0\.1 -> 1\.0\.0\.2/,
  },
  { name: 'no policies', rows: ['', ''], fate: 'clear', says: /no policy matches/ },
  {
    name: 'level=use with SAs that the other side asked for',
    rows: [`${keyed(1)}\n${tunnel(1, 'level=use')}`, sides[1]],
    up: 2,
    fate: 'encrypted',
    says: /policy 0 decides: action=encrypt level=use .*esp tunnel/,
  },
  {
    name: 'a range of ports accepted before',
    rows: rangeAccepted,
    up: 1,
    packet: { udpPort: 5005 },
    fate: 'clear',
    says: /5005 udp: it leaves in clear .*policy 0 decides: action=accept/,
  },
  {
    name: 'outside the range of ports accepted before',
    rows: rangeAccepted,
    up: 1,
    packet: { udpPort: 5011 },
    fate: 'encrypted',
    says: /policy 0 does not decide: its dst-address names port 5000-5010, and the packet's is 5011/,
  },
  {
    name: 'too long for one piece, and without DF',
    rows: manualTunnel(),
    packet: { bytes: 1500, dontFragment: false },
    fate: 'encrypted, in fragments',
    says: /1500 bytes: it leaves encrypted, in fragments .*packets of up to 1446 bytes/,
  },
  {
    name: 'dont-fragment=inherit, and with DF what just fits',
    rows: manualTunnel('dont-fragment=inherit'),
    packet: { bytes: 1446, dontFragment: true },
    fate: 'encrypted',
    says: /1446 bytes with DF: it leaves encrypted .*packets of up to 1446 bytes/,
  },
];

const broken: readonly Setup[] = [
  {
    name: 'masquerade before encryption',
    rows: manualTunnel(),
    disturb: sourceNat('-o eth0 -j MASQUERADE'),
    fate: 'clear',
    says: /does not contain 1\.0\.0\.1.*source NAT makes 10\.1\.0\.2 1\.0\.0\.1 before policies look .*MASQUERADE/,
  },
  {
    name: 'masquerade, and a policy that drops before it',
    rows: [tunnel(1), ''],
    disturb: sourceNat('-s 10.1.0.0/24 -o eth0 -j MASQUERADE'),
    fate: 'dropped',
    says: /Linux asks the policies before that as well/,
  },
  {
    name: 'no peer row',
    rows: [`${sharedSecret(1)}\n${tunnel(1)}`, ''],
    fate: 'dropped',
    says: /no enabled \/ip ipsec peer row has 1\.0\.0\.2/,
  },
  {
    name: 'peer disabled',
    rows: [`${peer(1, 'disabled=yes')}\n${sharedSecret(1)}\n${tunnel(1)}`, sides[1]],
    fate: 'dropped',
    says: /no enabled \/ip ipsec peer row has 1\.0\.0\.2/,
  },
  {
    name: 'no secret',
    rows: [`${peer(1)}\n${tunnel(1)}`, sides[1]],
    fate: 'dropped',
    says: /no enabled \/ip ipsec pre-shared-secret row has 1\.0\.0\.2/,
  },
  {
    name: 'wrong selector',
    rows: [`${keyed(1)}\n${tunnel(1).replace('10.2.0.0', '10.3.0.0')}`, sides[1]],
    fate: 'clear',
    says: /dst-address 10\.3\.0\.0\/24 does not contain 10\.2\.0\.2/,
  },
  {
    name: 'wrong protocol',
    rows: [`${keyed(1)}\n${tunnel(1, 'protocol=tcp')}`, ''],
    fate: 'clear',
    says: /its protocol is tcp, the packet's icmp/,
  },
  {
    name: 'shadowed by drop',
    rows: [
      `policy add action=drop src-address=10.1.0.0/16 dst-address=10.2.0.0/16\n${sides[0]}`,
      sides[1],
    ],
    fate: 'dropped',
    says: /policy 0 decides: action=drop/,
  },
  {
    name: 'accept though it describes a tunnel',
    rows: [tunnel(1).replace('action=encrypt', ''), ''],
    fate: 'clear',
    says: /action=accept: its packets are not encrypted; set action=encrypt/,
  },
  {
    name: 'policy disabled',
    rows: [`${keyed(1)}\n${tunnel(1, 'disabled=yes')}`, sides[1]],
    fate: 'clear',
    says: /policy 0 does not decide: it is disabled/,
  },
  {
    name: 'transport for networks',
    rows: [
      `policy add src-address=10.1.0.0/24 dst-address=10.2.0.0/24 sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2 action=encrypt`,
      '',
    ],
    fate: 'clear',
    says: /it is invalid: src-address does not contain sa-src-address: transport mode/,
  },
  {
    name: 'level=acquire without SAs',
    rows: [`${tunnel(1, 'level=acquire')}`, ''],
    fate: 'clear',
    says: /level=acquire lets packets pass in clear while SAs are missing/,
  },
  {
    name: 'level=use without SAs',
    rows: [`${keyed(1)}\n${tunnel(1, 'level=use')}`, ''],
    fate: 'clear',
    says: /level=use never asks for them itself/,
  },
  {
    name: 'a foreign policy lets it pass',
    rows: sides,
    disturb: foreign(1, 'allow'),
    fate: 'clear',
    says: /a policy of another program decides .*stands before \/ip ipsec policy 0/,
  },
  {
    name: 'a foreign policy blocks it',
    rows: sides,
    disturb: foreign(1, 'block'),
    fate: 'dropped',
    says: /a policy of another program decides .*stands before \/ip ipsec policy 0/,
  },
  {
    name: 'nested policy without SAs',
    rows: both(
      (side) => `${keyed(side)}\n${tunnel(side)}\n${transport(side, 'ipsec-protocols=ah')}`,
    ).map((text, index) => (index === 0 ? text : sides[1])) as [string, string],
    fate: 'dropped',
    says: /policy 1 requires an SA ah 1\.0\.0\.1 -> 1\.0\.0\.2, and there is none/,
  },
  {
    name: 'the other side does not answer',
    rows: [sides[0], ''],
    fate: 'dropped',
    says: /IKE is negotiating them now .*1\.0\.0\.2 .*(it has not answered: see whether it is up|does not answer on UDP port 500: check that it is up)/,
  },
  {
    name: 'another secret',
    rows: [`${peer(1)}\n${sharedSecret(1, 'something else entirely')}\n${tunnel(1)}`, sides[1]],
    fate: 'dropped',
    says: /the proof of its secret has not come: .* compare \/ip ipsec pre-shared-secret of both sides|fell silent when the secrets were to be proved/,
  },
  {
    name: 'another algorithm in phase 1',
    rows: [`${peer(1, 'enc-algorithm=aes-256')}\n${sharedSecret(1)}\n${tunnel(1)}`, sides[1]],
    fate: 'dropped',
    says: /IKE is negotiating them now .*1\.0\.0\.2 refuses phase 1 with NO-PROPOSAL-CHOSEN: .*set its enc-algorithm/,
  },
  {
    name: 'the other side has another selector',
    rows: [sides[0], sides[1].replace('10.1.0.0/24', '10.1.0.0/25')],
    fate: 'dropped',
    says: /the last negotiation failed: .*(INVALID-ID|mirror)/,
  },
  {
    name: 'keys of the other side differ',
    rows: [
      `${manual('m')}\n${tunnel(1, 'manual-sa=m')}`,
      `${mirrored('55'.repeat(20))}\n${tunnel(2, 'manual-sa=m')}`,
    ],
    fate: 'encrypted',
    says: /packets were sent and none came back/,
  },
  {
    name: 'dont-fragment=inherit, and with DF a byte too long',
    rows: manualTunnel('dont-fragment=inherit'),
    packet: { bytes: 1447, dontFragment: true },
    fate: 'dropped',
    says: /1447 bytes, of which 1446 leave in one piece: .*"fragmentation needed".* set dont-fragment=clear at \/ip ipsec policy 0/,
  },
  {
    name: 'a smaller MTU on the way to the other router',
    rows: manualTunnel('dont-fragment=inherit'),
    disturb: ip(1, [
      'route add 1.0.0.2/32 dev eth0 src 1.0.0.1 mtu 1300',
      'route delete 1.0.0.2/32 dev eth0',
    ]),
    packet: { bytes: 1400, dontFragment: true },
    fate: 'dropped',
    says: /1400 bytes, of which 1246 leave in one piece/,
  },
  {
    name: 'the router itself sends with DF what is too long',
    rows: both((side) => `${keyed(side)}\n${transport(side)}`),
    up: 1,
    from: 'router',
    packet: { bytes: 1500, dontFragment: true },
    fate: 'dropped',
    says: /Linux lets no dont-fragment change what this router itself sends/,
  },
  {
    name: 'the other side repeats sequence numbers',
    rows: sides,
    up: 1,
    disturb: countsAnew,
    fate: 'encrypted',
    says: /packets of the other side were dropped as replayed/,
  },
  {
    name: 'the other side answers in clear',
    rows: manualTunnel(),
    disturb: foreign(2, 'allow'),
    fate: 'encrypted',
    says: /packets .*came in clear.*: the other side must encrypt what it sends from 10\.2\.0\.2 to 10\.1\.0\.2/,
  },
  {
    name: "the other side's firewall takes no ESP",
    rows: manualTunnel(),
    disturb: espRefused,
    fate: 'encrypted',
    says: /packets were sent and none came back: see whether the other side .*lets ESP and AH through its firewall/,
  },
  {
    name: 'no route',
    rows: manualTunnel(),
    disturb: ip(1, ['route delete default', 'route add default via 1.0.0.2']),
    fate: 'dropped',
    says: /this router has no route to 10\.2\.0\.2/,
  },
  {
    name: 'another algorithm in phase 2',
    rows: [`proposal set default enc-algorithms=aes-256\n${sides[0]}`, sides[1]],
    fate: 'dropped',
    says: /the last negotiation failed: .*NO-PROPOSAL-CHOSEN/,
  },
  {
    name: 'another PFS group',
    rows: [`proposal set default pfs-group=modp1536\n${sides[0]}`, sides[1]],
    fate: 'dropped',
    says: /the last negotiation failed: .*NO-PROPOSAL-CHOSEN/,
  },
  {
    name: 'another exchange mode',
    rows: [`${peer(1, 'exchange-mode=aggressive')}\n${sharedSecret(1)}\n${tunnel(1)}`, sides[1]],
    fate: 'dropped',
    says: /(it has not answered|does not answer on UDP port 500): .*exchange-mode=aggressive/,
  },
];

/** What set-ups may have changed of the rows that `onlyRows` leaves. */
const ownProposal =
  'proposal set default enc-algorithms=3des auth-algorithms=sha1 pfs-group=modp1024\n';

/** Gives how many set-ups there were of either kind. */
export default scenario(async (lab) => {
  lab.keepShells();
  const two = await lab.twoRouters();
  const [, daemon2] = await Promise.all([two.r1.startDaemon(), two.r2.startDaemon()]);
  const rig = { lab, two, daemon2 };
  const wire = await two.wire.capture();
  for (const setup of healthy) await judge(rig, wire, setup);
  for (const setup of broken) await judge(rig, wire, setup);
  await wire.stop();
  if (wire.dropped > 0) throw new Error(`the capture has gaps: ${wire.dropped} packets`);
  return { healthy: healthy.length, broken: broken.length };
});

async function judge(rig: Rig, wire: Capture, setup: Setup): Promise<void> {
  const { lab, two } = rig;
  const { r1, r2 } = two;
  const { name, packet, fate, says } = setup;
  const [rows1, rows2] = setup.rows.map((rows) => onlyRows(ownProposal + rows));
  await Promise.all([r2.configure(rows2 ?? ''), r1.configure(rows1 ?? '')]);
  const ends = setup.from === 'router' ? routerEnds(two) : hostEnds(two);
  if (setup.up === 1) await untilPing(lab, ends.sender, ends.far);
  if (setup.up === 2) await untilPing(lab, ends.receiver, ends.near);
  const takeBack = await setup.disturb?.(rig);
  if (setup.up === undefined || takeBack !== undefined) {
    // What is wrong may take a packet, or an exchange, to show.
    await ends.sender.ping(ends.far, { count: 1, waitSeconds: 0.3 });
  }
  const answer = await explanation(r1, question(ends, packet), says);
  const told = words(answer);
  const [, way, pieces = ''] =
    /^out .*?: it (?:leaves |is )(?:in )?(\w+)(, in fragments)?/.exec(told) ?? [];
  const since = Date.now() / 1000;
  const tooLong = await send(ends, packet);
  const seen = fateSeen(
    (await wire.soFar()).filter(({ time }) => time >= since),
    ends,
    packet,
  );
  const wasTold = tooLong.length > 0;
  const isRefused = fate === 'dropped' && packet !== undefined && 'dontFragment' in packet;
  lab.check(`${name}: foretold ${fate}`, `${way}${pieces}` === fate, answer);
  lab.check(
    `${name}: the wire shows it`,
    seen === fate &&
      wasTold === isRefused &&
      tooLong.every(({ mtu }) => told.includes(`mtu ${mtu})`)),
    [seen, tooLong],
  );
  lab.check(`${name}: the cause is named`, says.test(told), answer);
  await takeBack?.();
}

const attempts = 40;
const attemptSeconds = 0.25;

/** The answer as soon as it says that, or the last of several: an exchange may have to end first. */
async function explanation(router: Router, packet: string, says: RegExp): Promise<string> {
  let answer = '';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await pause(attemptSeconds);
    answer = await router.configure(`/ip ipsec explain ${packet}\n`);
    if (says.test(words(answer))) break;
  }
  return answer;
}

interface Ends {
  readonly sender: Machine;
  readonly receiver: Machine;
  readonly near: string;
  readonly far: string;
}

function routerEnds({ r1, r2 }: TwoRouters): Ends {
  return { sender: r1, receiver: r2, near: '1.0.0.1', far: '1.0.0.2' };
}

function hostEnds({ h1, h2 }: TwoRouters): Ends {
  return { sender: h1, receiver: h2, near: '10.1.0.2', far: '10.2.0.2' };
}

const udpSource = 1024;

function question({ near, far }: Ends, packet: Packet | undefined): string {
  const ends = `src=${near} dst=${far}`;
  if (packet === undefined) return ends;
  if ('udpPort' in packet) {
    return `${ends} protocol=udp src-port=${udpSource} dst-port=${packet.udpPort}`;
  }
  return `${ends} packet-size=${packet.bytes} df=${packet.dontFragment ? 'yes' : 'no'}`;
}

/** The headers of IP and ICMP. */
const pingHeaders = 28;

/** What the sender was told if it was too long. */
async function send(
  { sender, near, far }: Ends,
  packet: Packet | undefined,
): Promise<PingResult['tooLong']> {
  if (packet !== undefined && 'udpPort' in packet) {
    await sender.sendDatagrams({ from: `${near}:${udpSource}`, to: `${far}:${packet.udpPort}` });
    return [];
  }
  const options =
    packet === undefined
      ? {}
      : { size: packet.bytes - pingHeaders, dontFragment: packet.dontFragment };
  const { tooLong } = await sender.ping(far, { count: 1, waitSeconds: 0.3, ...options });
  // What was told now must not shorten what other set-ups send.
  if (packet !== undefined) await sender.must(['ip', 'route', 'flush', 'cache']);
  return tooLong;
}

function fateSeen(
  packets: readonly CapturedPacket[],
  { near }: Ends,
  packet: Packet | undefined,
): Fate {
  const sources = [near, '1.0.0.1'];
  const sent = packets.filter(({ source }) => sources.includes(source));
  const encrypted = sent.filter(({ protocol }) => protocol === 'esp' || protocol === 'ah');
  const asked = packet !== undefined && 'udpPort' in packet ? 'udp' : 'icmp';
  const clear = sent.filter(
    ({ protocol, sourcePort }) => protocol === asked && sourcePort !== ikePort,
  );
  const [way, seen] =
    encrypted.length > 0 ? ['encrypted' as const, encrypted] : ['clear' as const, clear];
  if (seen.length === 0) return 'dropped';
  return seen.some(isFragment) ? `${way}, in fragments` : way;
}

const ikePort = 500;

/** More fragments, or an offset (RFC 791 3.1). */
function isFragment({ bytes }: CapturedPacket): boolean {
  return ((bytes[6] ?? 0) & 0x3f) !== 0 || bytes[7] !== 0;
}
