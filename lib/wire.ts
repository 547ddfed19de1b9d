/** `ipsecctl/wire`: the ISAKMP codec for programs of their own. Strict, bounded, never throws on bytes. */
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
