/** IKE version 1 key derivation against published vectors and against the formulas of RFC 2409. */
import { describe, expect, test } from '@jest/globals';
import { concat, fromHex, toHex } from '../../../../lib/core/base/bytes.js';
import { type HashName, hashAlgorithms } from '../../../../lib/core/crypto/algorithms.js';
import {
  deriveSkeyidPsk,
  deriveSkeyidSet,
  deriveSkeyidSignature,
  expandKeymat,
  expandSkeyidE,
  hashI,
  hashR,
  ikeEncryptionKey,
  informationalHash,
  phase1Iv,
  phase2Iv,
  quickModeHash1,
  quickModeHash2,
  quickModeHash3,
  quickModeKeymat,
  splitKeymat,
} from '../../../../lib/core/crypto/keymat-v1.js';
import { createTestCrypto } from '../../../support/crypto.js';
import { readSharedText } from '../../../support/shared.js';

const crypto = createTestCrypto();

interface CavsCase {
  readonly hash: string;
  readonly count: number;
  readonly CKY_I: string;
  readonly CKY_R: string;
  readonly Ni: string;
  readonly Nr: string;
  readonly 'g^xy': string;
  readonly 'pre-shared-key'?: string;
  readonly SKEYID: string;
  readonly SKEYID_d: string;
  readonly SKEYID_a: string;
  readonly SKEYID_e: string;
}

interface AppendixBCase {
  readonly hash: string;
  readonly type: string;
  readonly key: string;
  readonly seed: string;
  readonly size: number;
  readonly out: string;
}

function readCases<T>(name: string, count: number): readonly T[] {
  const cases = JSON.parse(readSharedText('vectors', name)) as readonly T[];
  if (cases.length !== count) throw new Error(`${name} has ${cases.length} cases, not ${count}`);
  return cases;
}

function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (!bytes) throw new Error(`not hexadecimal: ${text}`);
  return bytes;
}

function hashOf(name: string): HashName {
  const own = name === 'sha1' ? 'sha' : name;
  const row = hashAlgorithms.find((algorithm) => algorithm.name === own);
  if (!row) throw new Error(`hash ${name}`);
  return row.name;
}

function expectSet(vector: CavsCase, skeyid: Uint8Array): void {
  const hash = hashOf(vector.hash);
  const [cookieI, cookieR] = [hex(vector.CKY_I), hex(vector.CKY_R)];
  const set = deriveSkeyidSet(crypto, hash, skeyid, hex(vector['g^xy']), cookieI, cookieR);
  expect({
    SKEYID: toHex(skeyid),
    SKEYID_d: toHex(set.skeyidD),
    SKEYID_a: toHex(set.skeyidA),
    SKEYID_e: toHex(set.skeyidE),
  }).toEqual({
    SKEYID: vector.SKEYID,
    SKEYID_d: vector.SKEYID_d,
    SKEYID_a: vector.SKEYID_a,
    SKEYID_e: vector.SKEYID_e,
  });
}

describe('the SKEYID family against NIST CAVS', () => {
  test.each(readCases<CavsCase>('cavs-ikev1_psk.json', 68))(
    'pre-shared key, $hash, case $count',
    (vector) => {
      const key = hex(vector['pre-shared-key'] ?? '-');
      const [nonceI, nonceR] = [hex(vector.Ni), hex(vector.Nr)];
      expectSet(vector, deriveSkeyidPsk(crypto, hashOf(vector.hash), key, nonceI, nonceR));
    },
  );

  test.each(readCases<CavsCase>('cavs-ikev1_dsa.json', 68))(
    'signatures, $hash, case $count',
    (vector) => {
      const hash = hashOf(vector.hash);
      const [nonceI, nonceR] = [hex(vector.Ni), hex(vector.Nr)];
      expectSet(vector, deriveSkeyidSignature(crypto, hash, nonceI, nonceR, hex(vector['g^xy'])));
    },
  );
});

describe('lengthening of keys against the appendix B vectors', () => {
  test.each(readCases<AppendixBCase>('ikev1-appendixB-keymat-nss.json', 24))(
    '$type, $hash, $size bytes',
    ({ type, hash, key, seed, size, out }) => {
      const expanded =
        type === 'ikeV1AppB'
          ? expandSkeyidE(crypto, hashOf(hash), hex(key), size)
          : expandKeymat(crypto, hashOf(hash), hex(key), hex(seed), size);
      expect(toHex(expanded)).toBe(out);
    },
  );
});

// Bytes that tell their place: a wrong order or a missing part changes every result below.
const filled = (length: number, first: number) =>
  Uint8Array.from({ length }, (_, index) => (first + index) & 0xff);
const skeyid = filled(20, 1);
const [publicI, publicR] = [filled(96, 30), filled(96, 130)];
const [cookieI, cookieR] = [filled(8, 40), filled(8, 50)];
const [nonceI, nonceR] = [filled(16, 60), filled(20, 80)];
const spi = hex('01020304');
const messageId = 0x89abcdef;

describe('the IKE encryption key', () => {
  test('is cut from SKEYID_e where that is long enough', () => {
    expect(ikeEncryptionKey(crypto, 'sha', skeyid, 'aes-128')).toEqual(skeyid.slice(0, 16));
  });

  test.each([
    ['3des', 24],
    ['aes-192', 24],
    ['aes-256', 32],
  ] as const)('%s is lengthened by appendix B where SKEYID_e is too short', (name, length) => {
    const first = crypto.hmac('sha', skeyid, Uint8Array.of(0));
    const second = crypto.hmac('sha', skeyid, first);
    expect(ikeEncryptionKey(crypto, 'sha', skeyid, name)).toEqual(
      concat(first, second).slice(0, length),
    );
  });

  test('is for DES the first eight bytes', () => {
    expect(ikeEncryptionKey(crypto, 'md5', skeyid.slice(0, 16), 'des')).toEqual(skeyid.slice(0, 8));
  });

  test('skips a weak key of DES whatever its parity bits (RFC 2409 appendix B)', () => {
    const strong = hex('0123456789abcdef');
    for (const weak of ['0101010101010101', '1ee01fe00ff10ef1', 'fefefefeffffffff']) {
      const skeyidE = concat(hex(weak), strong);
      expect(ikeEncryptionKey(crypto, 'md5', skeyidE, 'des')).toEqual(strong);
    }
  });
});

describe('initialization vectors (RFC 2409 appendix B)', () => {
  test('phase 1 hashes both public values', () => {
    const whole = crypto.hash('sha', concat(publicI, publicR));
    expect(phase1Iv(crypto, 'sha', publicI, publicR, 8)).toEqual(whole.slice(0, 8));
    expect(phase1Iv(crypto, 'sha', publicI, publicR, 16)).toEqual(whole.slice(0, 16));
  });

  test('phase 2 hashes the last block of phase 1 and the message id', () => {
    const whole = crypto.hash('md5', concat(filled(8, 7), hex('89abcdef')));
    expect(phase2Iv(crypto, 'md5', filled(8, 7), messageId, 8)).toEqual(whole.slice(0, 8));
  });
});

describe('hashes that authenticate', () => {
  const [saBodyI, idBody] = [filled(48, 3), filled(8, 9)];
  const input = { skeyid, publicI, publicR, cookieI, cookieR, saBodyI, idBody };

  test('HASH_I and HASH_R differ in the order of the values of the two sides (RFC 2409 5)', () => {
    expect(hashI(crypto, 'sha', input)).toEqual(
      crypto.hmac('sha', skeyid, concat(publicI, publicR, cookieI, cookieR, saBodyI, idBody)),
    );
    expect(hashR(crypto, 'sha', input)).toEqual(
      crypto.hmac('sha', skeyid, concat(publicR, publicI, cookieR, cookieI, saBodyI, idBody)),
    );
  });

  test('HASH(1), HASH(2), HASH(3) of quick mode and HASH(1) of informational (RFC 2409 5.5, 5.7)', () => {
    const rest = filled(70, 11);
    const id = hex('89abcdef');
    const of = (...parts: readonly Uint8Array[]) => crypto.hmac('md5', skeyid, concat(...parts));
    const common = { skeyidA: skeyid, messageId };
    expect(quickModeHash1(crypto, 'md5', { ...common, rest })).toEqual(of(id, rest));
    expect(informationalHash(crypto, 'md5', { ...common, rest })).toEqual(of(id, rest));
    expect(quickModeHash2(crypto, 'md5', { ...common, nonceI, rest })).toEqual(
      of(id, nonceI, rest),
    );
    expect(quickModeHash3(crypto, 'md5', { ...common, nonceI, nonceR })).toEqual(
      of(hex('00'), id, nonceI, nonceR),
    );
  });
});

describe('KEYMAT of quick mode (RFC 2409 5.5)', () => {
  const input = { skeyidD: skeyid, protocol: 3, spi, nonceI, nonceR, length: 44 };

  test('comes from SKEYID_d, protocol, SPI and nonces without PFS', () => {
    const seed = concat(hex('03'), spi, nonceI, nonceR);
    const first = crypto.hmac('sha', skeyid, seed);
    const second = crypto.hmac('sha', skeyid, first, seed);
    const third = crypto.hmac('sha', skeyid, second, seed);
    expect(quickModeKeymat(crypto, 'sha', input)).toEqual(
      concat(first, second, third).slice(0, 44),
    );
  });

  test('takes in the new shared secret with PFS', () => {
    const sharedSecret = filled(128, 200);
    const seed = concat(sharedSecret, hex('03'), spi, nonceI, nonceR);
    const first = crypto.hmac('sha', skeyid, seed);
    const second = crypto.hmac('sha', skeyid, first, seed);
    const third = crypto.hmac('sha', skeyid, second, seed);
    expect(quickModeKeymat(crypto, 'sha', { ...input, sharedSecret })).toEqual(
      concat(first, second, third).slice(0, 44),
    );
  });

  test('differs between the two SAs of a pair and between protocols', () => {
    const all = [
      quickModeKeymat(crypto, 'sha', input),
      quickModeKeymat(crypto, 'sha', { ...input, spi: hex('01020305') }),
      quickModeKeymat(crypto, 'sha', { ...input, protocol: 2 }),
    ].map(toHex);
    expect(new Set(all).size).toBe(3);
  });

  test('is cut into the encryption key and after it the integrity key', () => {
    const keymat = quickModeKeymat(crypto, 'sha', input);
    expect(splitKeymat(keymat, 24, 20)).toEqual({
      encryptionKey: keymat.slice(0, 24),
      integrityKey: keymat.slice(24, 44),
    });
  });
});
