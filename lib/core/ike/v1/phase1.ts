/** What the phase 1 exchanges share: context, keys, identities and hashes (RFC 2409 5). */
import type { Endpoint } from '../../base/address.js';
import { encryptionAlgorithm } from '../../crypto/algorithms.js';
import {
  deriveSkeyidPsk,
  deriveSkeyidSet,
  hashI,
  hashR,
  ikeEncryptionKey,
  phase1Iv,
} from '../../crypto/keymat-v1.js';
import type { CryptoProvider } from '../../crypto/provider.js';
import type { DecodedPayload, Payload } from '../../wire/message.js';
import type { Role } from '../exchange.js';
import type { PeerConfig, SecretConfig } from '../ike-config.js';
import type { KeyExchange } from './key-exchange.js';

/** The keys that protect everything from message 5 on (RFC 2409 5, appendix B). */
export interface Phase1Keys {
  readonly skeyid: Uint8Array;
  readonly skeyidD: Uint8Array;
  readonly skeyidA: Uint8Array;
  readonly encryptionKey: Uint8Array;
  /** The last cipher block of phase 1 so far; quick modes start from its final value. */
  iv: Uint8Array;
}

/**
 * What a phase 1 exchange knows; the fields fill up as messages pass. What has served becomes undefined: an
 * object that loses a field is several times as large.
 */
export interface Phase1Context {
  readonly crypto: CryptoProvider;
  readonly role: Role;
  readonly peer: PeerConfig;
  /** By the peer's address in main mode; otherwise once the peer's identity is known. */
  secret: SecretConfig | undefined;
  /** Why there is no secret for this identity: `secret` is then one that nobody knows. */
  noSecret?: string | undefined;
  /** The secret for a peer that calls itself so. */
  readonly findSecret: (identity: string | undefined) => SecretConfig | undefined;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly keyExchange: KeyExchange;
  readonly initiatorCookie: Uint8Array;
  /** Zero until the responder has answered. */
  responderCookie: Uint8Array;
  /** The one of the message at hand: it counts once that message is believed. */
  offeredCookie?: Uint8Array | undefined;
  /** Body of the initiator's SA payload, which both hashes cover. */
  saBody: Uint8Array;
  /** The responder's choice, once made. */
  answer?: Extract<Payload, { type: 'SA' }> | undefined;
  localNonce?: Uint8Array | undefined;
  remoteNonce?: Uint8Array | undefined;
  keys?: Phase1Keys | undefined;
  /** The peer's ID payload of the message at hand, or of an earlier one. */
  remoteId?: Extract<DecodedPayload, { type: 'ID' }> | undefined;
  /** The message at hand was encrypted. */
  isEncrypted?: boolean;
  /** Messages whose hash was wrong after a whole Diffie-Hellman computation. */
  wrongHashes?: number;
  /** The peer's identity in words, once its hash was right. */
  remoteIdentity?: string;
  /** INITIAL-CONTACT came inside the peer's authenticated message. */
  initialContact?: boolean;
}

export const nonceBytes = 16;

/** SKEYID, which with a pre-shared key needs no Diffie-Hellman (RFC 2409 5.4). */
function skeyidOf(context: Phase1Context): Uint8Array | undefined {
  const { crypto, peer, secret, localNonce, remoteNonce } = context;
  if (secret === undefined || localNonce === undefined || remoteNonce === undefined)
    return undefined;
  const [nonceI, nonceR] = initiatorFirst(context.role, localNonce, remoteNonce);
  return deriveSkeyidPsk(crypto, peer.hash, secret.preSharedKey.reveal(), nonceI, nonceR);
}

function responderCookieOf({ role, responderCookie, offeredCookie }: Phase1Context): Uint8Array {
  return role === 'initiator' ? (offeredCookie ?? responderCookie) : responderCookie;
}

/** Computes the keys from both nonces and the shared secret, which is wiped. */
export function establishKeys(context: Phase1Context): Phase1Keys | undefined {
  const { crypto, peer, keyExchange } = context;
  const { sharedSecret, localPublic, remotePublic } = keyExchange;
  if (sharedSecret === undefined || localPublic === undefined || remotePublic === undefined) {
    return undefined;
  }
  const [publicI, publicR] = initiatorFirst(context.role, localPublic, remotePublic);
  const skeyid = skeyidOf(context);
  if (skeyid === undefined) return undefined;
  const { skeyidD, skeyidA, skeyidE } = deriveSkeyidSet(
    crypto,
    peer.hash,
    skeyid,
    sharedSecret.reveal(),
    context.initiatorCookie,
    responderCookieOf(context),
  );
  sharedSecret.wipe();
  keyExchange.sharedSecret = undefined;
  const { blockBytes } = encryptionAlgorithm(peer.encryption);
  return {
    skeyid,
    skeyidD,
    skeyidA,
    encryptionKey: ikeEncryptionKey(crypto, peer.hash, skeyidE, peer.encryption),
    iv: phase1Iv(crypto, peer.hash, publicI, publicR, blockBytes),
  };
}

/** Lets go of what only the exchange itself needs: an established IKE SA lives for a day. */
export function forgetNegotiation(context: Phase1Context): void {
  const { keyExchange } = context;
  keyExchange.privateKey?.wipe();
  keyExchange.privateKey = undefined;
  keyExchange.localPublic = undefined;
  keyExchange.remotePublic = undefined;
  context.answer = undefined;
  context.localNonce = undefined;
  context.remoteNonce = undefined;
  context.remoteId = undefined;
  context.offeredCookie = undefined;
  context.saBody = nothing;
}

const nothing = new Uint8Array(0);

/** Sorts a local and a remote value into the initiator's and the responder's. */
export function initiatorFirst<T>(role: Role, local: T, remote: T): readonly [T, T] {
  return role === 'initiator' ? [local, remote] : [remote, local];
}

/** The likeliest cause of whatever goes wrong once secrets are to be proved. */
export function wrongSecret({ secret, noSecret }: Phase1Context): string {
  if (noSecret !== undefined) return noSecret;
  const row = secret?.label ?? '/ip ipsec pre-shared-secret';
  return `the secrets of the two routers differ: compare ${row} with the peer's row`;
}

/** Base mode's HASH_I leaves out g^xr, which its author does not know yet: it is empty there. */
export function authenticationHash(
  context: Phase1Context,
  author: Role,
  idBody: Uint8Array,
): Uint8Array | undefined {
  const skeyid = context.keys?.skeyid ?? skeyidOf(context);
  if (skeyid === undefined) return undefined;
  const { localPublic, remotePublic } = context.keyExchange;
  const none = new Uint8Array(0);
  const [publicI, publicR] = initiatorFirst(
    context.role,
    localPublic ?? none,
    remotePublic ?? none,
  );
  return (author === 'initiator' ? hashI : hashR)(context.crypto, context.peer.hash, {
    skeyid,
    publicI,
    publicR: context.peer.exchangeMode === 'base' && author === 'initiator' ? none : publicR,
    cookieI: context.initiatorCookie,
    cookieR: responderCookieOf(context),
    saBodyI: context.saBody,
    idBody,
  });
}
