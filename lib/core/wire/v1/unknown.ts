/** A payload of a type nobody here reads, kept as it came (RFC 2408 5.1: the receiver may ignore it). */
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { Reserved } from './generic-header.js';

export interface UnknownPayload extends Reserved {
  readonly type: 'UNKNOWN';
  /** 1..255, none of the types of `message.ts`. */
  readonly payloadType: number;
  readonly data: Uint8Array;
}

export function decodeUnknown(reader: Reader, payloadType: number): UnknownPayload {
  return { type: 'UNKNOWN', payloadType, data: reader.rest() };
}

export function encodeUnknown(writer: Writer, payload: UnknownPayload): void {
  writer.bytes(payload.data);
}
