/** Phase 1 identities: ours, which is our address, and the peer's in words (RFC 2407 4.6.2; ). */
import type { Address } from '../../base/address.js';
import { addressFromBytes, addressToBytes } from '../../base/address.js';
import { toHex } from '../../base/bytes.js';
import type { Payload, PayloadOf } from '../../wire/message.js';
import {
  identificationType,
  identificationTypes,
} from '../../wire/registry/identification-type.js';
import { nameOf } from '../../wire/registry/registry.js';

/** Bytes of an identity shown in messages: nobody has proved it yet. */
const shownBytes = 64;

/** Our identity is the local address. */
export function identityOf(local: Address): Payload {
  return {
    type: 'ID',
    idType: identificationType.ID_IPV4_ADDR,
    protocol: 0,
    port: 0,
    data: addressToBytes(local),
  };
}

/**
 * The identity as a text that an ident-string can be compared with: an address, a domain name,
 * user@domain, a key id that is text. Undefined where there is no such text.
 */
export function identityText({ idType, data }: PayloadOf<'ID'>): string | undefined {
  switch (idType) {
    case identificationType.ID_IPV4_ADDR:
      return data.length === 4 ? addressFromBytes(data) : undefined;
    case identificationType.ID_FQDN:
    case identificationType.ID_USER_FQDN:
    case identificationType.ID_KEY_ID:
      return printableAscii(data);
    default:
      return undefined;
  }
}

/** The identity for a person, whatever its type and bytes. */
export function describeIdentity(identity: PayloadOf<'ID'>): string {
  return (
    identityText(identity) ??
    `${nameOf(identificationTypes, identity.idType)} ${toHex(identity.data.subarray(0, shownBytes / 2))}`
  );
}

/** What a peer says of itself goes into logs: nothing that could move a cursor there. */
function printableAscii(data: Uint8Array): string | undefined {
  if (data.length === 0 || data.length > shownBytes * 4) return undefined;
  const isText = data.every((byte) => byte > 0x20 && byte < 0x7f);
  return isText ? String.fromCharCode(...data) : undefined;
}
