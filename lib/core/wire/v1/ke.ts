/** Key exchange payload: a Diffie-Hellman public value (RFC 2408 3.7, RFC 2409 5). */
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

// +---------------------------------------------------------------+
// | key exchange data ...                                         |
// +---------------------------------------------------------------+

export interface KePayload extends Reserved {
  readonly type: 'KE';
  /** As long as the group's prime; checked by who knows the group. */
  readonly data: Uint8Array;
}

export function decodeKe(reader: Reader): KePayload {
  return { type: 'KE', data: reader.rest() };
}

export function encodeKe(writer: Writer, payload: KePayload): void {
  writer.bytes(payload.data);
}
