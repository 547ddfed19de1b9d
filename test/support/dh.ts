/** Diffie-Hellman jobs over node:crypto alone, for tests that must not need the native addon. */
import { createDiffieHellman, type DiffieHellman, getDiffieHellman } from 'node:crypto';
import { Secret } from '../../lib/core/base/secret.js';
import { type DhGroupName, dhGroup } from '../../lib/core/crypto/algorithms.js';
import type { CryptoJob, CryptoProvider, CryptoResult } from '../../lib/core/crypto/provider.js';

// One object for each group: OpenSSL tests the small primes for primality at every new one.
const cache = new Map<DhGroupName, DiffieHellman>();

function groupOf(name: DhGroupName): DiffieHellman {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const named = getDiffieHellman(`modp${dhGroup(name).ikev1}`);
  const fresh = createDiffieHellman(named.getPrime(), named.getGenerator());
  cache.set(name, fresh);
  return fresh;
}

export function computeTestJob(crypto: CryptoProvider, job: CryptoJob): CryptoResult {
  const { publicBytes, exponentBits } = dhGroup(job.group);
  const group = groupOf(job.group);
  if (job.kind === 'dhGenerate') {
    const privateKey = crypto.random(exponentBits / 8);
    group.setPrivateKey(privateKey);
    return {
      kind: 'dhGenerated',
      privateKey: new Secret(privateKey.slice()),
      publicValue: padded(group.generateKeys(), publicBytes),
    };
  }
  const y = BigInt(`0x${Buffer.from(job.peerPublic).toString('hex')}`);
  const p = BigInt(`0x${group.getPrime('hex')}`);
  if (y <= 1n || y >= p - 1n) return { kind: 'dhInvalid' };
  group.setPrivateKey(job.privateKey.reveal().slice());
  const sharedSecret = padded(group.computeSecret(job.peerPublic), publicBytes);
  return { kind: 'dhDerived', sharedSecret: new Secret(sharedSecret) };
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(bytes, length - bytes.length);
  return out;
}
