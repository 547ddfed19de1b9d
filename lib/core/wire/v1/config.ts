/** Attribute payload of the configuration method (draft-dukes-ike-mode-cfg-02 3.2; payload type 14). */
import type { EncodeOptions } from '../encode-options.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import { type Attribute, decodeAttributes, encodeAttributes } from './attribute.js';
import type { Reserved } from './generic-header.js';

// 0                   1                   2                   3
// +---------------+---------------+-------------------------------+
// |     type      |   reserved    |          identifier           |
// +---------------+---------------+-------------------------------+
// | attributes ...
// +---------------------------------------------------------------+

export interface ConfigPayload extends Reserved {
  readonly type: 'ATTR';
  /** 1 request, 2 reply, 3 set, 4 acknowledge. */
  readonly configType: number;
  readonly identifier: number;
  readonly attributes: readonly Attribute[];
  /** The reserved byte after the type, present only where a received one was not zero. */
  readonly reserved2?: number;
}

export function decodeConfig(reader: Reader): ConfigPayload {
  const configType = reader.u8();
  const reserved2 = reader.u8();
  const identifier = reader.u16();
  const attributes = decodeAttributes(reader);
  return {
    type: 'ATTR',
    configType,
    identifier,
    attributes,
    ...(reserved2 !== 0 && { reserved2 }),
  };
}

export function encodeConfig(writer: Writer, payload: ConfigPayload, options: EncodeOptions): void {
  writer.u8(payload.configType);
  writer.u8(options.keepReserved === true ? (payload.reserved2 ?? 0) : 0);
  writer.u16(payload.identifier);
  encodeAttributes(writer, payload.attributes);
}
