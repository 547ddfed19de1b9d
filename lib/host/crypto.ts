/** The core's cryptography, symmetric and Diffie-Hellman, on the OpenSSL of Node through the addon. */
import { randomFillSync, timingSafeEqual } from 'node:crypto';
import { concat } from '../core/base/bytes.js';
import { Secret } from '../core/base/secret.js';
import {
  dhGroup,
  type HashName,
  hashAlgorithms,
  type IkeEncryptionName,
} from '../core/crypto/algorithms.js';
import type { CryptoJob, CryptoProvider, CryptoResult } from '../core/crypto/provider.js';
import { addon, type NativeCryptoBox, type NativeKeyPair } from './addon.js';

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

/** Longer than what a datagram can make us hash: payloads, public values, and what goes before them. */
const boxBytes = 256 * 1024;
/** One refill costs about as much as three direct calls, and serves thousands of cookies. */
const randomPoolBytes = 64 * 1024;

export function createCryptoProvider(): CryptoProvider {
  const box = new CryptoBox();
  return {
    hash: (algorithm, ...data) => box.hash(algorithm, data),
    hmac: (algorithm, key, ...data) => box.hmac(algorithm, key, data),
    encrypt: (algorithm, key, iv, data) => box.crypt('encrypt', algorithm, [key, iv, data]),
    decrypt: (algorithm, key, iv, data) => box.crypt('decrypt', algorithm, [key, iv, data]),
    random: pooledRandom(),
    equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  };
}

/**
 * Puts operands into the addon's memory and takes results out. An object of node:crypto for each call would
 * cost ten times the calculation, and the garbage collector twice that.
 */
class CryptoBox {
  readonly #native: NativeCryptoBox;
  readonly #memory: Uint8Array;
  readonly #digests = numbered(digestNames);
  readonly #ciphers = numbered(cipherNames);
  readonly #digestBytes = new Map(hashAlgorithms.map(({ name, bytes }) => [name, bytes] as const));

  constructor() {
    const names = [Object.values(digestNames), Object.values(cipherNames)] as const;
    this.#native = new (addon().CryptoBox)(...names, boxBytes);
    this.#memory = this.#native.memory;
  }

  hash(algorithm: HashName, data: readonly Uint8Array[]): Uint8Array {
    const used = this.#put(data, 0);
    this.#native.hash(this.#digests[algorithm], used);
    return this.#take(0, this.#digestBytes.get(algorithm) ?? 0, used);
  }

  hmac(algorithm: HashName, key: Uint8Array, data: readonly Uint8Array[]): Uint8Array {
    this.#memory.set(key);
    const used = this.#put(data, key.length);
    this.#native.hmac(this.#digests[algorithm], key.length, used - key.length);
    return this.#take(0, this.#digestBytes.get(algorithm) ?? 0, used);
  }

  crypt(
    direction: 'encrypt' | 'decrypt',
    algorithm: IkeEncryptionName,
    [key, iv, data]: readonly [Uint8Array, Uint8Array, Uint8Array],
  ): Uint8Array {
    const used = this.#put([cipherKey(algorithm, key), iv, data], 0);
    this.#native[direction](this.#ciphers[algorithm], data.length);
    return this.#take(used - data.length, data.length, used);
  }

  /** Lays the parts one after the other, and returns where the last ends. Throws RangeError beyond the memory. */
  #put(parts: readonly Uint8Array[], from: number): number {
    let end = from;
    for (const part of parts) {
      this.#memory.set(part, end);
      end += part.length;
    }
    return end;
  }

  /** A copy of the result; operands, keys among them, are wiped. */
  #take(from: number, length: number, used: number): Uint8Array {
    const result = this.#memory.slice(from, from + length);
    this.#memory.fill(0, 0, Math.max(used, from + length));
    return result;
  }
}

/** The place of each name among the others. */
function numbered<K extends string>(
  names: Readonly<Record<K, string>>,
): Readonly<Record<K, number>> {
  const keys = Object.keys(names) as K[];
  return Object.fromEntries(keys.map((key, index) => [key, index])) as Record<K, number>;
}

/** Computes a job on the calling thread. */
export function computeJob(job: CryptoJob): CryptoResult {
  const { bits, exponentBits } = sizesOf(job);
  if (job.kind === 'dhGenerate') return generated(addon().dhGenerate(bits, exponentBits));
  return derived(addon().dhDerive(bits, job.privateKey.reveal(), job.peerPublic));
}

/** The largest group whose jobs cost little beside handing them to another thread and back (a tenth of a ms). */
const inlineBitsMax: Readonly<Record<CryptoJob['kind'], number>> = {
  dhGenerate: 2048,
  dhDerive: 1024,
};

/** Computes a small job at once, and a slow one on libuv's thread pool. */
export function startJob(job: CryptoJob): CryptoResult | Promise<CryptoResult> {
  return sizesOf(job).bits <= inlineBitsMax[job.kind] ? computeJob(job) : computeElsewhere(job);
}

async function computeElsewhere(job: CryptoJob): Promise<CryptoResult> {
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
