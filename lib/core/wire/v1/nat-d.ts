/** NAT discovery payload (RFC 3947 3.2). */
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

// +---------------------------------------------------------------+
// | hash of cookies, address and port ...                         |
// +---------------------------------------------------------------+

export interface NatDPayload extends Reserved {
  readonly type: 'NAT-D';
  /** hash(CKY-I | CKY-R | address | port) with the negotiated hash. */
  readonly data: Uint8Array;
}

export function decodeNatD(reader: Reader): NatDPayload {
  return { type: 'NAT-D', data: reader.rest() };
}

export function encodeNatD(writer: Writer, payload: NatDPayload): void {
  writer.bytes(payload.data);
}
