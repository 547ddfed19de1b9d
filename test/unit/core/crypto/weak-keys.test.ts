/** Keys of DES and triple DES that must not be used (RFC 2409 appendix A, RFC 2451 2.3). */
import { describe, expect, test } from '@jest/globals';
import { isWeakDesKey, isWeakKey } from '../../../../lib/core/crypto/weak-keys.js';
import { hex } from '../../../support/hex.js';

/** As appendix A prints them, with odd parity. */
const listed = `0101010101010101 1f1f1f1f0e0e0e0e e0e0e0e0f1f1f1f1 fefefefefefefefe
  01fe01fe01fe01fe 1fe01fe00ef10ef1 01e001e001f101f1 1ffe1ffe0efe0efe
  011f011f010e010e e0fee0fef1fef1fe fe01fe01fe01fe01 e01fe01ff10ef10e
  e001e001f101f101 fe1ffe1ffe0efe0e 1f011f010e010e01 fee0fee0fef1fef1`.split(/\s+/);

describe('DES', () => {
  test('has the sixteen weak and semi-weak keys of RFC 2409 appendix A, and no neighbour of them', () => {
    expect(listed).toHaveLength(16);
    for (const key of listed) {
      expect(isWeakDesKey(hex(key))).toBe(true);
      expect(isWeakKey('des', hex(key))).toBe(true);
      expect(isWeakKey('des', hex(`${key.slice(0, 14)}44`))).toBe(false);
    }
  });

  test('does not look at the parity bits', () => {
    expect(isWeakKey('des', new Uint8Array(8))).toBe(true);
    expect(isWeakKey('des', hex('1ee01fe00ff10ef1'))).toBe(true);
  });
});

describe('triple DES (RFC 2451 2.3)', () => {
  const [one, two, three] = ['0123456789abcdef', '23456789abcdef01', '456789abcdef0123'];

  test.each([
    ['its first two keys are equal', `${one}${one}${three}`, true],
    ['its last two keys are equal', `${one}${two}${two}`, true],
    ['two keys differ in parity bits alone', `${one}0022446688aaccee${three}`, true],
    ['its first and last key are equal, which leaves two', `${one}${two}${one}`, false],
    ['all three differ', `${one}${two}${three}`, false],
    ['its keys are weak ones of DES, which differ', listed.slice(0, 3).join(''), false],
  ])('%s', (_, key, weak) => {
    expect(isWeakKey('3des', hex(key))).toBe(weak);
  });
});

test.each(['aes-128', 'aes-192', 'aes-256', 'null', undefined] as const)(
  '%s has no weak keys',
  (encryption) => expect(isWeakKey(encryption, new Uint8Array(24))).toBe(false),
);
