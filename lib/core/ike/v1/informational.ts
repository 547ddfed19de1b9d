/** What informational messages carry: notifies and deletes (RFC 2408 3.14, 3.15; RFC 2407 4.6.3). */
import { spiBytes } from '../../base/spi.js';
import type { IpsecProtocol, IpsecSaId } from '../../dataplane/types.js';
import type { Payload } from '../../wire/message.js';
import { doi } from '../../wire/registry/doi.js';
import { notifyType } from '../../wire/registry/notify-type.js';
import { protocolId } from '../../wire/registry/protocol-id.js';

interface Cookies {
  readonly initiatorCookie: Uint8Array;
  readonly responderCookie: Uint8Array;
}

/** We have no SAs with the peer from before this IKE SA (RFC 2407 4.6.3.3). */
export function initialContact(cookies: Cookies): Payload {
  return {
    type: 'N',
    doi: doi.IPSEC,
    protocol: protocolId.ISAKMP,
    spi: cookiePair(cookies),
    notifyType: notifyType['INITIAL-CONTACT'],
    data: new Uint8Array(0),
  };
}

/** The IKE SA itself is gone (RFC 2408 3.15). */
export function deleteIkeSa(cookies: Cookies): Payload {
  return { type: 'D', doi: doi.IPSEC, protocol: protocolId.ISAKMP, spis: [cookiePair(cookies)] };
}

/** Our inbound SAs are gone: the peer must not send into them any more. */
export function deleteIpsecSas(inbound: readonly IpsecSaId[]): Payload[] {
  return inbound.map(({ protocol, spi }) => ({
    type: 'D',
    doi: doi.IPSEC,
    protocol: protocolNumber(protocol),
    spis: [spiBytes(spi)],
  }));
}

/** An error; `about`: the proposal it answers, by default the IKE SA to be. */
export function errorNotify(
  type: number,
  about: { readonly protocol: number; readonly spi: Uint8Array } = {
    protocol: protocolId.ISAKMP,
    spi: new Uint8Array(0),
  },
): Payload {
  return { type: 'N', doi: doi.IPSEC, ...about, notifyType: type, data: new Uint8Array(0) };
}

export function protocolNumber(protocol: IpsecProtocol): number {
  return protocol === 'esp' ? protocolId.ESP : protocolId.AH;
}

/** Undefined for ISAKMP, IPComp and whatever else has no SA here. */
export function protocolName(number: number): IpsecProtocol | undefined {
  if (number === protocolId.ESP) return 'esp';
  return number === protocolId.AH ? 'ah' : undefined;
}

function cookiePair({ initiatorCookie, responderCookie }: Cookies): Uint8Array {
  const pair = new Uint8Array(16);
  pair.set(initiatorCookie);
  pair.set(responderCookie, 8);
  return pair;
}
