/** Diffie-Hellman over the MODP groups (RFC 2409 6, RFC 3526), in the addon. */
import { getDiffieHellman } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { fromHex, toHex } from '../../../lib/core/base/bytes.js';
import { Secret } from '../../../lib/core/base/secret.js';
import { type DhGroup, type DhGroupName, dhGroups } from '../../../lib/core/crypto/algorithms.js';
import type { CryptoResult } from '../../../lib/core/crypto/provider.js';
import { computeJob, startJob } from '../../../lib/host/crypto.js';
import { readSharedText } from '../../support/shared.js';

interface Vector {
  readonly name: string;
  readonly priv_i: string;
  readonly priv_r: string;
  readonly pub_i: string;
  readonly pub_r: string;
  readonly shared: string;
}

const vectors = JSON.parse(readSharedText('vectors', 'dh-groups.json')) as Vector[];
const groupNames = dhGroups.map(({ name }) => name);

function bytes(hex: string): Uint8Array {
  const result = fromHex(hex);
  if (result === undefined) throw new Error(`not hexadecimal: ${hex}`);
  return result;
}

/** Big-endian, as long as the group's public values. */
function padded(value: bigint, group: DhGroup): Uint8Array {
  return bytes(value.toString(16).padStart(2 * group.publicBytes, '0'));
}

function derive(group: DhGroupName, privateKey: Uint8Array, peerPublic: Uint8Array): CryptoResult {
  return computeJob({ kind: 'dhDerive', group, privateKey: new Secret(privateKey), peerPublic });
}

function secretOf(result: CryptoResult): string {
  if (result.kind !== 'dhDerived') throw new Error(`got ${result.kind}`);
  return toHex(result.sharedSecret.reveal());
}

function keyOf(result: CryptoResult) {
  if (result.kind !== 'dhGenerated') throw new Error(`got ${result.kind}`);
  return result;
}

function primeOf(group: DhGroup): bigint {
  return BigInt(`0x${getDiffieHellman(`modp${group.ikev1}`).getPrime('hex')}`);
}

describe.each(dhGroups)('$name', (group: DhGroup & { name: DhGroupName }) => {
  const vector = vectors.find(({ name }) => name === group.name);

  test('gives the secret of the vectors from both sides', () => {
    if (vector === undefined) throw new Error(`no vector for ${group.name}`);
    const { priv_i, priv_r, pub_i, pub_r, shared } = vector;
    expect(secretOf(derive(group.name, bytes(priv_i), bytes(pub_r)))).toBe(shared);
    expect(secretOf(derive(group.name, bytes(priv_r), bytes(pub_i)))).toBe(shared);
  });

  test('has the generator 2: 2 as the peer gives the public values of the vectors', () => {
    if (vector === undefined) throw new Error(`no vector for ${group.name}`);
    const two = padded(2n, group);
    expect(secretOf(derive(group.name, bytes(vector.priv_i), two))).toBe(vector.pub_i);
    expect(secretOf(derive(group.name, bytes(vector.priv_r), two))).toBe(vector.pub_r);
  });

  test('generates keys that agree, of the length its strength asks for', async () => {
    const ours = keyOf(computeJob({ kind: 'dhGenerate', group: group.name }));
    const theirs = keyOf(await startJob({ kind: 'dhGenerate', group: group.name }));
    expect(ours.privateKey.length * 8).toBe(group.exponentBits);
    expect(theirs.privateKey.length * 8).toBe(group.exponentBits);
    expect(ours.publicValue.length).toBe(group.publicBytes);
    expect(theirs.publicValue.length).toBe(group.publicBytes);
    expect(toHex(ours.publicValue)).not.toBe(toHex(theirs.publicValue));
    const one = derive(group.name, ours.privateKey.reveal(), theirs.publicValue);
    const other = await startJob({
      kind: 'dhDerive',
      group: group.name,
      privateKey: theirs.privateKey,
      peerPublic: ours.publicValue,
    });
    expect(secretOf(one)).toBe(secretOf(other));
    expect(secretOf(one)).toHaveLength(2 * group.publicBytes);
  });

  test('generates the public value that belongs to the private key', () => {
    const { privateKey, publicValue } = keyOf(
      computeJob({ kind: 'dhGenerate', group: group.name }),
    );
    const two = padded(2n, group);
    expect(secretOf(derive(group.name, privateKey.reveal(), two))).toBe(toHex(publicValue));
  });

  test('refuses public values outside 1 < y < p - 1 and takes those at its ends', async () => {
    const prime = primeOf(group);
    const { privateKey } = keyOf(computeJob({ kind: 'dhGenerate', group: group.name }));
    const largest = (1n << BigInt(8 * group.publicBytes)) - 1n;
    for (const value of [0n, 1n, prime - 1n, prime, prime + 1n, largest]) {
      const peerPublic = padded(value, group);
      const job = { kind: 'dhDerive', group: group.name, privateKey, peerPublic } as const;
      expect([value, computeJob(job)]).toEqual([value, { kind: 'dhInvalid' }]);
      expect([value, await startJob(job)]).toEqual([value, { kind: 'dhInvalid' }]);
    }
    for (const value of [2n, prime - 2n]) {
      expect(derive(group.name, privateKey.reveal(), padded(value, group)).kind).toBe('dhDerived');
    }
  });

  test('refuses public values of another length', () => {
    const { privateKey, publicValue } = keyOf(
      computeJob({ kind: 'dhGenerate', group: group.name }),
    );
    const longer = new Uint8Array(group.publicBytes + 1);
    longer.set(publicValue, 1);
    for (const value of [new Uint8Array(0), publicValue.subarray(1), longer]) {
      expect(derive(group.name, privateKey.reveal(), value)).toEqual({ kind: 'dhInvalid' });
    }
  });
});

test('every group we offer has a vector', () => {
  const named = vectors.map(({ name }) => name);
  expect(groupNames.filter((name) => !named.includes(name))).toEqual([]);
});

test('private exponents use their whole length: the highest bit is now 0, now 1', () => {
  const highest = Array.from({ length: 200 }, () => {
    const { privateKey } = keyOf(computeJob({ kind: 'dhGenerate', group: 'modp768' }));
    return (privateKey.reveal()[0] ?? 0) >> 7;
  });
  const ones = highest.reduce((sum, bit) => sum + bit, 0);
  // Outside this range less than once in 10^11 runs.
  expect(ones).toBeGreaterThan(50);
  expect(ones).toBeLessThan(150);
});

test('secrets made on other threads at the same time do not get mixed up', async () => {
  const pairs = await Promise.all(
    Array.from({ length: 32 }, async () => {
      const one = keyOf(await startJob({ kind: 'dhGenerate', group: 'modp1024' }));
      const other = keyOf(await startJob({ kind: 'dhGenerate', group: 'modp1024' }));
      return { one, other };
    }),
  );
  const secrets = await Promise.all(
    pairs.flatMap(({ one, other }) =>
      [
        { privateKey: one.privateKey, peerPublic: other.publicValue },
        { privateKey: other.privateKey, peerPublic: one.publicValue },
      ].map((half) => startJob({ kind: 'dhDerive', group: 'modp1024', ...half })),
    ),
  );
  const texts = secrets.map(secretOf);
  for (let i = 0; i < texts.length; i += 2) expect(texts[i]).toBe(texts[i + 1]);
  expect(new Set(texts).size).toBe(pairs.length);
});
