/**
 * IP packets protected by ESP inside AH, read and recomputed from RFC 4302 and RFC 4303 over node:crypto:
 * nothing of the kernel's is used but the keys.
 */
import { createDecipheriv, createHmac } from 'node:crypto';

export interface PacketKeys {
  readonly ah: { readonly spi: number; readonly hash: 'md5' | 'sha1'; readonly key: Uint8Array };
  readonly esp: {
    readonly spi: number;
    readonly hash: 'md5' | 'sha1';
    readonly key: Uint8Array;
    readonly cipher: '3des' | 'aes-128';
    readonly cipherKey: Uint8Array;
  };
}

/** What the inner packet is, and which numbers its headers bore. */
export interface OpenedPacket {
  readonly ahSequence: number;
  readonly espSequence: number;
  /** The protocol ESP names: 4 = an IP packet, 1 = ICMP. */
  readonly next: number;
  readonly inner: Buffer;
}

/** HMAC-MD5-96 and HMAC-SHA-1-96 (RFC 2403, 2404). */
const icvBytes = 12;
const ahFixedBytes = 12;
const protocolNumber = { esp: 50, ah: 51 };
const ciphers = {
  '3des': { name: 'des-ede3-cbc', blockBytes: 8 },
  'aes-128': { name: 'aes-128-cbc', blockBytes: 16 },
} as const;

/** @throws Error that says which field is not as the RFC wants it. */
export function openBundle(packet: Uint8Array, { ah, esp }: PacketKeys): OpenedPacket {
  const bytes = Buffer.from(packet);
  const start = headerBytes(bytes);
  demand('IP version', bytes.readUInt8(0) >> 4, 4);
  demand('IP total length', bytes.readUInt16BE(2), bytes.length);
  demand('sum over the IP header', internetChecksum(bytes.subarray(0, start)), 0);
  demand('IP protocol', bytes.readUInt8(9), protocolNumber.ah);
  const header = bytes.subarray(start, start + ahFixedBytes);
  demand('AH next header', header.readUInt8(0), protocolNumber.esp);
  // RFC 4302 2.2: in words of 32 bits, minus 2.
  demand('AH payload length', header.readUInt8(1), (ahFixedBytes + icvBytes) / 4 - 2);
  demand('AH reserved', header.readUInt16BE(2), 0);
  demand('AH SPI', header.readUInt32BE(4), ah.spi);
  demand('AH ICV', ahValue(bytes).toString('hex'), ahCheckValue(bytes, ah).toString('hex'));
  const opened = openEsp(bytes.subarray(start + ahFixedBytes + icvBytes), esp);
  return { ahSequence: header.readUInt32BE(8), ...opened };
}

/** The check value an AH packet carries. */
export function ahValue(packet: Buffer): Buffer {
  const at = headerBytes(packet) + ahFixedBytes;
  return packet.subarray(at, at + icvBytes);
}

/** The check value it should carry: over all of it, what changes under way and the value itself being 0. */
export function ahCheckValue(packet: Buffer, { hash, key }: PacketKeys['ah']): Buffer {
  const zeroed = Buffer.from(packet);
  for (const at of mutableBytes) zeroed.writeUInt8(0, at);
  ahValue(zeroed).fill(0);
  return createHmac(hash, key).update(zeroed).digest().subarray(0, icvBytes);
}

/** RFC 4302 3.3.3.1.1.1: type of service, flags and fragment offset, time to live, header checksum. */
export const mutableBytes: readonly number[] = [1, 6, 7, 8, 10, 11];

function openEsp(esp: Buffer, keys: PacketKeys['esp']): Omit<OpenedPacket, 'ahSequence'> {
  const { name, blockBytes } = ciphers[keys.cipher];
  const covered = esp.subarray(0, -icvBytes);
  const icv = createHmac(keys.hash, keys.key).update(covered).digest().subarray(0, icvBytes);
  demand('ESP SPI', esp.readUInt32BE(0), keys.spi);
  demand('ESP ICV', esp.subarray(-icvBytes).toString('hex'), icv.toString('hex'));
  const cipher = createDecipheriv(name, keys.cipherKey, covered.subarray(8, 8 + blockBytes));
  cipher.setAutoPadding(false);
  const ciphertext = covered.subarray(8 + blockBytes);
  demand('ESP bytes beyond whole blocks', ciphertext.length % blockBytes, 0);
  const clear = Buffer.concat([cipher.update(ciphertext), cipher.final()]);
  const padBytes = clear.readUInt8(clear.length - 2);
  const end = clear.length - 2 - padBytes;
  // RFC 4303 2.4: 1, 2, 3, ...
  const padding = Array.from({ length: padBytes }, (_, index) => index + 1);
  demand('ESP padding', clear.subarray(end, -2).join(), padding.join());
  return {
    espSequence: esp.readUInt32BE(4),
    next: clear.readUInt8(clear.length - 1),
    inner: clear.subarray(0, end),
  };
}

/** RFC 1071, of an IP header or ICMP message that carries its own checksum: 0 when that is right. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

export function headerBytes(packet: Uint8Array): number {
  return ((packet[0] ?? 0) & 0x0f) * 4;
}

function demand(what: string, found: number | string, wanted: number | string): void {
  if (found !== wanted) throw new Error(`${what} is ${found} where ${wanted} belongs`);
}
