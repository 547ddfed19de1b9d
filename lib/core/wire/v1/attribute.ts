/** Data attributes of transforms and configuration payloads (RFC 2408 3.3). */
import { assert } from '../../base/assert.js';
import { limits } from '../../base/limits.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';

// 0                   1                   2                   3
// +-+-----------------------------+-------------------------------+
// |A|       attribute type        | AF=1: value, AF=0: length     |
// +-+-----------------------------+-------------------------------+
// | AF=0: value                                                   |
// +---------------------------------------------------------------+

export interface Attribute {
  /** 0..32767 */
  readonly type: number;
  /** A number 0..65535 stands for the basic form (type, value), bytes for type, length, value. */
  readonly value: number | Uint8Array;
}

/** Reads attributes to the end of the reader. */
export function decodeAttributes(reader: Reader): readonly Attribute[] {
  const attributes: Attribute[] = [];
  while (reader.remaining > 0 && !reader.failed) {
    if (attributes.length === limits.attributesPerList) {
      reader.fail(
        `more than ${limits.attributesPerList} attributes at ${reader.offset}`,
        'limited',
      );
      break;
    }
    const head = reader.u16();
    const second = reader.u16();
    const value = (head & 0x8000) === 0 ? reader.bytes(second) : second;
    attributes.push({ type: head & 0x7fff, value });
  }
  return attributes;
}

export function encodeAttributes(writer: Writer, attributes: readonly Attribute[]): void {
  for (const { type, value } of attributes) {
    assert(type >= 0 && type <= 0x7fff, 'an attribute type has 15 bits');
    if (typeof value === 'number') {
      writer.u16(type + 0x8000);
      writer.u16(value);
    } else {
      writer.u16(type);
      writer.u16(value.length);
      writer.bytes(value);
    }
  }
}

/**
 * The value of an attribute as a number, whichever form it came in: RFC 2407 4.5 lets a variable
 * attribute be short. A value beyond 2^53-1 is given as that; no bytes at all are no number.
 */
export function attributeNumber({ value }: Attribute): number | undefined {
  if (typeof value === 'number') return value;
  if (value.length === 0) return undefined;
  let sum = 0;
  for (const byte of value) sum = Math.min(sum * 256 + byte, Number.MAX_SAFE_INTEGER);
  return sum;
}

/** The shortest usual form of a number 0..2^32-1: basic, or four bytes where it needs more than 16 bits. */
export function numberAttribute(type: number, value: number): Attribute {
  assert(Number.isInteger(value) && value >= 0 && value < 2 ** 32, 'a number of 32 bits');
  if (value <= 0xffff) return { type, value };
  return { type, value: Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value) };
}
