/** The core's cryptography on node:crypto, and its slow jobs (Diffie-Hellman) on the addon. */
import {
  type BinaryLike,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto';
import { concat } from '../core/base/bytes.js';
import { Secret } from '../core/base/secret.js';
import { dhGroup, type HashName, type IkeEncryptionName } from '../core/crypto/algorithms.js';
import type { CryptoJob, CryptoProvider, CryptoResult } from '../core/crypto/provider.js';
import { addon, type NativeKeyPair } from './addon.js';

const digestNames: Readonly<Record<HashName, string>> = {
  md5: 'md5',
  sha: 'sha1',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
};

const cipherNames: Readonly<Record<IkeEncryptionName, string>> = {
  // OpenSSL 3 has single DES in its legacy provider only; triple DES with three equal keys is DES.
  des: 'des-ede3-cbc',
  '3des': 'des-ede3-cbc',
  'aes-128': 'aes-128-cbc',
  'aes-192': 'aes-192-cbc',
  'aes-256': 'aes-256-cbc',
};

/** One refill costs about as much as three direct calls, and serves thousands of cookies. */
const randomPoolBytes = 64 * 1024;

export function createCryptoProvider(): CryptoProvider {
  return {
    hash(algorithm, ...data) {
      const hash = createHash(digestNames[algorithm]);
      for (const part of data) hash.update(part);
      return plainBytes(hash.digest());
    },
    hmac(algorithm, key, ...data) {
      const hmac = createHmac(digestNames[algorithm], key);
      for (const part of data) hmac.update(part);
      return plainBytes(hmac.digest());
    },
    encrypt(algorithm, key, iv, data) {
      const cipher = createCipheriv(cipherNames[algorithm], cipherKey(algorithm, key), iv);
      cipher.setAutoPadding(false);
      return withoutPadding(cipher, data);
    },
    decrypt(algorithm, key, iv, data) {
      const cipher = createDecipheriv(cipherNames[algorithm], cipherKey(algorithm, key), iv);
      cipher.setAutoPadding(false);
      return withoutPadding(cipher, data);
    },
    random: pooledRandom(),
    equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  };
}

/** Computes a job on the calling thread. */
export function computeJob(job: CryptoJob): CryptoResult {
  const { bits, exponentBits } = sizesOf(job);
  if (job.kind === 'dhGenerate') return generated(addon().dhGenerate(bits, exponentBits));
  return derived(addon().dhDerive(bits, job.privateKey.reveal(), job.peerPublic));
}

/** Computes a job on libuv's thread pool. */
export async function startJob(job: CryptoJob): Promise<CryptoResult> {
  const { bits, exponentBits } = sizesOf(job);
  if (job.kind === 'dhGenerate') {
    return generated(await addon().dhGenerateAsync(bits, exponentBits));
  }
  return derived(await addon().dhDeriveAsync(bits, job.privateKey.reveal(), job.peerPublic));
}

function sizesOf(job: CryptoJob) {
  const { publicBytes, exponentBits } = dhGroup(job.group);
  return { bits: publicBytes * 8, exponentBits };
}

function generated({ privateKey, publicValue }: NativeKeyPair): CryptoResult {
  return { kind: 'dhGenerated', privateKey: new Secret(privateKey), publicValue };
}

function derived(secret: Uint8Array | undefined): CryptoResult {
  if (secret === undefined) return { kind: 'dhInvalid' };
  return { kind: 'dhDerived', sharedSecret: new Secret(secret) };
}

function cipherKey(algorithm: IkeEncryptionName, key: Uint8Array): Uint8Array {
  return algorithm === 'des' ? concat(key, key, key) : key;
}

/** `final` gives nothing without padding; it throws when `data` is not a whole number of blocks. */
function withoutPadding(
  cipher: { update(data: BinaryLike): Buffer; final(): Buffer },
  data: Uint8Array,
): Uint8Array {
  const bytes = cipher.update(data);
  cipher.final();
  return plainBytes(bytes);
}

/** The core knows no Buffer: its `slice` would share memory where a Uint8Array's copies. */
function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function pooledRandom(): (length: number) => Uint8Array {
  const pool = new Uint8Array(randomPoolBytes);
  let used = pool.length;
  return (length) => {
    if (length > pool.length) return randomFillSync(new Uint8Array(length));
    if (used + length > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const bytes = pool.slice(used, used + length);
    // What was handed out is not kept a second time.
    pool.fill(0, used, used + length);
    used += length;
    return bytes;
  };
}
