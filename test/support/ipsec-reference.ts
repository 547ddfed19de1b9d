/**
 * ESP and AH packets written out from RFC 4303, RFC 4302 and RFC 3948 over node:crypto, to measure the
 * userspace data plane by: slow, and with nothing in common with it.
 */
import { createCipheriv, createHmac } from 'node:crypto';
import type { NativeSaSettings } from '../../lib/host/addon.js';

/** What the sender of one packet chooses. */
export interface Choices {
  readonly sequenceNumber: number;
  readonly iv: Uint8Array;
  readonly identification: number;
  readonly timeToLive: number;
  /** Whole blocks of padding beyond what is needed (RFC 4303 2.4 allows up to 255 bytes in all). */
  readonly morePadding?: number;
  /** In the place of 1, 2, 3, ... */
  readonly padding?: (index: number) => number;
  /** In the place of what is inside. */
  readonly nextHeader?: number;
  /** Bytes behind the inner packet (RFC 4303 2.7). */
  readonly trafficFlowPadding?: number;
}

export interface CipherRow {
  readonly name: string;
  readonly openssl?: string;
  readonly keyBytes: number;
  readonly saltBytes: number;
  readonly ivBytes: number;
  readonly blockBytes: number;
  readonly tagBytes: number;
}

const cbc = (name: string, openssl: string, keyBytes: number, blockBytes: number): CipherRow => {
  return { name, openssl, keyBytes, saltBytes: 0, ivBytes: blockBytes, blockBytes, tagBytes: 0 };
};
const aead = (name: string, openssl: string, keyBytes: number): CipherRow => {
  return { name, openssl, keyBytes, saltBytes: 4, ivBytes: 8, blockBytes: 4, tagBytes: 16 };
};

export const cipherRows: readonly CipherRow[] = [
  { name: 'null', keyBytes: 0, saltBytes: 0, ivBytes: 0, blockBytes: 4, tagBytes: 0 },
  cbc('des', 'des-ede3-cbc', 8, 8),
  cbc('3des', 'des-ede3-cbc', 24, 8),
  cbc('aes-128', 'aes-128-cbc', 16, 16),
  cbc('aes-192', 'aes-192-cbc', 24, 16),
  cbc('aes-256', 'aes-256-cbc', 32, 16),
  aead('aes-128-gcm', 'aes-128-gcm', 16),
  aead('aes-256-gcm', 'aes-256-gcm', 32),
  aead('chacha20-poly1305', 'chacha20-poly1305', 32),
];

export interface HashRow {
  readonly name: string;
  readonly hash?: string;
  readonly keyBytes: number;
  readonly icvBytes: number;
}

export const hashRows: readonly HashRow[] = [
  { name: 'null', keyBytes: 0, icvBytes: 0 },
  { name: 'md5', hash: 'md5', keyBytes: 16, icvBytes: 12 },
  { name: 'sha1', hash: 'sha1', keyBytes: 20, icvBytes: 12 },
  { name: 'sha256', hash: 'sha256', keyBytes: 32, icvBytes: 16 },
  { name: 'sha384', hash: 'sha384', keyBytes: 48, icvBytes: 24 },
  { name: 'sha512', hash: 'sha512', keyBytes: 64, icvBytes: 32 },
];

export function cipherRow(sa: NativeSaSettings): CipherRow {
  const row = cipherRows.find(({ name }) => name === sa.encryption);
  if (row === undefined) throw new Error(`no cipher ${sa.encryption}`);
  return row;
}

export function protectByHand(packet: Buffer, sa: NativeSaSettings, choices: Choices): Buffer {
  return sa.protocol === 'esp' ? espByHand(packet, sa, choices) : ahByHand(packet, sa, choices);
}

function espByHand(packet: Buffer, sa: NativeSaSettings, choices: Choices): Buffer {
  const start = headerBytes(packet);
  const tunnel = sa.mode === 'tunnel';
  const flowPadding = Buffer.alloc(choices.trafficFlowPadding ?? 0, 0xee);
  const payload = tunnel ? Buffer.concat([packet, flowPadding]) : packet.subarray(start);
  const next = choices.nextHeader ?? (tunnel ? 4 : packet.readUInt8(9));
  const { blockBytes } = cipherRow(sa);
  let padBytes = (choices.morePadding ?? 0) * blockBytes;
  while ((payload.length + padBytes + 2) % blockBytes !== 0) padBytes += 1;
  const padOf = choices.padding ?? ((index: number) => index + 1);
  const padding = Buffer.from(Array.from({ length: padBytes }, (_, index) => padOf(index)));
  const clear = Buffer.concat([payload, padding, Buffer.from([padBytes, next])]);
  const head = words(sa.spi, choices.sequenceNumber);
  const esp = Buffer.concat([head, encrypt(clear, head, sa, choices.iv)]);
  const signed = Buffer.concat([esp, icvOf(esp, sa)]);
  const body = sa.udp ? Buffer.concat([udpHeader(sa.udp, signed.length), signed]) : signed;
  return Buffer.concat([outerHeader(packet, sa, choices, sa.udp ? 17 : 50, body.length), body]);
}

/** The vector, the ciphertext, and the tag of a cipher that has one. */
function encrypt(clear: Buffer, head: Buffer, sa: NativeSaSettings, iv: Uint8Array): Buffer {
  const { name, openssl, keyBytes, tagBytes } = cipherRow(sa);
  if (openssl === undefined) return clear;
  const key = Buffer.from(sa.encryptionKey.subarray(0, keyBytes));
  if (tagBytes === 0) {
    const cipher = createCipheriv(
      openssl,
      name === 'des' ? Buffer.concat([key, key, key]) : key,
      iv,
    );
    cipher.setAutoPadding(false);
    return Buffer.concat([iv, cipher.update(clear), cipher.final()]);
  }
  const nonce = Buffer.concat([sa.encryptionKey.subarray(keyBytes), iv]);
  const options = { authTagLength: tagBytes };
  const cipher = createCipheriv(openssl as 'chacha20-poly1305', key, nonce, options);
  cipher.setAAD(head, { plaintextLength: clear.length });
  return Buffer.concat([iv, cipher.update(clear), cipher.final(), cipher.getAuthTag()]);
}

function ahByHand(packet: Buffer, sa: NativeSaSettings, choices: Choices): Buffer {
  const start = headerBytes(packet);
  const tunnel = sa.mode === 'tunnel';
  const payload = tunnel ? packet : packet.subarray(start);
  const icvBytes = icvOf(Buffer.alloc(0), sa).length;
  // RFC 4302 2.2: the length in words of 32 bits, minus 2.
  const fixed = Buffer.from([tunnel ? 4 : packet.readUInt8(9), (12 + icvBytes) / 4 - 2, 0, 0]);
  const ah = Buffer.concat([fixed, words(sa.spi, choices.sequenceNumber)]);
  const header = outerHeader(packet, sa, choices, 51, ah.length + icvBytes + payload.length);
  const covered = [immutablePart(header), ah, Buffer.alloc(icvBytes), payload];
  return Buffer.concat([header, ah, icvOf(Buffer.concat(covered), sa), payload]);
}

/** RFC 4302 3.3.3.1.1 and appendix A1, for a header on its way. */
export function immutablePart(header: Buffer): Buffer {
  const image = Buffer.from(header);
  for (const at of [1, 6, 7, 8, 10, 11]) image.writeUInt8(0, at);
  let at = 20;
  while (at < image.length) {
    const type = image.readUInt8(at);
    if (type === 0) break;
    const bytes = type === 1 ? 1 : image.readUInt8(at + 1);
    // A source route ends at its last address (loose 131, strict 137).
    const toCome = type === 131 || type === 137 ? image.readUInt8(at + 2) <= bytes : false;
    if (toCome) image.copy(image, 16, at + bytes - 4, at + bytes);
    if (![1, 130, 133, 134, 148, 149].includes(type)) image.fill(0, at, at + bytes);
    at += bytes;
  }
  return image;
}

/** The packet as it arrives: a hop further, and where a source route that is to come ends. */
export function travelled(packet: Buffer): Buffer {
  const arriving = Buffer.from(packet);
  arriving.writeUInt8((arriving.readUInt8(8) + 255) & 0xff, 8);
  let at = 20;
  while (at < headerBytes(packet) && arriving.readUInt8(at) !== 0) {
    const type = arriving.readUInt8(at);
    const bytes = type === 1 ? 1 : arriving.readUInt8(at + 1);
    if ((type === 131 || type === 137) && arriving.readUInt8(at + 2) <= bytes) {
      arriving.copy(arriving, 16, at + bytes - 4, at + bytes);
      arriving.writeUInt8(bytes + 1, at + 2);
    }
    at += bytes;
  }
  return withChecksum(arriving);
}

function icvOf(bytes: Buffer, sa: NativeSaSettings): Buffer {
  const row = hashRows.find(({ name }) => name === sa.integrity);
  if (row?.hash === undefined) return Buffer.alloc(0);
  return createHmac(row.hash, sa.integrityKey).update(bytes).digest().subarray(0, row.icvBytes);
}

function outerHeader(
  packet: Buffer,
  sa: NativeSaSettings,
  { identification, timeToLive }: Choices,
  protocol: number,
  bodyBytes: number,
): Buffer {
  const hadDf = (packet.readUInt8(6) & 0x40) !== 0;
  const df = { clear: false, inherit: hadDf, set: true }[sa.dontFragment];
  const tunnel = sa.mode === 'tunnel';
  const header = tunnel ? Buffer.alloc(20) : Buffer.from(packet.subarray(0, headerBytes(packet)));
  if (tunnel) {
    header.writeUInt8(0x45, 0);
    header.writeUInt8(packet.readUInt8(1), 1);
    header.writeUInt8(timeToLive, 8);
    header.writeUInt32BE(sa.source, 12);
    header.writeUInt32BE(sa.destination, 16);
  }
  if (tunnel || (hadDf && !df)) header.writeUInt16BE(identification, 4);
  header.writeUInt16BE(header.length + bodyBytes, 2);
  header.writeUInt8((header.readUInt8(6) & 0xbf) | (df ? 0x40 : 0), 6);
  header.writeUInt8(protocol, 9);
  return withChecksum(header);
}

function udpHeader(ports: { source: number; destination: number }, bytes: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(ports.source, 0);
  header.writeUInt16BE(ports.destination, 2);
  header.writeUInt16BE(8 + bytes, 4);
  return header;
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

export function headerBytes(packet: Uint8Array): number {
  return ((packet[0] ?? 0) & 0x0f) * 4;
}

/** The same header or packet with the checksum of RFC 791, in place. */
export function withChecksum(packet: Buffer): Buffer {
  packet.writeUInt16BE(0, 10);
  let sum = 0;
  for (let at = 0; at < headerBytes(packet); at += 2) sum += packet.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  packet.writeUInt16BE(~sum & 0xffff, 10);
  return packet;
}

/** The same packet after its length changed. */
export function withTrueLength(packet: Buffer): Buffer {
  packet.writeUInt16BE(packet.length, 2);
  return withChecksum(packet);
}
