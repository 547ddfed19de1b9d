/** Delete payload (RFC 2408 3.15). */
import { assert } from '../../base/assert.js';
import { limits } from '../../base/limits.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

// 0                   1                   2                   3
// +---------------------------------------------------------------+
// |                  domain of interpretation                     |
// +---------------+---------------+-------------------------------+
// |   protocol    |   SPI size    |           # of SPIs           |
// +---------------+---------------+-------------------------------+
// | SPIs ...
// +---------------------------------------------------------------+

export interface DeletePayload extends Reserved {
  readonly type: 'D';
  readonly doi: number;
  readonly protocol: number;
  /** At least one, all of one length 1..255; whether it fits the protocol is for the engine to say. */
  readonly spis: readonly Uint8Array[];
}

export function decodeDelete(reader: Reader): DeletePayload {
  const doi = reader.u32();
  const protocol = reader.u8();
  const spiBytes = reader.u8();
  const count = reader.u16();
  const spis: Uint8Array[] = [];
  // A delete of nothing has no meaning, and SPIs of no bytes would make the count free of charge.
  if (spiBytes === 0 || count === 0) reader.fail(`delete: ${count} SPIs of ${spiBytes} bytes`);
  if (count > limits.spisPerDelete) reader.fail(`delete: ${count} SPIs`, 'limited');
  while (spis.length < count && !reader.failed) spis.push(reader.bytes(spiBytes));
  return { type: 'D', doi, protocol, spis };
}

export function encodeDelete(writer: Writer, { doi, protocol, spis }: DeletePayload): void {
  const spiBytes = spis[0]?.length ?? 0;
  assert(spiBytes > 0 && spis.every((spi) => spi.length === spiBytes), 'SPIs of one length');
  writer.u32(doi);
  writer.u8(protocol);
  writer.u8(spiBytes);
  writer.u16(spis.length);
  for (const spi of spis) writer.bytes(spi);
}
