/** The core's cryptography port over node:crypto, with randomness that a test can repeat. */
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';
import { concat, equalBytes } from '../../lib/core/base/bytes.js';
import type { HashName, IkeEncryptionName } from '../../lib/core/crypto/algorithms.js';
import type { CryptoProvider } from '../../lib/core/crypto/provider.js';

const hashNames: Readonly<Record<HashName, string>> = {
  md5: 'md5',
  sha: 'sha1',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
};

const cipherNames: Readonly<Record<IkeEncryptionName, string>> = {
  // OpenSSL 3 keeps single DES in its legacy provider; triple DES with one key is the same.
  des: 'des-ede3-cbc',
  '3des': 'des-ede3-cbc',
  'aes-128': 'aes-128-cbc',
  'aes-192': 'aes-192-cbc',
  'aes-256': 'aes-256-cbc',
};

/** `seed`: equal seeds give equal random bytes. */
export function createTestCrypto(seed = 1): CryptoProvider {
  let calls = 0;
  const keyOf = (name: IkeEncryptionName, key: Uint8Array) =>
    name === 'des' ? concat(key, key, key) : key;
  return {
    hash(algorithm, ...data) {
      const hash = createHash(hashNames[algorithm]);
      for (const part of data) hash.update(part);
      return Uint8Array.from(hash.digest());
    },
    hmac(algorithm, key, ...data) {
      const hmac = createHmac(hashNames[algorithm], key);
      for (const part of data) hmac.update(part);
      return Uint8Array.from(hmac.digest());
    },
    encrypt(algorithm, key, iv, data) {
      const cipher = createCipheriv(cipherNames[algorithm], keyOf(algorithm, key), iv);
      cipher.setAutoPadding(false);
      return Uint8Array.from(Buffer.concat([cipher.update(data), cipher.final()]));
    },
    decrypt(algorithm, key, iv, data) {
      const cipher = createDecipheriv(cipherNames[algorithm], keyOf(algorithm, key), iv);
      cipher.setAutoPadding(false);
      return Uint8Array.from(Buffer.concat([cipher.update(data), cipher.final()]));
    },
    random(length) {
      calls += 1;
      const xof = createHash('shake256', { outputLength: Math.max(length, 1) });
      return Uint8Array.from(xof.update(`${seed} ${calls}`).digest()).subarray(0, length);
    },
    equal: equalBytes,
  };
}
