/** Key derivation and authentication hashes of IKE version 1 (RFC 2409 5, 5.5, 5.7 and appendix B). */
import { assert } from '../base/assert.js';
import { concat } from '../base/bytes.js';
import { encryptionAlgorithm, type HashName, type IkeEncryptionName } from './algorithms.js';
import type { CryptoProvider } from './provider.js';
import { isWeakDesKey } from './weak-keys.js';

// prf is HMAC with the negotiated hash: no other has ever been assigned (RFC 2409 4).
// Names ending in Body are payloads without their generic header (`_b` in the RFC), and so are nonces.

/** SKEYID with a pre-shared key: prf(key, Ni_b | Nr_b) (RFC 2409 5.4). */
export function deriveSkeyidPsk(
  crypto: CryptoProvider,
  hash: HashName,
  preSharedKey: Uint8Array,
  nonceI: Uint8Array,
  nonceR: Uint8Array,
): Uint8Array {
  return crypto.hmac(hash, preSharedKey, nonceI, nonceR);
}

/** SKEYID with signatures: prf(Ni_b | Nr_b, g^xy) (RFC 2409 5.1). */
export function deriveSkeyidSignature(
  crypto: CryptoProvider,
  hash: HashName,
  nonceI: Uint8Array,
  nonceR: Uint8Array,
  sharedSecret: Uint8Array,
): Uint8Array {
  return crypto.hmac(hash, concat(nonceI, nonceR), sharedSecret);
}

export interface SkeyidSet {
  /** Root of the keys of IPsec SAs. */
  readonly skeyidD: Uint8Array;
  /** Authenticates messages under the ISAKMP SA. */
  readonly skeyidA: Uint8Array;
  /** Root of the key that encrypts them. */
  readonly skeyidE: Uint8Array;
}

/** SKEYID_d, SKEYID_a and SKEYID_e, each as long as the hash (RFC 2409 5). */
export function deriveSkeyidSet(
  crypto: CryptoProvider,
  hash: HashName,
  skeyid: Uint8Array,
  sharedSecret: Uint8Array,
  cookieI: Uint8Array,
  cookieR: Uint8Array,
): SkeyidSet {
  const common = concat(sharedSecret, cookieI, cookieR);
  const skeyidD = crypto.hmac(hash, skeyid, common, Uint8Array.of(0));
  const skeyidA = crypto.hmac(hash, skeyid, skeyidD, common, Uint8Array.of(1));
  const skeyidE = crypto.hmac(hash, skeyid, skeyidA, common, Uint8Array.of(2));
  return { skeyidD, skeyidA, skeyidE };
}

/**
 * The first `length` bytes of SKEYID_e, or, where it is shorter, of K1 | K2 | ... with
 * K1 = prf(SKEYID_e, 0) and Kn = prf(SKEYID_e, Kn-1) (RFC 2409 appendix B).
 */
export function expandSkeyidE(
  crypto: CryptoProvider,
  hash: HashName,
  skeyidE: Uint8Array,
  length: number,
): Uint8Array {
  if (length <= skeyidE.length) return skeyidE.slice(0, length);
  return expand(length, (previous) => crypto.hmac(hash, skeyidE, previous ?? Uint8Array.of(0)));
}

/** The key that encrypts messages under the ISAKMP SA, of the cipher's length. */
export function ikeEncryptionKey(
  crypto: CryptoProvider,
  hash: HashName,
  skeyidE: Uint8Array,
  encryption: IkeEncryptionName,
): Uint8Array {
  const { keyBytes } = encryptionAlgorithm(encryption);
  if (encryption !== 'des') return expandSkeyidE(crypto, hash, skeyidE, keyBytes);
  // Appendix B asks for the first eight bytes that are no weak key of DES; a second weak one in a
  // row would be a fault of the hash.
  const candidates = expandSkeyidE(crypto, hash, skeyidE, 2 * keyBytes);
  const first = candidates.slice(0, keyBytes);
  return isWeakDesKey(first) ? candidates.slice(keyBytes) : first;
}

/** IV of the first encrypted message of phase 1: hash(g^xi | g^xr), cut to a block (appendix B). */
export function phase1Iv(
  crypto: CryptoProvider,
  hash: HashName,
  publicI: Uint8Array,
  publicR: Uint8Array,
  blockBytes: number,
): Uint8Array {
  return crypto.hash(hash, publicI, publicR).slice(0, blockBytes);
}

/**
 * IV of the first message of an exchange under the ISAKMP SA: hash(last cipher block of phase 1 |
 * message id), cut to a block (appendix B).
 */
export function phase2Iv(
  crypto: CryptoProvider,
  hash: HashName,
  lastBlock: Uint8Array,
  messageId: number,
  blockBytes: number,
): Uint8Array {
  return crypto.hash(hash, lastBlock, messageIdBytes(messageId)).slice(0, blockBytes);
}

/** What HASH_I and HASH_R are made of; `idBody` is the ID payload of whose hash it is. */
export interface Phase1HashInput {
  readonly skeyid: Uint8Array;
  readonly publicI: Uint8Array;
  readonly publicR: Uint8Array;
  readonly cookieI: Uint8Array;
  readonly cookieR: Uint8Array;
  /** The initiator's SA payload as it stood in the first message. */
  readonly saBodyI: Uint8Array;
  readonly idBody: Uint8Array;
}

/** HASH_I = prf(SKEYID, g^xi | g^xr | CKY-I | CKY-R | SAi_b | IDii_b) (RFC 2409 5). */
export function hashI(crypto: CryptoProvider, hash: HashName, input: Phase1HashInput): Uint8Array {
  const { skeyid, publicI, publicR, cookieI, cookieR, saBodyI, idBody } = input;
  return crypto.hmac(hash, skeyid, publicI, publicR, cookieI, cookieR, saBodyI, idBody);
}

/** HASH_R = prf(SKEYID, g^xr | g^xi | CKY-R | CKY-I | SAi_b | IDir_b) (RFC 2409 5). */
export function hashR(crypto: CryptoProvider, hash: HashName, input: Phase1HashInput): Uint8Array {
  const { skeyid, publicI, publicR, cookieI, cookieR, saBodyI, idBody } = input;
  return crypto.hmac(hash, skeyid, publicR, publicI, cookieR, cookieI, saBodyI, idBody);
}

/** A message under the ISAKMP SA; `rest`: everything after its HASH payload, without padding. */
export interface MessageHashInput {
  readonly skeyidA: Uint8Array;
  readonly messageId: number;
  /** The payloads after HASH, each with its generic header, as sent or received. */
  readonly rest: Uint8Array;
}

/** HASH(1) of quick mode = prf(SKEYID_a, M-ID | SA | Ni [| KE] [| IDci | IDcr]) (RFC 2409 5.5). */
export function quickModeHash1(
  crypto: CryptoProvider,
  hash: HashName,
  { skeyidA, messageId, rest }: MessageHashInput,
): Uint8Array {
  return crypto.hmac(hash, skeyidA, messageIdBytes(messageId), rest);
}

/** HASH(2) of quick mode: as HASH(1), with Ni_b before the rest (RFC 2409 5.5). */
export function quickModeHash2(
  crypto: CryptoProvider,
  hash: HashName,
  { skeyidA, messageId, nonceI, rest }: MessageHashInput & { readonly nonceI: Uint8Array },
): Uint8Array {
  return crypto.hmac(hash, skeyidA, messageIdBytes(messageId), nonceI, rest);
}

/** HASH(3) of quick mode = prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b) (RFC 2409 5.5). */
export function quickModeHash3(
  crypto: CryptoProvider,
  hash: HashName,
  input: {
    readonly skeyidA: Uint8Array;
    readonly messageId: number;
    readonly nonceI: Uint8Array;
    readonly nonceR: Uint8Array;
  },
): Uint8Array {
  const { skeyidA, messageId, nonceI, nonceR } = input;
  const zero = Uint8Array.of(0);
  return crypto.hmac(hash, skeyidA, zero, messageIdBytes(messageId), nonceI, nonceR);
}

/** HASH(1) of an informational exchange = prf(SKEYID_a, M-ID | N/D) (RFC 2409 5.7). */
export function informationalHash(
  crypto: CryptoProvider,
  hash: HashName,
  input: MessageHashInput,
): Uint8Array {
  return quickModeHash1(crypto, hash, input);
}

export interface KeymatInput {
  readonly skeyidD: Uint8Array;
  /** Protocol number of RFC 2407 4.4.1 from the proposal. */
  readonly protocol: number;
  /** The four bytes chosen by the receiver of that SA. */
  readonly spi: Uint8Array;
  readonly nonceI: Uint8Array;
  readonly nonceR: Uint8Array;
  /** g(qm)^xy, with perfect forward secrecy only. */
  readonly sharedSecret?: Uint8Array;
  /** Bytes wanted: encryption key and integrity key together. */
  readonly length: number;
}

/** KEYMAT of one IPsec SA: prf(SKEYID_d, [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b) (RFC 2409 5.5). */
export function quickModeKeymat(
  crypto: CryptoProvider,
  hash: HashName,
  { skeyidD, protocol, spi, nonceI, nonceR, sharedSecret, length }: KeymatInput,
): Uint8Array {
  const secret = sharedSecret ?? new Uint8Array(0);
  const seed = concat(secret, Uint8Array.of(protocol), spi, nonceI, nonceR);
  return expandKeymat(crypto, hash, skeyidD, seed, length);
}

/** K1 | K2 | ... with K1 = prf(key, seed) and Kn = prf(key, Kn-1 | seed) (RFC 2409 5.5). */
export function expandKeymat(
  crypto: CryptoProvider,
  hash: HashName,
  key: Uint8Array,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  return expand(length, (previous) => crypto.hmac(hash, key, previous ?? new Uint8Array(0), seed));
}

/** Cuts KEYMAT into the encryption key and, after it, the integrity key (RFC 2407 4.5). */
export function splitKeymat(
  keymat: Uint8Array,
  encryptionBytes: number,
  integrityBytes: number,
): { encryptionKey: Uint8Array; integrityKey: Uint8Array } {
  assert(keymat.length >= encryptionBytes + integrityBytes, 'KEYMAT is as long as both keys');
  return {
    encryptionKey: keymat.slice(0, encryptionBytes),
    integrityKey: keymat.slice(encryptionBytes, encryptionBytes + integrityBytes),
  };
}

/** Concatenates blocks, each made from the one before, and cuts them to `length`. */
function expand(length: number, block: (previous?: Uint8Array) => Uint8Array): Uint8Array {
  const out = new Uint8Array(length);
  let previous: Uint8Array | undefined;
  for (let offset = 0; offset < length; offset += previous.length) {
    previous = block(previous);
    out.set(previous.subarray(0, length - offset), offset);
  }
  return out;
}

function messageIdBytes(messageId: number): Uint8Array {
  return Uint8Array.of(messageId >>> 24, messageId >>> 16, messageId >>> 8, messageId);
}
