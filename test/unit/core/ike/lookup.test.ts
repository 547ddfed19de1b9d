/** Which peer row, which secret, which policy. */
import { describe, expect, test } from '@jest/globals';
import type { IkeConfig } from '../../../../lib/core/ike/ike-config.js';
import { findMirrorPolicy, findPeer, findSecret } from '../../../../lib/core/ike/lookup.js';
import type { Refusal } from '../../../../lib/core/ike/v1/mismatch.js';
import { rowsFor } from '../../../exchange/world.js';

const base = rowsFor('1.0.0.1', '1.0.0.2');

function first<T>(list: readonly T[]): T {
  const [one] = list;
  if (one === undefined) throw new Error('empty');
  return one;
}

const peer = first(base.peers);
const secret = first(base.secrets);
const policy = first(base.policies);

const peerRow = (id: number, address: string, length: number) => ({
  ...peer,
  id,
  address: { address, length },
});

describe('R-50 the peer row of an address', () => {
  const config: IkeConfig = {
    ...base,
    peers: [
      peerRow(1, '0.0.0.0', 0),
      peerRow(2, '10.0.0.0', 8),
      peerRow(3, '10.1.0.0', 16),
      peerRow(4, '10.1.1.1', 32),
      peerRow(5, '10.1.0.0', 16),
    ],
  };

  test.each([
    ['10.1.1.1', 4],
    ['10.1.1.2', 3],
    ['10.2.0.1', 2],
    ['192.168.0.1', 1],
    ['255.255.255.255', 1],
  ])('for %s is number %i: the longest mask, the first of equals', (address, id) => {
    expect(findPeer(config, address)?.id).toBe(id);
  });

  test('is none where no row covers it', () => {
    expect(findPeer({ ...config, peers: config.peers.slice(1) }, '11.0.0.1')).toBeUndefined();
  });
});

describe('R-53 A-50 the secret of an address', () => {
  test('is the first row with exactly that address', () => {
    const config: IkeConfig = {
      ...base,
      secrets: [
        { ...secret, id: 1, address: '1.0.0.9' },
        { ...secret, id: 2, address: '1.0.0.2' },
        { ...secret, id: 3, address: '1.0.0.2' },
      ],
    };
    expect(findSecret(config, '1.0.0.2')?.id).toBe(2);
    expect(findSecret(config, '1.0.0.3')).toBeUndefined();
  });

  test('is never a row for an identity', () => {
    const { address: _address, ...byName } = { ...secret, identString: '1.0.0.2' };
    expect(findSecret({ ...base, secrets: [byName] }, '1.0.0.2')).toBeUndefined();
  });
});

describe('R-60 the policy that mirrors an offer', () => {
  const find = (selector: Partial<typeof policy.selector>, remote = '1.0.0.2', local = '1.0.0.1') =>
    findMirrorPolicy(base, local, remote, { ...policy.selector, ...selector });

  test('is the one with exactly these addresses, protocol and ports', () => {
    expect(find({})).toBe(policy);
  });

  test.each([
    [
      'a wider source',
      { source: { address: '1.0.0.0', length: 24 } },
      'src-address',
      '1.0.0.0/24:any',
    ],
    [
      'a narrower one than the policy',
      { source: { address: '1.0.0.1', length: 31 } },
      'src-address',
      '1.0.0.1/31:any',
    ],
    ['another protocol', { protocol: 6 }, 'protocol', '6'],
    ['a port', { destinationPorts: { first: 80, last: 80 } }, 'dst-address', '1.0.0.2/32:80'],
  ])(
    'is not one that differs in %s; the text names the row, both selectors and what to set',
    (_what, change, attribute, value) => {
      const found = find(change);
      expect(found).toMatchObject({ attributes: [attribute] });
      const { message } = found as Refusal;
      expect(message).toContain('/ip ipsec policy 0');
      expect(message).toContain('1.0.0.1/32:any');
      expect(message).toContain(`: set ${attribute}=${value} there, or the peer's to match`);
    },
  );

  test('is none between other endpoints, and the text says which to add', () => {
    const text = (found: ReturnType<typeof find>) => (found as Refusal).message;
    expect(text(find({}, '1.0.0.3'))).toContain('sa-dst-address=1.0.0.3');
    expect(text(find({}, '1.0.0.2', '1.0.0.7'))).toContain('sa-src-address=1.0.0.7');
  });
});
