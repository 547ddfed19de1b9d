/** The 28-byte header that ISAKMP (RFC 2408 3.1) and IKEv2 (RFC 7296 3.1) share. */
import { assert } from '../base/assert.js';
import { err, ok, type Result } from '../base/result.js';
import type { DecodeError } from './decode-error.js';
import type { EncodeOptions } from './encode-options.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

// 0                   1                   2                   3
// +---------------------------------------------------------------+
// |                       initiator cookie                        |
// |                                                               |
// +---------------------------------------------------------------+
// |                       responder cookie                        |
// |                                                               |
// +---------------+-------+-------+---------------+---------------+
// | next payload  | major | minor | exchange type |     flags     |
// +---------------+-------+-------+---------------+---------------+
// |                          message id                           |
// +---------------------------------------------------------------+
// |                            length                             |
// +---------------------------------------------------------------+

export const headerBytes = 28;

const flagBits = { encryption: 1, commit: 2, authenticationOnly: 4 } as const;
const knownFlags = flagBits.encryption | flagBits.commit | flagBits.authenticationOnly;

/** The flags of RFC 2408 3.1; IKEv2 gives the other bits a meaning, found in `raw`. */
export interface HeaderFlags {
  readonly encryption: boolean;
  readonly commit: boolean;
  readonly authenticationOnly: boolean;
  /** The whole byte as received. A sender of version 1 leaves it out. */
  readonly raw?: number;
}

export interface IsakmpHeader {
  /** 8 bytes; the initiator's SPI in IKEv2. */
  readonly initiatorCookie: Uint8Array;
  /** 8 bytes, all zero in the first message; the responder's SPI in IKEv2. */
  readonly responderCookie: Uint8Array;
  /** Type of the first payload, 0 = none. */
  readonly nextPayload: number;
  readonly version: { readonly major: number; readonly minor: number };
  readonly exchangeType: number;
  readonly flags: HeaderFlags;
  /** 0..2^32-1, 0 in phase 1. */
  readonly messageId: number;
  /** Bytes of the whole message, header included. */
  readonly length: number;
}

/**
 * Reads the header of a datagram. The length field must be exactly the datagram's length: less would
 * let bytes ride along that nothing covers, more is a lie about what arrived. The minor version is
 * ignored (RFC 2408 3.1 lets a newer minor pass); flags are not judged here.
 */
export function decodeHeader(datagram: Uint8Array): Result<IsakmpHeader, DecodeError> {
  if (datagram.length < headerBytes) {
    return err({ reason: 'malformed', detail: `header: ${datagram.length} of 28 bytes` });
  }
  const reader = new Reader(datagram);
  const initiatorCookie = reader.bytes(8);
  const responderCookie = reader.bytes(8);
  const nextPayload = reader.u8();
  const version = reader.u8();
  const exchangeType = reader.u8();
  const raw = reader.u8();
  const messageId = reader.u32();
  const length = reader.u32();
  const major = version >> 4;
  if (major !== 1 && major !== 2) {
    return err({ reason: 'version', detail: `header: version ${major}.${version & 0xf}` });
  }
  if (length !== datagram.length) {
    const detail = `header: length ${length} in a datagram of ${datagram.length} bytes`;
    return err({ reason: 'malformed', detail });
  }
  return ok({
    initiatorCookie,
    responderCookie,
    nextPayload,
    version: { major, minor: version & 0xf },
    exchangeType,
    flags: {
      encryption: (raw & flagBits.encryption) !== 0,
      commit: (raw & flagBits.commit) !== 0,
      authenticationOnly: (raw & flagBits.authenticationOnly) !== 0,
      raw,
    },
    messageId,
    length,
  });
}

/** The 28 bytes. Bits of `flags.raw` unknown to version 1 are written for version 2 or on request. */
export function encodeHeader(header: IsakmpHeader, options: EncodeOptions = {}): Uint8Array {
  const { initiatorCookie, responderCookie, version, flags } = header;
  assert(initiatorCookie.length === 8 && responderCookie.length === 8, 'cookies have 8 bytes');
  assert(version.major < 16 && version.minor < 16, 'versions have 4 bits');
  const keepsOthers = version.major > 1 || options.keepReserved === true;
  const writer = new Writer();
  writer.bytes(initiatorCookie);
  writer.bytes(responderCookie);
  writer.u8(header.nextPayload);
  writer.u8(version.major * 16 + version.minor);
  writer.u8(header.exchangeType);
  writer.u8(
    (flags.encryption ? flagBits.encryption : 0) |
      (flags.commit ? flagBits.commit : 0) |
      (flags.authenticationOnly ? flagBits.authenticationOnly : 0) |
      (keepsOthers ? (flags.raw ?? 0) & ~knownFlags : 0),
  );
  writer.u32(header.messageId);
  writer.u32(header.length);
  return writer.finish();
}
