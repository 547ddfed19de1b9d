/** The product's cryptography, with randomness that a test can repeat. */
import { createHash } from 'node:crypto';
import type { CryptoProvider } from '../../lib/core/crypto/provider.js';
import { createCryptoProvider } from '../../lib/host/crypto.js';

/** One for all: the addon's memory is given back only when the event loop turns, and simulators never let it. */
const provider = createCryptoProvider();

/** `seed`: equal seeds give equal random bytes. */
export function createTestCrypto(seed = 1): CryptoProvider {
  let calls = 0;
  return {
    ...provider,
    random(length) {
      calls += 1;
      const xof = createHash('shake256', { outputLength: Math.max(length, 1) });
      return Uint8Array.from(xof.update(`${seed} ${calls}`).digest()).subarray(0, length);
    },
  };
}
