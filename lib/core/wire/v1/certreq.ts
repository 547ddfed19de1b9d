/** Certificate request payload (RFC 2408 3.10). */
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

// +---------------+-----------------------------------------------+
// |  cert. type   | certificate authority ...
// +---------------+-----------------------------------------------+

export interface CertreqPayload extends Reserved {
  readonly type: 'CR';
  /** Wanted certificate encoding, RFC 2408 3.9. */
  readonly encoding: number;
  /** Name of an acceptable authority; no bytes = any. */
  readonly data: Uint8Array;
}

export function decodeCertreq(reader: Reader): CertreqPayload {
  return { type: 'CR', encoding: reader.u8(), data: reader.rest() };
}

export function encodeCertreq(writer: Writer, payload: CertreqPayload): void {
  writer.u8(payload.encoding);
  writer.bytes(payload.data);
}
