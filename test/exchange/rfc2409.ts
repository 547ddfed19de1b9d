/**
 * IKE version 1 written from RFC 2408 and RFC 2409 over node:crypto, without a line of the engine: what
 * a test needs to read captured messages, to check every hash in them, and to forge messages.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';

export interface Ike1Header {
  readonly cookieI: Buffer;
  readonly cookieR: Buffer;
  readonly next: number;
  readonly version: number;
  readonly exchange: number;
  readonly flags: number;
  readonly messageId: number;
  readonly length: number;
}

/** RFC 2408 3.1. */
export function readHeader(bytes: Uint8Array): Ike1Header {
  const data = Buffer.from(bytes);
  return {
    cookieI: data.subarray(0, 8),
    cookieR: data.subarray(8, 16),
    next: data.readUInt8(16),
    version: data.readUInt8(17),
    exchange: data.readUInt8(18),
    flags: data.readUInt8(19),
    messageId: data.readUInt32BE(20),
    length: data.readUInt32BE(24),
  };
}

/** One payload of a chain: number, body behind the generic header, and all of its bytes. */
export interface RawPayload {
  readonly type: number;
  readonly body: Buffer;
  readonly bytes: Buffer;
}

/** RFC 2408 3.2. */
export function readChain(first: number, bytes: Uint8Array): RawPayload[] {
  const data = Buffer.from(bytes);
  const payloads: RawPayload[] = [];
  let type = first;
  for (let offset = 0; type !== 0; ) {
    const length = data.readUInt16BE(offset + 2);
    if (length < 4 || offset + length > data.length) throw new Error(`payload at ${offset}`);
    const whole = data.subarray(offset, offset + length);
    payloads.push({ type, body: whole.subarray(4), bytes: whole });
    type = data.readUInt8(offset);
    offset += length;
  }
  return payloads;
}

export function writeChain(payloads: readonly (readonly [type: number, body: Uint8Array])[]) {
  const bytes = payloads.map(([, body], index) => {
    const generic = Buffer.alloc(4);
    generic.writeUInt8(payloads[index + 1]?.[0] ?? 0, 0);
    generic.writeUInt16BE(body.length + 4, 2);
    return Buffer.concat([generic, body]);
  });
  return { first: payloads[0]?.[0] ?? 0, bytes: Buffer.concat(bytes) };
}

export function writeHeader(header: Omit<Ike1Header, 'length'>, bodyLength: number): Buffer {
  const out = Buffer.alloc(28);
  header.cookieI.copy(out, 0);
  header.cookieR.copy(out, 8);
  out.writeUInt8(header.next, 16);
  out.writeUInt8(header.version, 17);
  out.writeUInt8(header.exchange, 18);
  out.writeUInt8(header.flags, 19);
  out.writeUInt32BE(header.messageId, 20);
  out.writeUInt32BE(28 + bodyLength, 24);
  return out;
}

export const payloadNumber = { SA: 1, KE: 4, ID: 5, HASH: 8, NONCE: 10, N: 11, D: 12, VID: 13 };
export const exchangeNumber = { base: 1, main: 2, aggressive: 4, informational: 5, quick: 32 };

/** The body of the first payload of a kind. */
export function bodyOf(payloads: readonly RawPayload[], type: keyof typeof payloadNumber): Buffer {
  const found = payloads.find((payload) => payload.type === payloadNumber[type]);
  if (found === undefined) throw new Error(`no ${type} payload`);
  return found.body;
}

export type OracleHash = 'md5' | 'sha1';

interface OracleCipher {
  readonly name: string;
  readonly keyBytes: number;
  readonly blockBytes: number;
}

const ciphers: Readonly<Record<string, OracleCipher>> = {
  // Triple DES with three equal keys is DES, which OpenSSL 3 no longer offers by name.
  des: { name: 'des-ede3-cbc', keyBytes: 8, blockBytes: 8 },
  '3des': { name: 'des-ede3-cbc', keyBytes: 24, blockBytes: 8 },
  'aes-128': { name: 'aes-128-cbc', keyBytes: 16, blockBytes: 16 },
  'aes-192': { name: 'aes-192-cbc', keyBytes: 24, blockBytes: 16 },
  'aes-256': { name: 'aes-256-cbc', keyBytes: 32, blockBytes: 16 },
};

/** g^xy by the definition of RFC 2409 5, for moduli as big-endian bytes. */
export function modularPower(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Buffer {
  const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const m = number(modulus);
  let result = 1n;
  let square = number(base) % m;
  for (let e = number(exponent); e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % m;
    square = (square * square) % m;
  }
  return Buffer.from(result.toString(16).padStart(2 * modulus.length, '0'), 'hex');
}

export interface TranscriptInput {
  readonly hash: OracleHash;
  readonly preSharedKey: string;
  /** Those of phase 1, initiator and responder in turn: as many as hold SA, KE and nonces of both. */
  readonly messages: readonly Uint8Array[];
}

/** What phase 1 shows in clear, and what it proves with the pre-shared key. */
export class Transcript {
  readonly hash: OracleHash;
  readonly skeyid: Buffer;
  readonly cookieI: Buffer;
  readonly cookieR: Buffer;
  readonly publicI: Buffer;
  readonly publicR: Buffer;
  readonly saBody: Buffer;

  constructor({ hash, preSharedKey, messages }: TranscriptInput) {
    const [, answer] = messages;
    if (answer === undefined) throw new Error('phase 1 up to both public values is needed');
    this.hash = hash;
    const { cookieI, cookieR } = readHeader(answer);
    this.cookieI = cookieI;
    this.cookieR = cookieR;
    const clearOf = (side: 0 | 1) =>
      messages
        .filter((message, index) => index % 2 === side && !isEncrypted(message))
        .flatMap((message) => readChain(readHeader(message).next, message.subarray(28)));
    const [initiator, responder] = [clearOf(0), clearOf(1)];
    this.saBody = bodyOf(initiator, 'SA');
    this.publicI = bodyOf(initiator, 'KE');
    this.publicR = bodyOf(responder, 'KE');
    const nonces = [bodyOf(initiator, 'NONCE'), bodyOf(responder, 'NONCE')];
    // SKEYID = prf(pre-shared-key, Ni_b | Nr_b)                                      RFC 2409 5
    this.skeyid = this.prf(Buffer.from(preSharedKey, 'utf8'), ...nonces);
  }

  prf(key: Uint8Array, ...data: readonly Uint8Array[]): Buffer {
    return createHmac(this.hash, key).update(Buffer.concat(data)).digest();
  }

  /** HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b). */
  hashI(idBody: Uint8Array): Buffer {
    const { publicI, publicR, cookieI, cookieR, saBody } = this;
    return this.prf(this.skeyid, publicI, publicR, cookieI, cookieR, saBody, idBody);
  }

  /** HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b). */
  hashR(idBody: Uint8Array): Buffer {
    const { publicI, publicR, cookieI, cookieR, saBody } = this;
    return this.prf(this.skeyid, publicR, publicI, cookieR, cookieI, saBody, idBody);
  }

  /** HASH_I of base mode = prf(SKEYID, g^xi | CKY-I | CKY-R | SAi_b | IDii_b); its HASH_R is as ever. */
  baseHashI(idBody: Uint8Array): Buffer {
    const { publicI, cookieI, cookieR, saBody } = this;
    return this.prf(this.skeyid, publicI, cookieI, cookieR, saBody, idBody);
  }
}

function isEncrypted(message: Uint8Array): boolean {
  return (readHeader(message).flags & 1) !== 0;
}

export interface OracleInput extends TranscriptInput {
  readonly cipher: string;
  readonly sharedSecret: Uint8Array;
}

/**
 * Every secret of one ISAKMP SA, computed from what was on the wire, the PSK and g^xy. All messages of
 * phase 1 are needed for what comes after it.
 */
export class Oracle extends Transcript {
  readonly skeyidD: Buffer;
  readonly skeyidA: Buffer;
  readonly skeyidE: Buffer;
  readonly key: Buffer;
  readonly firstIv: Buffer;
  /** Last encrypted block of phase 1: quick modes and informationals start from it (appendix B). */
  readonly lastBlock: Buffer;
  readonly #cipher: OracleCipher;

  constructor(input: OracleInput) {
    super(input);
    const { hash, cipher, sharedSecret, messages } = input;
    const found = ciphers[cipher];
    if (!found) throw new Error(`no cipher ${cipher}`);
    this.#cipher = found;
    // SKEYID_d = prf(SKEYID, g^xy | CKY-I | CKY-R | 0), _a and _e chained
    const common = [sharedSecret, this.cookieI, this.cookieR];
    this.skeyidD = this.prf(this.skeyid, ...common, Uint8Array.of(0));
    this.skeyidA = this.prf(this.skeyid, this.skeyidD, ...common, Uint8Array.of(1));
    this.skeyidE = this.prf(this.skeyid, this.skeyidA, ...common, Uint8Array.of(2));
    this.key = this.#encryptionKey();
    // IV = hash(g^xi | g^xr)                                                         appendix B
    const digest = createHash(hash).update(this.publicI).update(this.publicR).digest();
    this.firstIv = digest.subarray(0, found.blockBytes);
    const last = messages.filter(isEncrypted).at(-1);
    this.lastBlock = last ? this.blockAfter(last) : this.firstIv;
  }

  #encryptionKey(): Buffer {
    const { keyBytes } = this.#cipher;
    if (keyBytes <= this.skeyidE.length) return this.skeyidE.subarray(0, keyBytes);
    // Ka = K1 | K2 | K3, K1 = prf(SKEYID_e, 0), K2 = prf(SKEYID_e, K1)                appendix B
    let block = this.prf(this.skeyidE, Uint8Array.of(0));
    let all = block;
    while (all.length < keyBytes) {
      block = this.prf(this.skeyidE, block);
      all = Buffer.concat([all, block]);
    }
    return all.subarray(0, keyBytes);
  }

  #cipherKey(): Buffer {
    return this.#cipher.keyBytes === 8 ? Buffer.concat([this.key, this.key, this.key]) : this.key;
  }

  decrypt(iv: Uint8Array, message: Uint8Array): Buffer {
    const cipher = createDecipheriv(this.#cipher.name, this.#cipherKey(), iv);
    cipher.setAutoPadding(false);
    return Buffer.concat([cipher.update(message.subarray(28)), cipher.final()]);
  }

  encrypt(iv: Uint8Array, body: Uint8Array): Buffer {
    const { blockBytes } = this.#cipher;
    const padding = Buffer.alloc((blockBytes - (body.length % blockBytes)) % blockBytes);
    const cipher = createCipheriv(this.#cipher.name, this.#cipherKey(), iv);
    cipher.setAutoPadding(false);
    return Buffer.concat([cipher.update(Buffer.concat([body, padding])), cipher.final()]);
  }

  /** IV of an exchange under the SA = hash(last phase 1 block | M-ID), appendix B. */
  exchangeIv(messageId: number): Buffer {
    const digest = createHash(this.hash).update(this.lastBlock).update(number32(messageId));
    return digest.digest().subarray(0, this.#cipher.blockBytes);
  }

  blockAfter(message: Uint8Array): Buffer {
    return Buffer.from(message.subarray(-this.#cipher.blockBytes));
  }

  /** Payloads of an encrypted message. */
  open(iv: Uint8Array, message: Uint8Array): RawPayload[] {
    return readChain(readHeader(message).next, this.decrypt(iv, message));
  }

  /** KEYMAT of an SA (RFC 2409 5.5): K1 | K2 | ..., Kn = prf(SKEYID_d, Kn-1 | g(qm)^xy | ...). */
  keymat(
    seed: {
      readonly protocol: number;
      readonly spi: Uint8Array;
      readonly nonceI: Uint8Array;
      readonly nonceR: Uint8Array;
      readonly pfsSecret?: Uint8Array;
    },
    length: number,
  ): Buffer {
    const { protocol, spi, nonceI, nonceR, pfsSecret } = seed;
    const tail = [pfsSecret ?? Buffer.alloc(0), Uint8Array.of(protocol), spi, nonceI, nonceR];
    let block = this.prf(this.skeyidD, ...tail);
    let all = block;
    while (all.length < length) {
      block = this.prf(this.skeyidD, block, ...tail);
      all = Buffer.concat([all, block]);
    }
    return all.subarray(0, length);
  }

  // --- forging: what somebody who knows the keys could send -----------------------------------------

  /** An encrypted message of an exchange, its first payload HASH(1) over the rest. */
  forge(
    exchange: number,
    messageId: number,
    payloads: readonly (readonly [type: number, body: Uint8Array])[],
    options: { readonly hash?: Uint8Array; readonly iv?: Uint8Array; readonly flags?: number } = {},
  ): Uint8Array {
    const rest = writeChain(payloads).bytes;
    const hash = options.hash ?? this.prf(this.skeyidA, number32(messageId), rest);
    return this.forgeRaw(exchange, messageId, [[payloadNumber.HASH, hash], ...payloads], options);
  }

  /** The same with exactly these payloads. */
  forgeRaw(
    exchange: number,
    messageId: number,
    payloads: readonly (readonly [type: number, body: Uint8Array])[],
    options: { readonly iv?: Uint8Array; readonly flags?: number } = {},
  ): Uint8Array {
    const { first, bytes } = writeChain(payloads);
    const body = this.encrypt(options.iv ?? this.exchangeIv(messageId), bytes);
    const { cookieI, cookieR } = this;
    const flags = options.flags ?? 1;
    const header = { cookieI, cookieR, next: first, version: 0x10, exchange, flags, messageId };
    return Uint8Array.from(Buffer.concat([writeHeader(header, body.length), body]));
  }
}

export function number32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}
