/** Certificate payload (RFC 2408 3.9). */
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

// +---------------+-----------------------------------------------+
// | cert encoding | certificate data ...
// +---------------+-----------------------------------------------+

export interface CertPayload extends Reserved {
  readonly type: 'CERT';
  /** RFC 2408 3.9. */
  readonly encoding: number;
  readonly data: Uint8Array;
}

export function decodeCert(reader: Reader): CertPayload {
  return { type: 'CERT', encoding: reader.u8(), data: reader.rest() };
}

export function encodeCert(writer: Writer, payload: CertPayload): void {
  writer.u8(payload.encoding);
  writer.bytes(payload.data);
}
