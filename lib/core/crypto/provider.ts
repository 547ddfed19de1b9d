/** The port through which the core reaches cryptography and randomness; hosts and simulators fill it. */
import type { Secret } from '../base/secret.js';
import type { DhGroupName, HashName, IkeEncryptionName } from './algorithms.js';

export interface CryptoProvider {
  hash(algorithm: HashName, ...data: readonly Uint8Array[]): Uint8Array;
  hmac(algorithm: HashName, key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array;
  /** CBC without padding: `data` is a whole number of blocks. */
  encrypt(
    algorithm: IkeEncryptionName,
    key: Uint8Array,
    iv: Uint8Array,
    data: Uint8Array,
  ): Uint8Array;
  decrypt(
    algorithm: IkeEncryptionName,
    key: Uint8Array,
    iv: Uint8Array,
    data: Uint8Array,
  ): Uint8Array;
  /** Unpredictable bytes. */
  random(length: number): Uint8Array;
  /** Compares in constant time; false when the lengths differ. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

/** Slow mathematics, done outside `handle` so that the host may use another thread. */
export type CryptoJob =
  | { readonly kind: 'dhGenerate'; readonly group: DhGroupName }
  | {
      readonly kind: 'dhDerive';
      readonly group: DhGroupName;
      readonly privateKey: Secret;
      /** The peer's public value, of the group's length, already checked against 1 < y < p - 1. */
      readonly peerPublic: Uint8Array;
    };

export type CryptoResult =
  | { readonly kind: 'dhGenerated'; readonly privateKey: Secret; readonly publicValue: Uint8Array }
  | { readonly kind: 'dhDerived'; readonly sharedSecret: Secret }
  /** The peer's public value is not one this group allows (RFC 2631 2.1.5: y <= 1 or y >= p - 1). */
  | { readonly kind: 'dhInvalid' };
