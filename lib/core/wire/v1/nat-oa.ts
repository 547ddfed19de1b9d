/** NAT original address payload (RFC 3947 5.2). */
import type { EncodeOptions } from '../encode-options.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

// 0                   1                   2                   3
// +---------------+-----------------------------------------------+
// |    ID type    |                   reserved                    |
// +---------------+-----------------------------------------------+
// | IPv4 (four bytes) or IPv6 address (16 bytes)
// +---------------------------------------------------------------+

export interface NatOaPayload extends Reserved {
  readonly type: 'NAT-OA';
  /** ID_IPV4_ADDR or ID_IPV6_ADDR of RFC 2407 4.6.2.1. */
  readonly idType: number;
  readonly data: Uint8Array;
  /** The three reserved bytes, present only where received ones were not zero. */
  readonly reserved2?: number;
}

export function decodeNatOa(reader: Reader): NatOaPayload {
  const idType = reader.u8();
  const reserved2 = reader.u24();
  const data = reader.rest();
  return { type: 'NAT-OA', idType, data, ...(reserved2 !== 0 && { reserved2 }) };
}

export function encodeNatOa(writer: Writer, payload: NatOaPayload, options: EncodeOptions): void {
  writer.u8(payload.idType);
  writer.u24(options.keepReserved === true ? (payload.reserved2 ?? 0) : 0);
  writer.bytes(payload.data);
}
