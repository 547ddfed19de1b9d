/** Identification payload (RFC 2408 3.8, RFC 2407 4.6.2). */
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

// 0                   1                   2                   3
// +---------------+---------------+-------------------------------+
// |    ID type    |   protocol    |             port              |
// +---------------+---------------+-------------------------------+
// | identification data ...
// +---------------------------------------------------------------+

export interface IdPayload extends Reserved {
  readonly type: 'ID';
  /** RFC 2407 4.6.2.1. */
  readonly idType: number;
  /** IP protocol number, 0 = not said. */
  readonly protocol: number;
  /** 0 = not said. */
  readonly port: number;
  /** Undecoded: its length and contents by type are judged by who reads the identity. */
  readonly data: Uint8Array;
}

export function decodeId(reader: Reader): IdPayload {
  const idType = reader.u8();
  const protocol = reader.u8();
  const port = reader.u16();
  return { type: 'ID', idType, protocol, port, data: reader.rest() };
}

export function encodeId(writer: Writer, payload: IdPayload): void {
  writer.u8(payload.idType);
  writer.u8(payload.protocol);
  writer.u16(payload.port);
  writer.bytes(payload.data);
}
