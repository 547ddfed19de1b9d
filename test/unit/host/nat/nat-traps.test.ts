/** A policy behind source NAT is told when it comes, and once (E-15). */
import { expect, test } from '@jest/globals';
import type { NatChain } from '../../../../lib/core/explain/source-nat.js';
import { NatTraps } from '../../../../lib/host/nat/nat-traps.js';
import { newConsole } from '../../core/console/fake-host.js';

const masquerade: NatChain = [
  { text: '-A POSTROUTING -o eth0 -j MASQUERADE', matches: [], verdict: { kind: 'nat' } },
];

function trapsBehind(chains: readonly NatChain[]) {
  return new NatTraps({
    chains: () => chains,
    routeOf: () => ({ device: 'eth0', mtu: 1500, address: '1.0.0.1' }),
  });
}

const ends = 'tunnel=yes sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2 action=encrypt';

test('names the row, what its packets become, the rule and what to do', () => {
  const { host, run } = newConsole();
  run(`/ip ipsec policy add src-address=10.1.0.0/24 dst-address=10.2.0.0/24 ${ends}`);
  const traps = trapsBehind([masquerade]);
  expect(traps.newly(host.current).map(({ message }) => message)).toEqual([
    '/ip ipsec policy 0 will not encrypt: source NAT makes 10.1.0.1 1.0.0.1 before policies look at a packet to 10.2.0.1 (-A POSTROUTING -o eth0 -j MASQUERADE); put a rule that accepts such packets before it, "/ip ipsec explain src=10.1.0.1 dst=10.2.0.1" tells more',
  ]);
  expect(traps.newly(host.current)).toEqual([]);
  run('/ip ipsec policy add src-address=10.3.0.0/24 dst-address=10.2.0.0/24 action=accept');
  expect(traps.newly(host.current)).toEqual([]);
});

test('is silent where the new source is still the policy’s, and without rules', () => {
  const { host, run } = newConsole();
  run(`/ip ipsec policy add src-address=1.0.0.0/24 dst-address=10.2.0.0/24 ${ends}`);
  expect(trapsBehind([masquerade]).newly(host.current)).toEqual([]);
  run(`/ip ipsec policy add src-address=10.1.0.0/24 dst-address=10.2.0.0/24 ${ends}`);
  expect(trapsBehind([]).newly(host.current)).toEqual([]);
});
