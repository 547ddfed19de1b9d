/** Signature payload (RFC 2408 3.12). */
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

// +---------------------------------------------------------------+
// | signature data ...                                            |
// +---------------------------------------------------------------+

export interface SigPayload extends Reserved {
  readonly type: 'SIG';
  /** The signature over HASH_I or HASH_R. */
  readonly data: Uint8Array;
}

export function decodeSig(reader: Reader): SigPayload {
  return { type: 'SIG', data: reader.rest() };
}

export function encodeSig(writer: Writer, payload: SigPayload): void {
  writer.bytes(payload.data);
}
