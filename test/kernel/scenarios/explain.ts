/**
 * `explain` on a real kernel: for each set-up, broken or healthy, it names the cause, and what it foretells is
 * what the wire then shows (D.1, D.2).
 */
import type { Lab, Router, TwoRouters } from '../../lab/guest.js';
import { scenario } from '../../lab/guest.js';
import { keyed, onlyRows, peer, type Side, sharedSecret, transport, tunnel } from '../support.js';

interface Setup {
  readonly name: string;
  /** Lines below `/ip ipsec`, of each router. */
  readonly rows: readonly [string, string];
  /** Lines for ip(8) in the first router, and what takes them back. */
  readonly ip?: readonly [string, string];
  /** Rules for the first router's source NAT, in the words of iptables; they go with the set-up. */
  readonly sourceNat?: readonly string[];
  /** The packet asked about, and sent. */
  readonly from?: 'router' | 'host';
  readonly fate: 'encrypted' | 'clear' | 'dropped';
  /** What the answer must say, whatever lines it is folded into. */
  readonly says: RegExp;
  /** SAs are there before the question is asked. */
  readonly up?: true;
}

const both = (line: (side: Side) => string): [string, string] => [line(1), line(2)];
const sides = both((side) => `${keyed(side)}\n${tunnel(side)}`);
const manual = (name: string, wrong = '') =>
  `manual-sa add name=${name} esp-enc-algorithm=3des esp-enc-key=${'11'.repeat(24)}/${'22'.repeat(24)} esp-auth-algorithm=sha1 esp-auth-key=${wrong || '33'.repeat(20)}/${'44'.repeat(20)} esp-spi=0x101/0x100`;
const mirrored = (wrong = '') =>
  `manual-sa add name=m esp-enc-algorithm=3des esp-enc-key=${'22'.repeat(24)}/${'11'.repeat(24)} esp-auth-algorithm=sha1 esp-auth-key=${'44'.repeat(20)}/${wrong || '33'.repeat(20)} esp-spi=0x100/0x101`;

const manualTunnel: readonly [string, string] = [
  `${manual('m')}\n${tunnel(1, 'manual-sa=m')}`,
  `${mirrored()}\n${tunnel(2, 'manual-sa=m')}`,
];

const foreign = (action: string) =>
  [
    `xfrm policy add dir out src 10.1.0.0/16 dst 10.2.0.0/16 priority 5 action ${action}`,
    'xfrm policy delete dir out src 10.1.0.0/16 dst 10.2.0.0/16',
  ] as const;

const setups: readonly Setup[] = [
  {
    name: 'healthy: tunnel',
    rows: sides,
    up: true,
    fate: 'encrypted',
    says: /esp tunnel 1\.0\.0\.1 -> 1\.0\.0\.2 spi=\w+ \(3des, sha1\).*packets of up to 1446 bytes/,
  },
  {
    name: 'healthy: ESP inside AH',
    rows: both((side) => `${keyed(side)}\n${tunnel(side, 'ipsec-protocols=ah,esp')}`),
    up: true,
    fate: 'encrypted',
    says: /esp tunnel .* ah transport/,
  },
  {
    name: 'healthy: transport',
    rows: both((side) => `${keyed(side)}\n${transport(side)}`),
    from: 'router',
    up: true,
    fate: 'encrypted',
    says: /esp transport 1\.0\.0\.1 -> 1\.0\.0\.2.*for this router, must come encrypted/,
  },
  {
    name: 'healthy: nested, AH around a tunnel',
    rows: both(
      (side) => `${keyed(side)}\n${tunnel(side)}\n${transport(side, 'ipsec-protocols=ah')}`,
    ),
    up: true,
    fate: 'encrypted',
    says: /esp tunnel .*policy 0 ah transport .*policy 1/,
  },
  {
    name: 'healthy: manual keys',
    rows: manualTunnel,
    up: true,
    fate: 'encrypted',
    says: /spi=100 /,
  },
  {
    name: 'healthy: an accept policy before',
    rows: both((side) => {
      const nets = `src-address=10.${side}.0.0/24 dst-address=10.${3 - side}.0.0/24`;
      return `policy add action=accept ${nets} protocol=icmp\n${keyed(side)}\n${tunnel(side)}`;
    }),
    fate: 'clear',
    says: /policy 0 decides: action=accept/,
  },
  {
    name: 'healthy: masquerade, and what is to be encrypted is accepted before',
    rows: manualTunnel,
    sourceNat: ['-s 10.1.0.0/24 -d 10.2.0.0/24 -j ACCEPT', '-o eth0 -j MASQUERADE'],
    up: true,
    fate: 'encrypted',
    says: /esp tunnel 1\.0\.0\.1 -> 1\.0\.0\.2/,
  },
  {
    name: 'masquerade before encryption',
    rows: manualTunnel,
    sourceNat: ['-o eth0 -j MASQUERADE'],
    fate: 'clear',
    says: /does not contain 1\.0\.0\.1.*source NAT makes 10\.1\.0\.2 1\.0\.0\.1 before policies look .*MASQUERADE/,
  },
  {
    name: 'masquerade, and a policy that drops before it',
    rows: [tunnel(1), ''],
    sourceNat: ['-s 10.1.0.0/24 -o eth0 -j MASQUERADE'],
    fate: 'dropped',
    says: /Linux asks the policies before that as well/,
  },
  { name: 'healthy: no policies', rows: ['', ''], fate: 'clear', says: /no policy matches/ },
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
    ip: foreign('allow'),
    fate: 'clear',
    says: /a policy of another program decides .*stands before \/ip ipsec policy 0/,
  },
  {
    name: 'a foreign policy blocks it',
    rows: sides,
    ip: foreign('block'),
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
    says: /the last negotiation failed|IKE is negotiating them now/,
  },
  {
    name: 'another secret',
    rows: [`${peer(1)}\n${sharedSecret(1, 'something else entirely')}\n${tunnel(1)}`, sides[1]],
    fate: 'dropped',
    says: /the last negotiation failed: .*secret|IKE is negotiating them now/,
  },
  {
    name: 'another algorithm in phase 1',
    rows: [`${peer(1, 'enc-algorithm=aes-256')}\n${sharedSecret(1)}\n${tunnel(1)}`, sides[1]],
    fate: 'dropped',
    says: /NO-PROPOSAL-CHOSEN|IKE is negotiating them now/,
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
];

export default scenario(async (lab) => {
  const two = await lab.twoRouters();
  await Promise.all([two.r1.startDaemon(), two.r2.startDaemon()]);
  for (const setup of setups) await judge(lab, two, setup);
});

async function judge(lab: Lab, two: TwoRouters, setup: Setup): Promise<void> {
  const { r1, r2, h1, wire } = two;
  const [near, far] = setup.from === 'router' ? ['1.0.0.1', '1.0.0.2'] : ['10.1.0.2', '10.2.0.2'];
  const sender = setup.from === 'router' ? r1 : h1;
  const [rows1, rows2] = setup.rows;
  await Promise.all([r2.configure(onlyRows(rows2)), r1.configure(onlyRows(rows1))]);
  const [install, remove] = setup.ip ?? [];
  if (install !== undefined) await r1.ip(install);
  await sourceNat(r1, setup.sourceNat ?? []);
  if (setup.up) {
    await lab.waitUntil(`${setup.name}: the tunnel`, 15, async () => {
      const { received } = await sender.ping(far, { count: 1, waitSeconds: 1 });
      return received === 1;
    });
  } else {
    // What is wrong may take a packet, or an exchange, to show.
    await sender.ping(far, { count: 2, waitSeconds: 0.7 });
  }
  const { stdout } = await r1.ctl(`/ip ipsec explain src=${near} dst=${far}`);
  const told = /^out .*: it (?:leaves |is )(?:in )?(\w+)$/m.exec(stdout)?.[1];
  const capture = await wire.capture();
  await sender.ping(far, { count: 1, waitSeconds: 0.5 });
  await capture.stop();
  const seen = fateSeen(capture, setup.sourceNat === undefined ? [near] : [near, '1.0.0.1']);
  lab.check(`${setup.name}: foretold ${setup.fate}`, told === setup.fate, stdout);
  lab.check(`${setup.name}: the wire shows it`, seen === setup.fate, seen);
  lab.check(
    `${setup.name}: the cause is named`,
    setup.says.test(stdout.replace(/\s+/g, ' ')),
    stdout,
  );
  if (remove !== undefined) await r1.ip(remove);
}

/** These rules and no others. */
async function sourceNat(router: Router, rules: readonly string[]): Promise<void> {
  const table = ['*nat', ...rules.map((rule) => `-A POSTROUTING ${rule}`), 'COMMIT', ''];
  await router.must(['iptables-legacy-restore'], { input: table.join('\n') });
}

function fateSeen(
  capture: { count(filter: (packet: { protocol: string; source: string }) => boolean): number },
  senders: readonly string[],
): string {
  if (capture.count(({ protocol }) => protocol === 'esp' || protocol === 'ah') > 0) {
    return 'encrypted';
  }
  return capture.count(({ protocol, source }) => protocol === 'icmp' && senders.includes(source)) >
    0
    ? 'clear'
    : 'dropped';
}
