/** Nonce payload (RFC 2408 3.13). */
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

// +---------------------------------------------------------------+
// | nonce data ...                                                |
// +---------------------------------------------------------------+

export interface NoncePayload extends Reserved {
  readonly type: 'NONCE';
  /** 8..256 bytes by RFC 2409 5; the exchange checks it, so that it can name the fault. */
  readonly data: Uint8Array;
}

export function decodeNonce(reader: Reader): NoncePayload {
  return { type: 'NONCE', data: reader.rest() };
}

export function encodeNonce(writer: Writer, payload: NoncePayload): void {
  writer.bytes(payload.data);
}
