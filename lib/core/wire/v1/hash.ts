/** Hash payload (RFC 2408 3.11): HASH_I, HASH_R, HASH(1..3) of RFC 2409 5. */
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

// +---------------------------------------------------------------+
// | hash data ...                                                 |
// +---------------------------------------------------------------+

export interface HashPayload extends Reserved {
  readonly type: 'HASH';
  /** As long as the negotiated hash; compared in constant time by who knows the keys. */
  readonly data: Uint8Array;
}

export function decodeHash(reader: Reader): HashPayload {
  return { type: 'HASH', data: reader.rest() };
}

export function encodeHash(writer: Writer, payload: HashPayload): void {
  writer.bytes(payload.data);
}
