/** The clear beginning of an ESP packet (RFC 4303 2). */
import { err, ok, type Result } from '../base/result.js';
import type { DecodeError } from './decode-error.js';
import { Reader } from './reader.js';

// +---------------------------------------------------------------+
// |               security parameters index (SPI)                 |
// +---------------------------------------------------------------+
// |                      sequence number                          |
// +---------------------------------------------------------------+
// | IV, payload, padding, next header, ICV ...

export const espHeaderBytes = 8;

export interface EspHeader {
  /** 0 never appears on the wire; 1..255 are reserved (RFC 4303 2.1). */
  readonly spi: number;
  readonly sequenceNumber: number;
}

export function decodeEspHeader(packet: Uint8Array): Result<EspHeader, DecodeError> {
  const reader = new Reader(packet);
  const spi = reader.u32();
  const sequenceNumber = reader.u32();
  if (reader.error) return err(reader.error);
  return ok({ spi, sequenceNumber });
}
