/** Notification payload (RFC 2408 3.14, RFC 2407 4.6.3). */
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

// 0                   1                   2                   3
// +---------------------------------------------------------------+
// |                  domain of interpretation                     |
// +---------------+---------------+-------------------------------+
// |   protocol    |   SPI size    |      notify message type      |
// +---------------+---------------+-------------------------------+
// | SPI ...                       | notification data ...
// +---------------------------------------------------------------+

export interface NotifyPayload extends Reserved {
  readonly type: 'N';
  readonly doi: number;
  readonly protocol: number;
  /** 0..255 bytes; 16 (both cookies) or none for ISAKMP, four for ESP and AH. */
  readonly spi: Uint8Array;
  readonly notifyType: number;
  readonly data: Uint8Array;
}

export function decodeNotify(reader: Reader): NotifyPayload {
  const doi = reader.u32();
  const protocol = reader.u8();
  const spiBytes = reader.u8();
  const notifyType = reader.u16();
  const spi = reader.bytes(spiBytes);
  return { type: 'N', doi, protocol, spi, notifyType, data: reader.rest() };
}

export function encodeNotify(writer: Writer, payload: NotifyPayload): void {
  writer.u32(payload.doi);
  writer.u8(payload.protocol);
  writer.u8(payload.spi.length);
  writer.u16(payload.notifyType);
  writer.bytes(payload.spi);
  writer.bytes(payload.data);
}
