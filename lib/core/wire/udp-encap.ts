/** What shares UDP port 4500 (RFC 3948 2): IKE behind a marker of four zero bytes, ESP, keepalives. */
import { concat, isZero } from '../base/bytes.js';
import { espHeaderBytes } from './esp.js';

const marker = new Uint8Array(4);

export type UdpEncapsulated =
  | { readonly kind: 'ike'; readonly message: Uint8Array }
  | { readonly kind: 'esp'; readonly packet: Uint8Array }
  | { readonly kind: 'keepalive' }
  /** Too short to be anything. */
  | { readonly kind: 'malformed' };

/** Tells the datagrams of port 4500 apart; views, not copies. */
export function classifyUdpEncap(datagram: Uint8Array): UdpEncapsulated {
  if (datagram.length === 1 && datagram[0] === 0xff) return { kind: 'keepalive' };
  if (datagram.length >= marker.length && isZero(datagram.subarray(0, marker.length))) {
    return { kind: 'ike', message: datagram.subarray(marker.length) };
  }
  if (datagram.length < espHeaderBytes) return { kind: 'malformed' };
  return { kind: 'esp', packet: datagram };
}

export function addNonEspMarker(message: Uint8Array): Uint8Array {
  return concat(marker, message);
}

/** The datagram that keeps a NAT mapping open (RFC 3948 2.3). */
export function natKeepalive(): Uint8Array {
  return Uint8Array.of(0xff);
}
