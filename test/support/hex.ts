/** Bytes from hexadecimal text written in a test; spaces and line ends are for the reader. */
import { fromHex } from '../../lib/core/base/bytes.js';

export function hex(text: string): Uint8Array {
  const bytes = fromHex(text.replace(/\s+/g, ''));
  if (!bytes) throw new Error(`not hexadecimal: ${text}`);
  return bytes;
}
