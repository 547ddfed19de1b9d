/** The four bytes before the body of every payload (RFC 2408 3.2). */
import { limits } from '../../base/limits.js';
import type { EncodeOptions } from '../encode-options.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';

// 0                   1                   2                   3
// +---------------+---------------+-------------------------------+
// | next payload  |   reserved    |        payload length         |
// +---------------+---------------+-------------------------------+

export const genericHeaderBytes = 4;

export interface Reserved {
  /** The reserved byte, present only where a received one was not zero. */
  readonly reserved?: number;
}

export interface ChainLink {
  readonly type: number;
  readonly reserved: number;
  readonly body: Reader;
  /** Offset of the generic header and of the byte after the payload, in what the reader reads. */
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the next payload of a chain: every call consumes at least four bytes or fails. Returns the
 * link and the type of the one after it, 0 = none.
 */
export function readLink(reader: Reader, type: number): { link: ChainLink; next: number } {
  const start = reader.offset;
  const next = reader.u8();
  const reserved = reader.u8();
  const length = reader.u16();
  if (length < genericHeaderBytes) {
    reader.fail(`payload of type ${type} at ${start}: length ${length}`);
  }
  const body = reader.part(length - genericHeaderBytes);
  return { link: { type, body, start, end: start + length, reserved }, next };
}

/** Reads payloads until one names none after it. More than `limits.payloadsPerMessage` is an error. */
export function* readChain(reader: Reader, firstType: number): Generator<ChainLink> {
  let type = firstType;
  for (let count = 0; type !== 0 && !reader.failed; count += 1) {
    if (count === limits.payloadsPerMessage) {
      reader.fail(`more than ${limits.payloadsPerMessage} payloads`, 'limited');
      return;
    }
    const { link, next } = readLink(reader, type);
    if (!reader.failed) yield link;
    type = next;
  }
}

/** Writes a generic header, lets `body` write what follows it, and fills in the length. */
export function writeLink(
  writer: Writer,
  next: number,
  { reserved = 0 }: Reserved,
  { keepReserved = false }: EncodeOptions,
  body: () => void,
): void {
  const start = writer.length;
  writer.u8(next);
  writer.u8(keepReserved ? reserved : 0);
  writer.u16(0);
  body();
  writer.patchU16(start + 2, writer.length - start);
}
