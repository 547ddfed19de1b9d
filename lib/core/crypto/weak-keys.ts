/** Keys of DES and triple DES that are not to be used (RFC 2409 appendix A, RFC 2451 2.3). */
import { equalBytes } from '../base/bytes.js';
import type { EncryptionName } from './algorithms.js';

const desBytes = 8;

/** The four weak and twelve semi-weak keys of DES, without parity bits (RFC 2409 appendix A). */
const weakDesKeys: ReadonlySet<string> = new Set(
  [
    ['00', '00', '00', '00'],
    ['fe', 'fe', 'fe', 'fe'],
    ['1e', '1e', '0e', '0e'],
    ['e0', 'e0', 'f0', 'f0'],
    ['00', 'fe', '00', 'fe'],
    ['fe', '00', 'fe', '00'],
    ['1e', 'e0', '0e', 'f0'],
    ['e0', '1e', 'f0', '0e'],
    ['00', 'e0', '00', 'f0'],
    ['e0', '00', 'f0', '00'],
    ['1e', 'fe', '0e', 'fe'],
    ['fe', '1e', 'fe', '0e'],
    ['00', '1e', '00', '0e'],
    ['1e', '00', '0e', '00'],
    ['e0', 'fe', 'f0', 'fe'],
    ['fe', 'e0', 'fe', 'f0'],
  ].map(([a, b, c, d]) => `${a}${b}${a}${b}${c}${d}${c}${d}`),
);

/** Whether DES knows that key as weak or semi-weak, whatever its parity bits. */
export function isWeakDesKey(key: Uint8Array): boolean {
  let text = '';
  for (const byte of key) text += (byte & 0xfe).toString(16).padStart(2, '0');
  return weakDesKeys.has(text);
}

/**
 * Whether triple DES with that key is no more than DES: the first two or the last two of its three keys
 * are the same (RFC 2451 2.3). Weak keys of DES among the three do no harm.
 */
function isSingleDesKey(key: Uint8Array): boolean {
  const parts = [0, 1, 2].map((index) =>
    key.slice(index * desBytes, (index + 1) * desBytes).map((byte) => byte & 0xfe),
  );
  const [first = key, second = key, third = key] = parts;
  return equalBytes(first, second) || equalBytes(second, third);
}

/** Whether keys that were derived must not be used with that cipher, but derived anew. */
export function isWeakKey(encryption: EncryptionName | undefined, key: Uint8Array): boolean {
  if (encryption === 'des') return isWeakDesKey(key);
  return encryption === '3des' && isSingleDesKey(key);
}
