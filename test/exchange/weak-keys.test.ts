/** Derived keys of DES and triple DES that must not be used are not: others take their place. */
import { describe, expect, test } from '@jest/globals';
import { concat, toHex } from '../../lib/core/base/bytes.js';
import type { CryptoProvider } from '../../lib/core/crypto/provider.js';
import { createTestCrypto } from '../support/crypto.js';
import { hex } from '../support/hex.js';
import { type PairOptions, rowsFor, World } from './world.js';

/** For DES the first of the weak keys; for triple DES two equal keys at the front. */
const weakBytes = hex('0101010101010101'.repeat(2));

type Prf = (parts: readonly Uint8Array[]) => string | undefined;

/** The nonces, where `parts` are what the first block of KEYMAT is made of (RFC 2409 5.5). */
const ofKeymat: Prf = ([previous, seed, ...more]) =>
  previous?.length === 0 && seed !== undefined && more.length === 0
    ? toHex(seed.subarray(5))
    : undefined;

/** Something for all, where `parts` are what the first block of a lengthened SKEYID_e is (appendix B). */
const ofSkeyidE: Prf = ([zero, ...more]) =>
  zero !== undefined && toHex(zero) === '00' && more.length === 0 ? 'SKEYID_e' : undefined;

/** Makes weak what `which` recognizes, for whatever its key and the first nonces are; later ones are good. */
function weakening(which: Prf) {
  let first: string | undefined;
  return (seed: number): CryptoProvider => {
    const crypto = createTestCrypto(seed);
    return {
      ...crypto,
      hmac(hash, key, ...parts) {
        const made = crypto.hmac(hash, key, ...parts);
        const recognized = which(parts);
        if (recognized === undefined) return made;
        const found = recognized === 'SKEYID_e' ? toHex(key) : recognized;
        first ??= found;
        return first === found ? concat(weakBytes, made).slice(0, made.length) : made;
      },
    };
  };
}

type End = 'initiator' | 'responder';

function routersWith(which: Prf, ends: readonly End[], options: PairOptions) {
  const weak = weakening(which);
  const world = new World();
  const cryptoOf = (end: End, seed: number) =>
    ends.includes(end) ? weak(seed) : createTestCrypto(seed);
  const a = world.router('1.0.0.1', 11, cryptoOf('initiator', 11));
  const b = world.router('1.0.0.2', 22, cryptoOf('responder', 22));
  a.configure(rowsFor('1.0.0.1', '1.0.0.2', options));
  b.configure(rowsFor('1.0.0.2', '1.0.0.1', options));
  return { world, a, b };
}

describe.each(['des', '3des'] as const)('KEYMAT that is weak for %s', (encryption) => {
  const options: PairOptions = { proposal: { encryptions: [encryption] }, pfs: false };

  test('is refused, and the next packet gets keys that are good (RFC 2451 2.3)', () => {
    const { world, a, b } = routersWith(ofKeymat, ['initiator', 'responder'], options);
    a.ping(b);
    world.run(1_000);
    expect([a.sas(), b.sas()]).toEqual([[], []]);
    const failed = b.events.filter(({ name }) => name === 'phase2Failed');
    expect(failed.map(({ reason }) => reason)).toEqual(['weak-key']);
    expect(failed[0]?.message).toContain('the keys that came of it are weak');
    world.run(60_000);
    a.ping(b);
    world.run(5_000);
    expect([a.sas().length, b.sas().length]).toEqual([2, 2]);
    expect(a.keys()).toEqual(b.keys());
    expect(a.keys().join()).not.toContain(toHex(weakBytes.subarray(0, 8)));
    expect(a.ping(b)).toBe('encrypted');
  });

  test('is not installed by an initiator whose peer does not mind', () => {
    const { world, a, b } = routersWith(ofKeymat, ['initiator'], options);
    a.ping(b);
    world.run(1_000);
    expect(a.sas()).toEqual([]);
    expect(a.events.find(({ name }) => name === 'phase2Failed')?.reason).toBe('weak-key');
    world.run(60_000);
    a.ping(b);
    world.run(5_000);
    expect(a.ping(b)).toBe('encrypted');
    expect(b.ping(a)).toBe('encrypted');
  });
});

test('KEYMAT that only looks weak is used with a cipher that has no weak keys', () => {
  const proposal = { encryptions: ['aes-128'] } as const;
  const both = ['initiator', 'responder'] as const;
  const { world, a, b } = routersWith(ofKeymat, both, { proposal, pfs: false });
  a.ping(b);
  world.run(1_000);
  expect(a.keys().filter((line) => line.includes(toHex(weakBytes)))).toHaveLength(2);
  expect(b.keys()).toEqual(a.keys());
});

test.each(['main', 'aggressive', 'base'] as const)(
  'a key of phase 1 that makes triple DES no more than DES ends %s mode, and the next one works',
  (exchangeMode) => {
    const both = ['initiator', 'responder'] as const;
    const options = { exchangeMode, encryption: '3des', hash: 'md5' } as const;
    const { world, a, b } = routersWith(ofSkeyidE, both, options);
    a.ping(b);
    world.run(500);
    expect(b.engine.status().sizes.ikeSas).toBe(0);
    const encrypted = world.wire.filter(({ datagram }) => (datagram.bytes[19] ?? 0) & 1);
    expect(encrypted).toEqual([]);
    // Nobody believes a refusal in clear: the initiator repeats itself for a minute.
    world.run(130_000);
    a.ping(b);
    world.run(70_000);
    expect(a.ping(b)).toBe('encrypted');
    const failures = [...a.events, ...b.events].filter(({ name }) => name === 'phase1Failed');
    expect(failures.map(({ reason }) => reason)).toContain('weak-key');
  },
);
