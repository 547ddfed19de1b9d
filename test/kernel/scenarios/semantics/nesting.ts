/** What becomes of an encrypted packet that policies match again. */
import { encryptedBetween, type Side, transport, tunnel } from '../../support.js';
import {
  manualSa,
  outerEnd,
  type RuleTrials,
  type Seen,
  type Stage,
  secondAddress,
} from './stage.js';

/** A tunnel for what the routers send each other of one protocol, between other addresses of theirs. */
function outerTunnel(side: Side, protocol: number, more: string): string {
  const other = side === 1 ? 2 : 1;
  return `policy add src-address=1.0.0.${side}/32 dst-address=1.0.0.${other}/32 protocol=${protocol} tunnel=yes action=encrypt sa-src-address=${outerEnd(side)} sa-dst-address=${outerEnd(other)} ${more}`;
}

/** Templates `m1`, `m2`, `m3`, with the SPIs 101, 201, 301 to router 1. */
const keys = (side: Side) =>
  [1, 2, 3].map((series) => manualSa(side, `m${series}`, series)).join('\n');
const esp = (side: Side) => tunnel(side, 'manual-sa=m1');
const ahAround = (side: Side) => transport(side, 'protocol=50 ipsec-protocols=ah manual-sa=m2');
/** A tunnel whose own packets match it. */
const betweenRouters = (side: Side) =>
  `policy add src-address=1.0.0.0/24 dst-address=1.0.0.0/24 tunnel=yes ${encryptedBetween(side)} manual-sa=m1`;
const ping = (stage: Stage) => stage.seePing(stage.two.h1, '10.2.0.2');

export const nesting: RuleTrials = {
  'R-10': async (stage) => {
    await stage.mirrored(keys, esp);
    await stage.firewall('filter', 'OUTPUT -p esp');
    await ping(stage);
    stage.equal(
      'the output chain sees the encrypted packet',
      await stage.counted('filter', 'OUTPUT'),
      1,
    );
    await stage.firewall('filter', 'OUTPUT -p esp -j DROP');
    const dropped = await ping(stage);
    stage.equal('and can drop it', dropped.outward, 'nothing');
    await stage.firewall('filter');
    // Between other ends: connections that are tracked already keep the addresses they have.
    await stage.rows(
      1,
      keys(1),
      esp(1).replace('sa-dst-address=1.0.0.2', 'sa-dst-address=1.0.0.3'),
    );
    await stage.firewall('nat', `POSTROUTING -p esp -j SNAT --to-source ${secondAddress}`);
    const translated = await ping(stage);
    const sources = translated.wire
      .filter(({ protocol }) => protocol === 'esp')
      .map(({ source }) => source);
    stage.equal('source NAT applies to it', sources.join(), secondAddress);
    await stage.firewall('nat');
    await stage.mirrored(keys, esp, ahAround);
    const again = await ping(stage);
    stage.equal('policies apply to it', again.outward, 'ah 202 > esp 102 > ip > icmp');
  },

  'R-11': async (stage) => {
    const { h2 } = stage.two;
    await stage.mirrored(keys, esp, ahAround);
    const around = await ping(stage);
    stage.equal('AH around a tunnel', around.outward, 'ah 202 > esp 102 > ip > icmp');
    stage.equal('AH around a tunnel: it arrives', around.atH2, 'icmp');
    stage.equal('AH around a tunnel: so does the answer', around.atH1, 'icmp reply');
    await stage.mirrored(keys, esp, (side) => outerTunnel(side, 50, 'manual-sa=m2'));
    const tunnels = await ping(stage);
    stage.equal('a tunnel in a tunnel', tunnels.outward, 'esp 202 > ip > esp 102 > ip > icmp');
    stage.equal('a tunnel in a tunnel: it arrives', tunnels.atH2, 'icmp');
    const back = await stage.seePing(h2, '10.1.0.2');
    stage.equal('a tunnel in a tunnel: the other way too', back.atH1, 'icmp');
    await stage.mirrored(keys, esp, (side) => ahAround(side).replace('protocol=50', 'protocol=51'));
    const other = await ping(stage);
    stage.equal('a policy for AH is none for ESP', other.outward, 'esp 102 > ip > icmp');
  },

  'R-12': async (stage) => {
    const { r1 } = stage.two;
    await stage.mirrored(
      keys,
      (side) => transport(side, 'protocol=50 ipsec-protocols=ah manual-sa=m2'),
      betweenRouters,
    );
    // The second row, then the first, and the AH of that matches the second again.
    const seen = await stage.seePing(r1, '1.0.0.2');
    stage.equal(
      'each of two policies is applied once',
      seen.outward,
      'ah 202 > esp 102 > ip > icmp',
    );
    await stage.mirrored(keys, betweenRouters);
    const own = await stage.seePing(r1, '1.0.0.2');
    stage.equal('so is one that matches its own packets', own.outward, 'esp 102 > ip > icmp');
  },

  'R-13': async (stage) => {
    const all = 'policy add src-address=1.0.0.0/24 dst-address=1.0.0.0/24';
    const missing = (level: string) =>
      transport(1, `protocol=50 ipsec-protocols=ah level=${level}`);
    const cases = [
      ['accept: the packet is sent', `${all}\n${ahAround(1)}`, 'esp 102 > ip > icmp'],
      ['drop: it is dropped', `${all} action=drop\n${ahAround(1)}`, 'nothing'],
      ['encrypt, require, no SAs: it is dropped', missing('require'), 'nothing'],
      ['encrypt, acquire, no SAs: it is sent', missing('acquire'), 'esp 102 > ip > icmp'],
      ['encrypt, use, no SAs: it is sent', missing('use'), 'esp 102 > ip > icmp'],
    ] as const;
    for (const [name, next, wanted] of cases) {
      await stage.rows(1, keys(1), esp(1), next);
      const seen = await ping(stage);
      stage.equal(name, seen.outward, wanted);
    }
  },

  'R-14': async (stage) => {
    const { r1 } = stage.two;
    const chain = async () => {
      const policies = await r1.kernelPolicies();
      const own = policies.find(
        ({ direction, source }) => direction === 'out' && source === '10.1.0.0/24',
      );
      return own?.templates.map(({ protocol, mode }) => `${protocol} ${mode}`).join(', ') ?? 'none';
    };
    await stage.mirrored(keys, esp);
    stage.equal('alone it has its own transform', await chain(), 'esp tunnel');
    await stage.mirrored(keys, esp, ahAround, (side) =>
      transport(side, 'protocol=51 manual-sa=m3'),
    );
    stage.equal(
      'the policy carries the chain of all that follow',
      await chain(),
      'esp tunnel, ah transport, esp transport',
    );
    const three = await ping(stage);
    stage.equal('the packet shows it', three.outward, 'esp 302 > ah 202 > esp 102 > ip > icmp');
    stage.equal('it arrives', three.atH2, 'icmp');
    await stage.type(1, '/ip ipsec policy disable 1');
    stage.equal('a change of a later policy changes the chain', await chain(), 'esp tunnel');
    await stage.type(1, '/ip ipsec policy enable 1');
    await stage.type(1, '/ip ipsec policy move 1 0');
    stage.equal(
      'so does the first match of a later one, wherever it stands',
      await chain(),
      'esp tunnel, ah transport, esp transport',
    );

    const both = (source: string, destination: string, via: string, series: number) =>
      `policy add src-address=${source}/32 dst-address=${destination}/32 protocol=51 tunnel=yes action=encrypt ipsec-protocols=ah,esp sa-src-address=${via}.1 sa-dst-address=${via}.2 manual-sa=m${series}`;
    await stage.rows(
      1,
      keys(1),
      tunnel(1, 'ipsec-protocols=ah,esp manual-sa=m1'),
      both('1.0.0.1', '1.0.0.2', '5.0.0', 2),
      both('5.0.0.1', '5.0.0.2', '6.0.0', 3),
      both('6.0.0.1', '6.0.0.2', '7.0.0', 3),
    );
    const printed = await stage.type(1, '/ip ipsec policy print');
    stage.check(
      'Linux: a chain of more than six transforms makes its policy invalid',
      / 0 I .* 1 src.* 2 src/.test(printed),
      printed,
    );
    stage.equal('which the kernel does not have', await chain(), 'none');
  },

  'R-15': async (stage) => {
    const { r1 } = stage.two;
    await stage.mirrored(
      keys,
      (side) => transport(side, 'manual-sa=m1'),
      (side) => transport(side, 'protocol=50 ipsec-protocols=ah manual-sa=m2'),
    );
    const all = await stage.seePing(r1, '1.0.0.2');
    stage.equal('protocol=all between the ends encrypts once', all.outward, 'esp 102 > icmp');
    stage.equal('and is answered', answers(all), 'esp 101');
    await stage.mirrored(
      keys,
      (side) => transport(side, 'protocol=icmp manual-sa=m1'),
      (side) => transport(side, 'ipsec-protocols=ah manual-sa=m2'),
    );
    const icmp = await stage.seePing(r1, '1.0.0.2');
    stage.equal(
      'with protocol=icmp a later policy may match the encrypted packet',
      icmp.outward,
      'ah 202 > esp 102 > icmp',
    );
    stage.equal('which is answered', answers(icmp), 'ah 201');
  },
};

/** The outermost header of what came back to router 1. */
function answers({ wire }: Seen): string {
  return wire
    .filter(({ destination }) => destination === '1.0.0.1')
    .map(({ protocol, spi }) => `${protocol} ${spi.toString(16)}`)
    .join();
}
