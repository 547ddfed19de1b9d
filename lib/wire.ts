/** `ipsecctl/wire`: the ISAKMP codec for programs of their own. Strict, bounded, never throws on bytes. */
import type { Result } from './core/base/result.js';
import type { EncodeOptions } from './core/wire/encode-options.js';
import type { DecodedPayload, DecodeError, IsakmpHeader, Payload } from './core/wire/message.js';
import { decodeMessage, encodeMessage } from './core/wire/message.js';

export type { Result } from './core/base/result.js';
export { decodeEspHeader, type EspHeader } from './core/wire/esp.js';
export {
  type Attribute,
  type DecodedPayload,
  type DecodeError,
  decodeHeader,
  decodeMessage,
  decodePayloads,
  encodeBody,
  encodeMessage,
  encodePayloads,
  type IsakmpHeader,
  type Payload,
  type PayloadOf,
  type Proposal,
  type Transform,
} from './core/wire/message.js';
export { certEncoding, certEncodings } from './core/wire/registry/cert-encoding.js';
export { exchangeType, exchangeTypes } from './core/wire/registry/exchange-type.js';
export { isErrorNotify, notifyType, notifyTypes } from './core/wire/registry/notify-type.js';
export { payloadType, payloadTypes } from './core/wire/registry/payload-type.js';
export { nameOf } from './core/wire/registry/registry.js';
export { addNonEspMarker, classifyUdpEncap, natKeepalive } from './core/wire/udp-encap.js';

/** A message whose payloads are in clear, as it was read. */
export interface DecodedMessage {
  readonly header: IsakmpHeader;
  readonly payloads: readonly DecodedPayload[];
}

/**
 * Reads an ISAKMP message (RFC 2408 3) from the payload of a UDP packet of port 500; one of port 4500
 * has a marker of four zero bytes in front, see `classifyUdpEncap`. Never throws: what is no message
 * is `{ ok: false, error }` with a stable `reason` and a `detail` that names the place. It takes time
 * linear in the number of bytes. The bytes in the result are views of those
 * given. Of a message whose `header.flags.encryption` is set only the header can be read
 * (`decodeHeader`): its payloads need keys.
 */
export function decode(datagram: Uint8Array): Result<DecodedMessage, DecodeError> {
  return decodeMessage(datagram);
}

/**
 * Writes a message with its payloads in clear; lengths and the chain of payload types are computed.
 * What `decode` gave becomes the same bytes again. Throws when a value does not fit its field, such as
 * a cookie that has not 8 bytes: that is a mistake of the program, not of the network.
 */
export function encode(
  message: {
    readonly header: Omit<IsakmpHeader, 'length' | 'nextPayload'>;
    readonly payloads: readonly Payload[];
  },
  options: EncodeOptions = {},
): Uint8Array {
  return encodeMessage(message.header, message.payloads, options);
}
