/**
 * Cryptography for thousands of runs: the product's hashes and ciphers, repeatable randomness, and
 * Diffie-Hellman in a group so small that it costs next to nothing. Lengths on the wire are the real ones.
 */
import { Secret } from '../../lib/core/base/secret.js';
import { dhGroup } from '../../lib/core/crypto/algorithms.js';
import type { CryptoJob, CryptoProvider, CryptoResult } from '../../lib/core/crypto/provider.js';
import { createTestCrypto } from '../support/crypto.js';
import type { Random } from './random.js';

/** A prime below 2^31, and a generator of its group: products stay exact in 64 bits. */
const prime = 2147483647n;
const generator = 7n;

export function simulatedCrypto(random: Random): CryptoProvider {
  return { ...createTestCrypto(), random: (length) => random.bytes(length) };
}

export function computeSimulatedJob(crypto: CryptoProvider, job: CryptoJob): CryptoResult {
  const { publicBytes } = dhGroup(job.group);
  if (job.kind === 'dhGenerate') {
    const privateKey = crypto.random(4);
    const value = power(generator, exponentOf(privateKey));
    return {
      kind: 'dhGenerated',
      privateKey: new Secret(privateKey),
      publicValue: padded(value, publicBytes),
    };
  }
  const peer = numberOf(job.peerPublic);
  if (peer <= 1n || peer >= prime - 1n) return { kind: 'dhInvalid' };
  const secret = power(peer, exponentOf(job.privateKey.reveal()));
  return { kind: 'dhDerived', sharedSecret: new Secret(padded(secret, publicBytes)) };
}

/** Not so small that the public value could be 1. */
function exponentOf(privateKey: Uint8Array): bigint {
  return (numberOf(privateKey) % (prime - 4n)) + 2n;
}

function numberOf(bytes: Uint8Array): bigint {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  return BigInt(`0x${digits === '' ? '0' : digits}`);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base % prime, left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

function padded(value: bigint, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let left = value;
  for (let index = length - 1; left > 0n && index >= 0; index -= 1) {
    out[index] = Number(left & 0xffn);
    left >>= 8n;
  }
  return out;
}
