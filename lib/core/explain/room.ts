/** How long a packet may be so that it still fits once it is encrypted (RFC 4303 2, RFC 4302 2). */
import { encryptionAlgorithm, integrityAlgorithm } from '../crypto/algorithms.js';
import type { IpsecSa } from '../dataplane/types.js';

const ipHeader = 20;
const espHeader = 8;
/** Pad length and next header. */
const espTrailer = 2;
/** Without the ICV. */
const ahHeader = 12;
/** ESP fills up to 32 bits at least. */
const espAlignment = 4;

type Shape = Pick<IpsecSa, 'protocol' | 'mode' | 'encryption' | 'integrity'>;

/** Bytes of the largest packet that those SAs, the innermost first, make no longer than `mtu`. */
export function roomBelow(mtu: number, sas: readonly Shape[]): number {
  return sas.reduceRight((room, sa) => roomInside(room, sa), mtu);
}

function roomInside(room: number, { protocol, mode, encryption, integrity }: Shape): number {
  const { icvBytes } = integrityAlgorithm(integrity);
  // In transport mode the packet's own header is the one outside.
  const kept = mode === 'transport' ? ipHeader : 0;
  if (protocol === 'ah') return room - ipHeader - ahHeader - icvBytes + kept;
  const { name, blockBytes } = encryptionAlgorithm(encryption ?? 'null');
  // CBC begins with a vector of one block.
  const ivBytes = name === 'null' ? 0 : blockBytes;
  const alignment = Math.max(blockBytes, espAlignment);
  const inside = room - ipHeader - espHeader - ivBytes - icvBytes;
  return Math.floor(inside / alignment) * alignment - espTrailer + kept;
}
