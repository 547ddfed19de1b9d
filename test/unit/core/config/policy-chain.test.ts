/** The policies an encrypted packet meets, found by index as by trying one after another. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contains } from '../../../../lib/core/base/address.js';
import type { PolicyItem } from '../../../../lib/core/config/menus/policy.js';
import { PolicyIndex, policyChain } from '../../../../lib/core/config/policy-chain.js';
import { policySelector } from '../../../../lib/core/config/policy-selector.js';
import { newConsole } from '../console/fake-host.js';

function policies(...adds: readonly string[]): readonly PolicyItem[] {
  const { host, run } = newConsole();
  for (const add of adds) run(`/ip ipsec policy add ${add}`);
  return host.current.tables.policy;
}

test('R-02 the first match by index is the first match in order', () => {
  const address = fc.constantFrom('1.0.0.1', '1.0.0.2', '1.0.1.1', '2.0.0.1');
  const network = fc.tuple(
    address,
    fc.constantFrom(0, 8, 23, 24, 31, 32),
    fc.constantFrom('', ':5'),
  );
  const protocol = fc.constantFrom('all', 'esp', 'ah', 'udp');
  const row = fc.tuple(network, network, protocol);
  fc.assert(
    fc.property(fc.array(row, { maxLength: 12 }), address, address, (rows, source, destination) => {
      const list = policies(
        ...rows.map(
          ([[from, fromLength, port], [to, toLength], name]) =>
            `action=drop src-address=${from}/${fromLength}${port} dst-address=${to}/${toLength} protocol=${name}`,
        ),
      );
      const naive = list.find((policy) => {
        const selector = policySelector(policy);
        return (
          [0, 50].includes(selector.protocol) &&
          selector.sourcePorts === 'any' &&
          contains(selector.source, source) &&
          contains(selector.destination, destination)
        );
      });
      const [encrypting] = policies(
        `action=encrypt tunnel=yes src-address=9.0.0.0/8 sa-src=${source} sa-dst=${destination}`,
      );
      if (encrypting === undefined) throw new Error('no policy');
      expect(new PolicyIndex([...list, encrypting]).next(encrypting)).toBe(naive);
    }),
  );
});

describe('R-14 the chain', () => {
  const encrypt = 'action=encrypt tunnel=yes';

  test.each([
    ['no further match', [`${encrypt} src-address=10.0.0.0/8 sa-src=1.0.0.1 sa-dst=1.0.0.2`], 1],
    [
      'accept ends it',
      [
        `${encrypt} src-address=10.0.0.0/8 dst-address=11.0.0.0/8 sa-src=1.0.0.1 sa-dst=1.0.0.2`,
        'action=accept src-address=1.0.0.0/8 dst-address=1.0.0.0/8',
      ],
      2,
    ],
    [
      'a policy already in it ends it',
      [
        `${encrypt} src-address=1.0.0.0/24 dst-address=1.0.0.0/24 sa-src=2.0.0.1 sa-dst=2.0.0.2`,
        `${encrypt} src-address=2.0.0.0/24 dst-address=2.0.0.0/24 sa-src=1.0.0.1 sa-dst=1.0.0.2`,
      ],
      2,
    ],
    [
      'AH is what the next policy sees of ah,esp',
      [
        `${encrypt} ipsec-protocols=ah,esp src-address=10.0.0.0/8 dst-address=11.0.0.0/8 sa-src=1.0.0.1 sa-dst=1.0.0.2`,
        'action=drop protocol=esp src-address=1.0.0.1 dst-address=1.0.0.2',
      ],
      1,
    ],
  ])('%s', (_title, adds, length) => {
    const list = policies(...adds);
    const [first] = list;
    if (first === undefined) throw new Error('no policy');
    expect(policyChain(first, new PolicyIndex(list))).toHaveLength(length);
  });
});
