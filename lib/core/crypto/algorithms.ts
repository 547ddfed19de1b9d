/**
 * Every algorithm once: our name, its numbers on the wire, its name in the Linux kernel, its sizes.
 * Numbers: RFC 2409 appendix A (phase 1), RFC 2407 4.4 and 4.5 (phase 2), spec E-08 (kernel names).
 *
 * Weak ones work as the manual says, and are marked wherever they are chosen or used. Weak is what protects
 * nothing, what RFC 8221 (ESP, AH) or RFC 8247 (IKE) forbid, and the groups they call within reach of an
 * attacker with money. 3des and modp1536, which they advise against for their age, are not marked.
 */

/** What every row may say of itself. */
interface Rated {
  /** Why it is weak, with the source, as words that go on after `is weak:`. */
  readonly weak?: string;
}

export interface EncryptionAlgorithm extends Rated {
  readonly name: string;
  /** Phase 1 encryption attribute (RFC 2409 appendix A, RFC 3602), if it can protect IKE itself. */
  readonly ikev1?: number;
  /** ESP transform identifier (RFC 2407 4.4.4). */
  readonly esp: number;
  readonly keyBytes: number;
  readonly blockBytes: number;
  /** Value of the key length attribute in bits; undefined where the attribute must be absent. */
  readonly keyLengthBits?: number;
  readonly kernelName: string;
}

export const encryptionAlgorithms = [
  {
    name: 'des',
    ikev1: 1,
    esp: 2,
    keyBytes: 8,
    blockBytes: 8,
    kernelName: 'cbc(des)',
    weak: 'its 56-bit keys are found by trying them all (RFC 8221 5, RFC 8247 2.1: MUST NOT)',
  },
  { name: '3des', ikev1: 5, esp: 3, keyBytes: 24, blockBytes: 8, kernelName: 'cbc(des3_ede)' },
  {
    name: 'aes-128',
    ikev1: 7,
    esp: 12,
    keyBytes: 16,
    blockBytes: 16,
    keyLengthBits: 128,
    kernelName: 'cbc(aes)',
  },
  {
    name: 'aes-192',
    ikev1: 7,
    esp: 12,
    keyBytes: 24,
    blockBytes: 16,
    keyLengthBits: 192,
    kernelName: 'cbc(aes)',
  },
  {
    name: 'aes-256',
    ikev1: 7,
    esp: 12,
    keyBytes: 32,
    blockBytes: 16,
    keyLengthBits: 256,
    kernelName: 'cbc(aes)',
  },
  {
    name: 'null',
    esp: 11,
    keyBytes: 0,
    blockBytes: 4,
    kernelName: 'ecb(cipher_null)',
    weak: 'it encrypts nothing: whoever is on the path reads along (RFC 2410)',
  },
] as const satisfies readonly EncryptionAlgorithm[];

export type EncryptionName = (typeof encryptionAlgorithms)[number]['name'];
/** The ciphers that can protect IKE itself. */
export type IkeEncryptionName = Exclude<EncryptionName, 'null'>;

export interface HashAlgorithm extends Rated {
  /** Our name, as the peer menu spells it. */
  readonly name: string;
  /** Phase 1 hash attribute (RFC 2409 appendix A). */
  readonly ikev1: number;
  readonly bytes: number;
}

export const hashAlgorithms = [
  {
    name: 'md5',
    ikev1: 1,
    bytes: 16,
    weak: 'MD5 is broken as a hash (RFC 8247 2.2 and 2.3: MUST NOT)',
  },
  { name: 'sha', ikev1: 2, bytes: 20 },
  { name: 'sha256', ikev1: 4, bytes: 32 },
  { name: 'sha384', ikev1: 5, bytes: 48 },
  { name: 'sha512', ikev1: 6, bytes: 64 },
] as const satisfies readonly HashAlgorithm[];

export type HashName = (typeof hashAlgorithms)[number]['name'];

export interface IntegrityAlgorithm extends Rated {
  readonly name: string;
  /** Authentication algorithm attribute of phase 2 (RFC 2407 4.5); undefined = attribute absent. */
  readonly attribute?: number;
  /** AH transform identifier (RFC 2407 4.4.3); undefined = cannot serve AH. */
  readonly ah?: number;
  readonly keyBytes: number;
  readonly icvBytes: number;
  readonly kernelName: string;
}

export const integrityAlgorithms = [
  {
    name: 'md5',
    attribute: 1,
    ah: 2,
    keyBytes: 16,
    icvBytes: 12,
    kernelName: 'hmac(md5)',
    weak: 'MD5 is broken as a hash (RFC 8221 6: MUST NOT)',
  },
  { name: 'sha1', attribute: 2, ah: 3, keyBytes: 20, icvBytes: 12, kernelName: 'hmac(sha1)' },
  {
    name: 'null',
    keyBytes: 0,
    icvBytes: 0,
    kernelName: 'digest_null',
    weak: 'it authenticates nothing: packets are changed on their way unnoticed (RFC 8221 4)',
  },
] as const satisfies readonly IntegrityAlgorithm[];

export type IntegrityName = (typeof integrityAlgorithms)[number]['name'];

export interface DhGroup extends Rated {
  readonly name: string;
  /** Group description attribute (RFC 2409 6, RFC 3526). */
  readonly ikev1: number;
  /** racoon's private number of 2003, accepted from a peer, never sent (spec R-55). */
  readonly alias?: number;
  readonly publicBytes: number;
  /** Length of our private exponents in bits: at least twice the group's strength (RFC 3526 8). */
  readonly exponentBits: number;
}

export const dhGroups = [
  {
    name: 'modp768',
    ikev1: 1,
    publicBytes: 96,
    exponentBits: 160,
    weak: 'groups of 768 bits have been broken (RFC 8247 2.4: MUST NOT)',
  },
  {
    name: 'modp1024',
    ikev1: 2,
    publicBytes: 128,
    exponentBits: 160,
    weak: 'groups of 1024 bits are within reach of who has the money (RFC 8247 2.4: SHOULD NOT)',
  },
  { name: 'modp1536', ikev1: 5, publicBytes: 192, exponentBits: 240 },
  { name: 'modp2048', ikev1: 14, alias: 42048, publicBytes: 256, exponentBits: 256 },
  { name: 'modp3072', ikev1: 15, alias: 43072, publicBytes: 384, exponentBits: 288 },
  { name: 'modp4096', ikev1: 16, alias: 44096, publicBytes: 512, exponentBits: 336 },
  { name: 'modp6144', ikev1: 17, publicBytes: 768, exponentBits: 384 },
  { name: 'modp8192', ikev1: 18, alias: 48192, publicBytes: 1024, exponentBits: 416 },
] as const satisfies readonly DhGroup[];

export type DhGroupName = (typeof dhGroups)[number]['name'];

export function encryptionAlgorithm(name: EncryptionName): EncryptionAlgorithm {
  return rowNamed(encryptionAlgorithms, name);
}

export function hashAlgorithm(name: HashName): HashAlgorithm {
  return rowNamed(hashAlgorithms, name);
}

export function integrityAlgorithm(name: IntegrityName): IntegrityAlgorithm {
  return rowNamed(integrityAlgorithms, name);
}

export function dhGroup(name: DhGroupName): DhGroup {
  return rowNamed(dhGroups, name);
}

function rowNamed<T extends { readonly name: string }>(rows: readonly T[], name: T['name']): T {
  // The name types are made from the rows, so a row is always found.
  return rows.find((row) => row.name === name) as T;
}

/** The names of those that are weak, each once. */
export function weakNames(rows: readonly (Rated & { readonly name: string })[]): readonly string[] {
  return [...new Set(rows.filter(({ weak }) => weak !== undefined).map(({ name }) => name))];
}
