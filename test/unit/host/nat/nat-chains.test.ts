/** Source NAT as the firewall's own programs tell of it, and what it makes of a packet (R-01, E-15). */
import { describe, expect, test } from '@jest/globals';
import { type NatChain, sourceNatOf } from '../../../../lib/core/explain/source-nat.js';
import { iptablesChains } from '../../../../lib/host/nat/iptables-chains.js';
import { nftChains } from '../../../../lib/host/nat/nft-chains.js';

const flow = { source: '10.1.0.5', destination: '10.2.0.7', protocol: 1 };
const route = { device: 'eth0', mtu: 1500, address: '1.0.0.1' };
const made = (chains: readonly NatChain[], packet = flow) => sourceNatOf(chains, packet, route);

describe('iptables-save', () => {
  const chains = (...rules: readonly string[]) =>
    iptablesChains(['*nat', ':POSTROUTING ACCEPT [0:0]', ...rules, 'COMMIT'].join('\n'));

  test('masquerading gives the address of the interface, and names its rule', () => {
    expect(made(chains('-A POSTROUTING -o eth0 -j MASQUERADE'))).toEqual({
      rule: '-A POSTROUTING -o eth0 -j MASQUERADE',
      source: '1.0.0.1',
    });
  });

  test('a rule that accepts the packet before spares it', () => {
    const spared = '-A POSTROUTING -s 10.1.0.0/24 -d 10.2.0.0/24 -j ACCEPT';
    const all = chains(spared, '-A POSTROUTING -o eth+ -j MASQUERADE');
    expect(made(all)).toBeUndefined();
    expect(made(all, { ...flow, destination: '8.8.8.8' })?.source).toBe('1.0.0.1');
  });

  test('conditions: networks, negation, protocol, interface, SNAT to an address', () => {
    const snat = '-A POSTROUTING -s 10.1.0.0/16 ! -d 10.2.0.0/16 -j SNAT --to-source 5.6.7.8';
    expect(made(chains(snat))).toBeUndefined();
    expect(made(chains(snat), { ...flow, destination: '8.8.8.8' })?.source).toBe('5.6.7.8');
    expect(made(chains('-A POSTROUTING -o eth1 -j MASQUERADE'))).toBeUndefined();
    expect(made(chains('-A POSTROUTING -p tcp -j MASQUERADE'))).toBeUndefined();
    expect(made(chains('-A POSTROUTING -p icmp -j MASQUERADE'))).toBeDefined();
  });

  test('what cannot be judged is taken to spare the packet, and not to change it', () => {
    const policy = '-A POSTROUTING -m policy --dir out --pol ipsec -j ACCEPT';
    expect(made(chains(policy, '-A POSTROUTING -j MASQUERADE'))).toBeUndefined();
    expect(made(chains('-A POSTROUTING -m mark --mark 0x1 -j MASQUERADE'))).toBeUndefined();
  });

  test('a comment and how ports are chosen are no conditions', () => {
    const rule = '-A POSTROUTING -m comment --comment "to the -d net" -j MASQUERADE --random';
    expect(made(chains(rule))).toBeDefined();
  });

  test('chains that are jumped to: what they decide, and what comes after them', () => {
    const all = chains(
      '-A POSTROUTING -j sparing',
      '-A POSTROUTING -o eth0 -g leaving',
      '-A POSTROUTING -j SNAT --to-source 9.9.9.9',
      '-A sparing -d 10.2.0.0/24 -j ACCEPT',
      '-A leaving -d 10.3.0.0/24 -j RETURN',
      '-A leaving -j MASQUERADE',
    );
    const to = (destination: string, device = 'eth0') =>
      sourceNatOf(all, { ...flow, destination }, { ...route, device });
    expect(to('10.2.0.7')).toBeUndefined();
    expect(to('8.8.8.8')?.rule).toBe('-A leaving -j MASQUERADE');
    // Nobody comes back from where a goto went.
    expect(to('10.3.0.7')).toBeUndefined();
    expect(to('10.3.0.7', 'eth1')?.source).toBe('9.9.9.9');
  });

  test('a jump on a condition that cannot be judged is not blamed, and chains in a circle end', () => {
    const marked = chains('-A POSTROUTING -m mark --mark 1 -j x', '-A x -j MASQUERADE');
    expect(made(marked)).toBeUndefined();
    const circle = chains('-A POSTROUTING -j x', '-A x -j y', '-A y -j x', '-A y -j MASQUERADE');
    expect(made(circle)?.rule).toBe('-A y -j MASQUERADE');
  });
});

describe('nft -j', () => {
  const chain = (name: string, prio: number, hook = 'postrouting') => ({
    chain: { family: 'ip', table: 'nat', name, type: 'nat', hook, prio },
  });
  const rule = (name: string, ...expr: readonly object[]) => ({
    rule: { family: 'ip', table: 'nat', chain: name, expr },
  });
  const match = (left: object, right: unknown, op = '==') => ({ match: { op, left, right } });
  const field = (name: string) => ({ payload: { protocol: 'ip', field: name } });
  const network = (addr: string, len: number) => ({ prefix: { addr, len } });
  const chains = (...nftables: readonly object[]) => nftChains(JSON.stringify({ nftables }));
  const out = match({ meta: { key: 'oifname' } }, 'eth0');

  test('masquerading, and the rule that spares packets before it', () => {
    const spared = rule(
      'post',
      match(field('saddr'), network('10.1.0.0', 24)),
      match(field('daddr'), { set: [network('10.2.0.0', 24), '10.9.9.9'] }),
      { accept: null },
    );
    const masquerade = rule(
      'post',
      out,
      { counter: { packets: 1, bytes: 2 } },
      { masquerade: null },
    );
    const list = chains(chain('post', 100), spared, masquerade);
    expect(made(list)).toBeUndefined();
    expect(made(list, { ...flow, destination: '8.8.8.8' })).toEqual({
      rule: 'nftables, ip nat post: oifname eth0 masquerade',
      source: '1.0.0.1',
    });
  });

  test('chains by priority, those of other hooks left out; snat to an address', () => {
    const list = chains(
      chain('late', 120),
      chain('early', 90),
      chain('pre', -100, 'prerouting'),
      rule('pre', { masquerade: null }),
      rule('late', { masquerade: null }),
      rule('early', match(field('saddr'), '10.1.0.5'), { snat: { addr: '5.6.7.8' } }),
    );
    expect(made(list)?.source).toBe('5.6.7.8');
    expect(made(list, { ...flow, source: '10.1.0.6' })?.rule).toContain('ip nat late');
  });

  test('chains by interface, as firewalls of distributions have them', () => {
    const list = chains(
      chain('post', 100),
      rule('post', match({ meta: { key: 'oifname' } }, 'lan'), { goto: { target: 'post_lan' } }),
      rule('post', out, { jump: { target: 'post_wan' } }),
      rule('post_lan', { snat: { addr: '5.6.7.8' } }),
      rule('post_wan', match(field('daddr'), network('10.2.0.0', 24)), { return: null }),
      rule('post_wan', match({ meta: { key: 'nfproto' } }, 'ipv4'), { masquerade: null }),
    );
    expect(made(list)).toBeUndefined();
    expect(made(list, { ...flow, destination: '8.8.8.8' })?.rule).toBe(
      'nftables, ip nat post_wan: nfproto ipv4 masquerade',
    );
  });

  test('a map of verdicts is not judged', () => {
    const map = {
      vmap: { key: { meta: { key: 'mark' } }, data: { set: [[1, { jump: { target: 'x' } }]] } },
    };
    const list = (inMap: object) =>
      chains(
        chain('post', 100),
        rule('post', map),
        rule('post', { masquerade: null }),
        rule('x', inMap),
      );
    expect(made(list({ accept: null }))).toBeUndefined();
    expect(made(list({ counter: null }))?.source).toBe('1.0.0.1');
  });

  test('sets by name and unknown conditions are not judged; no JSON is no rules', () => {
    const named = match(field('daddr'), '@private');
    expect(
      made(
        chains(
          chain('post', 100),
          rule('post', named, { accept: null }),
          rule('post', { masquerade: null }),
        ),
      ),
    ).toBeUndefined();
    expect(
      made(chains(chain('post', 100), rule('post', named, { masquerade: null }))),
    ).toBeUndefined();
    expect(nftChains('')).toEqual([]);
  });
});
