/** The data of a RESPONDER-LIFETIME notify: attributes as in a transform (RFC 2407 4.6.3.1). */
import type { Attribute } from '../../wire/message.js';
import { Reader } from '../../wire/reader.js';
import { decodeAttributes, encodeAttributes } from '../../wire/v1/attribute.js';
import { Writer } from '../../wire/writer.js';

export function encodeNotifyAttributes(attributes: readonly Attribute[]): Uint8Array {
  const writer = new Writer();
  encodeAttributes(writer, attributes);
  return writer.finish();
}

/** Undefined when the data is not a list of attributes. */
export function decodeNotifyAttributes(data: Uint8Array): readonly Attribute[] | undefined {
  const reader = new Reader(data);
  const attributes = decodeAttributes(reader);
  return reader.failed ? undefined : attributes;
}
