/** The crypto provider of the host against published answers. */
import { describe, expect, test } from '@jest/globals';
import { fromHex, toHex, utf8 } from '../../../lib/core/base/bytes.js';
import {
  type HashName,
  hashAlgorithms,
  type IkeEncryptionName,
} from '../../../lib/core/crypto/algorithms.js';
import { createCryptoProvider } from '../../../lib/host/crypto.js';
import { readSharedText } from '../../support/shared.js';

const provider = createCryptoProvider();

function bytes(hex: string): Uint8Array {
  const result = fromHex(hex);
  if (result === undefined) throw new Error(`not hexadecimal: ${hex}`);
  return result;
}

interface WycheproofCase {
  readonly tcId: number;
  readonly key: string;
  readonly msg: string;
  readonly tag: string;
  readonly iv: string;
  readonly ct: string;
  readonly result: 'valid' | 'invalid';
}

interface WycheproofGroup {
  readonly keySize: number;
  readonly tagSize: number;
  readonly tests: readonly WycheproofCase[];
}

function wycheproof(name: string): readonly WycheproofGroup[] {
  const file = JSON.parse(readSharedText('vectors', 'wycheproof', `${name}.json`));
  return (file as { testGroups: WycheproofGroup[] }).testGroups;
}

describe('hash', () => {
  // FIPS 180-2 and RFC 1321 A.5, the message "abc".
  test.each<[HashName, string]>([
    ['md5', '900150983cd24fb0d6963f7d28e17f72'],
    ['sha', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'sha384',
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed' +
        '8086072ba1e7cc2358baeca134c825a7',
    ],
    [
      'sha512',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a' +
        '2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    ],
  ])('%s gives the published digest, in one part or several', (name, digest) => {
    expect(toHex(provider.hash(name, utf8('abc')))).toBe(digest);
    expect(toHex(provider.hash(name, utf8('a'), utf8(''), utf8('bc')))).toBe(digest);
  });

  test('every hash has the length its row says', () => {
    for (const { name, bytes: length } of hashAlgorithms) {
      expect(provider.hash(name)).toHaveLength(length);
      expect(provider.hmac(name, utf8('key'))).toHaveLength(length);
    }
  });
});

describe('hmac', () => {
  test('md5 gives the answer of RFC 2202 section 2', () => {
    const tag = provider.hmac('md5', utf8('Jefe'), utf8('what do ya want '), utf8('for nothing?'));
    expect(toHex(tag)).toBe('750c783e6ab0b503eaa86e310a5db738');
  });

  test.each<[HashName, string, number]>([
    ['sha', 'hmac_sha1', 170],
    ['sha256', 'hmac_sha256', 174],
    ['sha384', 'hmac_sha384', 174],
    ['sha512', 'hmac_sha512', 174],
  ])('%s agrees with %s of Wycheproof', (name, file, count) => {
    let seen = 0;
    for (const { tagSize, tests } of wycheproof(file)) {
      for (const { tcId, key, msg, tag, result } of tests) {
        const computed = provider.hmac(name, bytes(key), bytes(msg)).subarray(0, tagSize / 8);
        expect([tcId, toHex(computed) === tag]).toEqual([tcId, result === 'valid']);
        seen += 1;
      }
    }
    expect(seen).toBe(count);
  });
});

describe('encrypt and decrypt', () => {
  /** The padding Wycheproof's cases presume (PKCS #7); ours is the caller's business. */
  function withPadding(message: Uint8Array): Uint8Array {
    const length = 16 - (message.length % 16);
    const out = new Uint8Array(message.length + length).fill(length);
    out.set(message);
    return out;
  }

  test('AES agrees with aes_cbc_pkcs5 of Wycheproof for every key size', () => {
    const seen: Record<string, number> = {};
    for (const { keySize, tests } of wycheproof('aes_cbc_pkcs5')) {
      const name = `aes-${keySize}` as IkeEncryptionName;
      for (const { tcId, key, iv, msg, ct, result } of tests) {
        const message = withPadding(bytes(msg));
        const computed = provider.encrypt(name, bytes(key), bytes(iv), message);
        expect([tcId, toHex(computed) === ct]).toEqual([tcId, result === 'valid']);
        if (result !== 'valid') continue;
        const back = provider.decrypt(name, bytes(key), bytes(iv), bytes(ct));
        expect([tcId, toHex(back)]).toEqual([tcId, toHex(message)]);
        seen[name] = (seen[name] ?? 0) + 1;
      }
    }
    expect(Object.keys(seen).sort()).toEqual(['aes-128', 'aes-192', 'aes-256']);
  });

  test('DES gives the CBC answer of FIPS 81 table C1', () => {
    const [key, iv] = [bytes('0123456789abcdef'), bytes('1234567890abcdef')];
    const plain = utf8('Now is the time for all ');
    const encrypted = provider.encrypt('des', key, iv, plain);
    expect(toHex(encrypted)).toBe('e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6');
    expect(toHex(provider.decrypt('des', key, iv, encrypted))).toBe(toHex(plain));
  });

  test('triple DES gives the first block of the example of SP 800-67', () => {
    const key = bytes('0123456789abcdef23456789abcdef01456789abcdef0123');
    const zero = new Uint8Array(8);
    const encrypted = provider.encrypt('3des', key, zero, utf8('The qufc'));
    expect(toHex(encrypted)).toBe('a826fd8ce53b855f');
    expect(toHex(provider.decrypt('3des', key, zero, encrypted))).toBe(toHex(utf8('The qufc')));
  });

  test('no padding is added or taken off', () => {
    const [key, iv] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
    expect(provider.encrypt('aes-128', key, iv, new Uint8Array(0))).toHaveLength(0);
    expect(provider.encrypt('aes-128', key, iv, new Uint8Array(32))).toHaveLength(32);
    expect(() => provider.encrypt('aes-128', key, iv, new Uint8Array(15))).toThrow();
    expect(() => provider.decrypt('aes-128', key, iv, new Uint8Array(17))).toThrow();
  });
});

describe('random', () => {
  test('gives as many bytes as asked, beyond its pool as well, and never the same twice', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 10_000; i += 1) seen.add(toHex(provider.random(16)));
    expect(seen.size).toBe(10_000);
    for (const length of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      expect(provider.random(length)).toHaveLength(length);
    }
    const zeros = provider.random(100_000).filter((byte) => byte === 0).length;
    // 390 on average; outside this range less than once in 10^20 runs.
    expect(zeros).toBeGreaterThan(190);
    expect(zeros).toBeLessThan(590);
  });

  test('gives memory of its own: later calls do not change earlier bytes', () => {
    const first = provider.random(16);
    const text = toHex(first);
    for (let i = 0; i < 5000; i += 1) provider.random(16).fill(0);
    expect(toHex(first)).toBe(text);
  });
});

test('equal compares length and bytes', () => {
  expect(provider.equal(bytes('0102'), bytes('0102'))).toBe(true);
  expect(provider.equal(bytes('0102'), bytes('0103'))).toBe(false);
  expect(provider.equal(bytes('0102'), bytes('010203'))).toBe(false);
  expect(provider.equal(new Uint8Array(0), new Uint8Array(0))).toBe(true);
});
