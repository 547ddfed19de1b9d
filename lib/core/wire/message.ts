/** ISAKMP messages: bytes to payloads and back (RFC 2408 3, 5.1). IKEv2 payloads are not read here. */
import { concat, isZero } from '../base/bytes.js';
import { err, ok, type Result } from '../base/result.js';
import type { DecodeError } from './decode-error.js';
import type { EncodeOptions } from './encode-options.js';
import { decodeHeader, encodeHeader, headerBytes, type IsakmpHeader } from './isakmp-header.js';
import { Reader } from './reader.js';
import { payloadType, payloadTypes } from './registry/payload-type.js';
import { nameOf } from './registry/registry.js';
import { type CertPayload, decodeCert, encodeCert } from './v1/cert.js';
import { type CertreqPayload, decodeCertreq, encodeCertreq } from './v1/certreq.js';
import { type ConfigPayload, decodeConfig, encodeConfig } from './v1/config.js';
import { type DeletePayload, decodeDelete, encodeDelete } from './v1/delete.js';
import { genericHeaderBytes, readChain, writeLink } from './v1/generic-header.js';
import { decodeHash, encodeHash, type HashPayload } from './v1/hash.js';
import { decodeId, encodeId, type IdPayload } from './v1/id.js';
import { decodeKe, encodeKe, type KePayload } from './v1/ke.js';
import { decodeNatD, encodeNatD, type NatDPayload } from './v1/nat-d.js';
import { decodeNatOa, encodeNatOa, type NatOaPayload } from './v1/nat-oa.js';
import { decodeNonce, encodeNonce, type NoncePayload } from './v1/nonce.js';
import { decodeNotify, encodeNotify, type NotifyPayload } from './v1/notify.js';
import { decodeSa, encodeSa, type SaPayload } from './v1/sa.js';
import { decodeSig, encodeSig, type SigPayload } from './v1/sig.js';
import { decodeUnknown, encodeUnknown, type UnknownPayload } from './v1/unknown.js';
import { decodeVendor, encodeVendor, type VendorPayload } from './v1/vendor.js';
import { Writer } from './writer.js';

export type { DecodeError } from './decode-error.js';
export type { EncodeOptions } from './encode-options.js';
export { decodeHeader, type HeaderFlags, type IsakmpHeader } from './isakmp-header.js';
export type { Attribute } from './v1/attribute.js';
export type { Proposal, SaPayload, Transform } from './v1/sa.js';

export type Payload =
  | SaPayload
  | KePayload
  | IdPayload
  | CertPayload
  | CertreqPayload
  | HashPayload
  | SigPayload
  | NoncePayload
  | NotifyPayload
  | DeletePayload
  | VendorPayload
  | NatDPayload
  | NatOaPayload
  | ConfigPayload
  | UnknownPayload;

/** A payload of that type: `PayloadOf<'SA'>`. */
export type PayloadOf<T extends Payload['type']> = Extract<Payload, { type: T }>;

/** All bytes are views of the decoded ones: who keeps them longer than the datagram copies them. */
export type DecodedPayload = Payload & {
  /** The body without the generic header: what HASH_I, HASH_R and the nonces of RFC 2409 5 use. */
  readonly raw: Uint8Array;
  /** The payload with its generic header: what HASH(1) and HASH(2) of RFC 2409 5.5 cover. */
  readonly bytes: Uint8Array;
};

/** How much a message may be believed. Decryption proves nothing: version 1 has no MAC of its own. */
export type Trust = 'clear' | 'encrypted' | 'authenticated';

/** What became of a datagram. Everything but `ok` is dropped; one kind of it may be answered. */
export type DecodeResult =
  | {
      readonly kind: 'ok';
      readonly trust: Trust;
      readonly header: IsakmpHeader;
      readonly payloads: readonly DecodedPayload[];
    }
  /** Broken, and anybody may have sent it: no answer, no change of state. */
  | {
      readonly kind: 'malformed';
      readonly trust: Exclude<Trust, 'authenticated'>;
      readonly error: DecodeError;
    }
  /** Broken, yet proved to be the peer's: may be answered with PAYLOAD-MALFORMED. */
  | { readonly kind: 'malformedAuthenticated'; readonly error: DecodeError }
  /** Whole, but its hash or the key it needs is not there or not right. */
  | { readonly kind: 'unauthenticated'; readonly detail: string };

interface Codec<P extends Payload> {
  decode(reader: Reader): P;
  encode(writer: Writer, payload: P, options: EncodeOptions): void;
}

const typedCodecs: {
  readonly [T in Exclude<Payload['type'], 'UNKNOWN'>]: Codec<PayloadOf<T>>;
} = {
  SA: { decode: decodeSa, encode: encodeSa },
  KE: { decode: decodeKe, encode: encodeKe },
  ID: { decode: decodeId, encode: encodeId },
  CERT: { decode: decodeCert, encode: encodeCert },
  CR: { decode: decodeCertreq, encode: encodeCertreq },
  HASH: { decode: decodeHash, encode: encodeHash },
  SIG: { decode: decodeSig, encode: encodeSig },
  NONCE: { decode: decodeNonce, encode: encodeNonce },
  N: { decode: decodeNotify, encode: encodeNotify },
  D: { decode: decodeDelete, encode: encodeDelete },
  VID: { decode: decodeVendor, encode: encodeVendor },
  ATTR: { decode: decodeConfig, encode: encodeConfig },
  'NAT-D': { decode: decodeNatD, encode: encodeNatD },
  'NAT-OA': { decode: decodeNatOa, encode: encodeNatOa },
};

// The compiler cannot follow that the row found by a payload's type takes that payload.
const codecs = typedCodecs as Readonly<Record<string, Codec<Payload>>>;

/** By number on the wire. Proposals and transforms have none: they live inside SA payloads only. */
const codecOf: ReadonlyMap<number, Codec<Payload>> = new Map(
  payloadTypes.flatMap(({ number, name }) => {
    const codec = codecs[name];
    return codec ? [[number, codec] as const] : [];
  }),
);

/**
 * Decodes a chain of payloads in time linear in its length. `consumed` counts the bytes up to the end
 * of the last payload, which is where hashes over the rest of a message end.
 *
 * After the last payload an encrypted body (`allowPadding`) may carry any bytes (RFC 2409 appendix B);
 * a clear one may carry up to three zero bytes, since some peers fill messages to a multiple of four.
 */
export function decodePayloads(
  firstPayload: number,
  body: Uint8Array,
  options: { readonly allowPadding?: boolean } = {},
): Result<{ payloads: readonly DecodedPayload[]; consumed: number }, DecodeError> {
  const reader = new Reader(body);
  const payloads: DecodedPayload[] = [];
  // What fails is the message's chain, unless it fails inside a payload.
  let failing: { readonly name: string; readonly start: number } | undefined;
  for (const { type, body: bodyReader, start, end, reserved } of readChain(reader, firstPayload)) {
    const name = nameOf(payloadTypes, type);
    const payload = codecOf.get(type)?.decode(bodyReader) ?? decodeUnknown(bodyReader, type);
    bodyReader.end(name);
    payloads.push(placed(payload, reserved, body, start, end));
    if (reader.failed) failing = { name, start };
  }
  if (reader.error) {
    const place = failing === undefined ? 'message' : `payload ${failing.name} at ${failing.start}`;
    return err({ ...reader.error, detail: `${place}: ${reader.error.detail}` });
  }
  const consumed = reader.offset;
  const isPadding = reader.remaining < 4 && isZero(body.subarray(consumed));
  if (options.allowPadding !== true && !isPadding) {
    const detail = `message: ${reader.remaining} bytes after the last payload at ${consumed}`;
    return err({ reason: 'malformed', detail });
  }
  return ok({ payloads, consumed });
}

/** Notes where a payload just decoded lies: on the object itself, since every message is read this way. */
function placed(
  payload: Payload,
  reserved: number,
  body: Uint8Array,
  start: number,
  end: number,
): DecodedPayload {
  const decoded = payload as Payload & { raw: Uint8Array; bytes: Uint8Array; reserved?: number };
  if (reserved !== 0) decoded.reserved = reserved;
  decoded.raw = body.subarray(start + genericHeaderBytes, end);
  decoded.bytes = body.subarray(start, end);
  return decoded;
}

/** Decodes a message whose payloads are in clear. */
export function decodeMessage(
  datagram: Uint8Array,
): Result<{ header: IsakmpHeader; payloads: readonly DecodedPayload[] }, DecodeError> {
  const header = decodeHeader(datagram);
  if (!header.ok) return header;
  const decoded = decodePayloads(header.value.nextPayload, datagram.subarray(headerBytes));
  if (!decoded.ok) return decoded;
  return ok({ header: header.value, payloads: decoded.value.payloads });
}

/** The chained payloads, and the type of the first for the header (0 when there is none). */
export function encodePayloads(
  payloads: readonly Payload[],
  options: EncodeOptions = {},
): { firstPayload: number; body: Uint8Array } {
  const writer = new Writer();
  payloads.forEach((payload, index) => {
    writeLink(writer, typeNumber(payloads[index + 1]), payload, options, () =>
      writeBody(writer, payload, options),
    );
  });
  return { firstPayload: typeNumber(payloads[0]), body: writer.finish() };
}

/** One payload's body, without the generic header. */
export function encodeBody(payload: Payload, options: EncodeOptions = {}): Uint8Array {
  const writer = new Writer();
  writeBody(writer, payload, options);
  return writer.finish();
}

/** A message with its payloads in clear. */
export function encodeMessage(
  header: Omit<IsakmpHeader, 'length' | 'nextPayload'>,
  payloads: readonly Payload[],
  options: EncodeOptions = {},
): Uint8Array {
  const { firstPayload, body } = encodePayloads(payloads, options);
  const length = headerBytes + body.length;
  return concat(encodeHeader({ ...header, nextPayload: firstPayload, length }, options), body);
}

function typeNumber(payload: Payload | undefined): number {
  if (payload === undefined) return 0;
  return payload.type === 'UNKNOWN' ? payload.payloadType : payloadType[payload.type];
}

function writeBody(writer: Writer, payload: Payload, options: EncodeOptions): void {
  if (payload.type === 'UNKNOWN') encodeUnknown(writer, payload);
  else codecs[payload.type]?.encode(writer, payload, options);
}
