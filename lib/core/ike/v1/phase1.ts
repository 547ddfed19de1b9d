/** What the phase 1 exchanges share: context, keys, identities and hashes (RFC 2409 5). */
import type { Endpoint } from '../../base/address.js';
import { addressFromBytes, addressToBytes } from '../../base/address.js';
import { toHex } from '../../base/bytes.js';
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
import { encodeBody } from '../../wire/message.js';
import { identificationType } from '../../wire/registry/identification-type.js';
import { notifyType } from '../../wire/registry/notify-type.js';
import type { Role, StepResult } from '../exchange.js';
import type { PeerConfig, SecretConfig } from '../ike-config.js';
import type { KeyExchange } from './key-exchange.js';
import { drop, payloadOf } from './payloads.js';

/** The keys that protect everything from message 5 on (RFC 2409 5, appendix B). */
export interface Phase1Keys {
  readonly skeyid: Uint8Array;
  readonly skeyidD: Uint8Array;
  readonly skeyidA: Uint8Array;
  readonly encryptionKey: Uint8Array;
  /** The last cipher block of phase 1 so far; quick modes start from its final value. */
  iv: Uint8Array;
}

/** What a phase 1 exchange knows; the fields fill up as messages pass. */
export interface Phase1Context {
  readonly crypto: CryptoProvider;
  readonly role: Role;
  readonly peer: PeerConfig;
  readonly secret: SecretConfig;
  readonly local: Endpoint;
  readonly keyExchange: KeyExchange;
  readonly initiatorCookie: Uint8Array;
  /** Zero until the responder has answered. */
  responderCookie: Uint8Array;
  /** Body of the initiator's SA payload, which both hashes cover. */
  saBody: Uint8Array;
  /** The responder's choice, once made. */
  answer?: Extract<Payload, { type: 'SA' }>;
  localNonce?: Uint8Array;
  remoteNonce?: Uint8Array;
  keys?: Phase1Keys;
  /** The peer's identity in words, once its hash was right. */
  remoteIdentity?: string;
  /** INITIAL-CONTACT came inside the peer's authenticated message. */
  initialContact?: boolean;
}

export const nonceBytes = 16;

/** Computes the keys from both nonces and the shared secret, which is wiped. */
export function establishKeys(context: Phase1Context): Phase1Keys | undefined {
  const { crypto, peer, keyExchange, localNonce, remoteNonce } = context;
  const { sharedSecret, localPublic, remotePublic } = keyExchange;
  if (
    sharedSecret === undefined ||
    localPublic === undefined ||
    remotePublic === undefined ||
    localNonce === undefined ||
    remoteNonce === undefined
  ) {
    return undefined;
  }
  const [nonceI, nonceR] = initiatorFirst(context.role, localNonce, remoteNonce);
  const [publicI, publicR] = initiatorFirst(context.role, localPublic, remotePublic);
  const preSharedKey = context.secret.preSharedKey.reveal();
  const skeyid = deriveSkeyidPsk(crypto, peer.hash, preSharedKey, nonceI, nonceR);
  const { skeyidD, skeyidA, skeyidE } = deriveSkeyidSet(
    crypto,
    peer.hash,
    skeyid,
    sharedSecret.reveal(),
    context.initiatorCookie,
    context.responderCookie,
  );
  sharedSecret.wipe();
  delete keyExchange.sharedSecret;
  const { blockBytes } = encryptionAlgorithm(peer.encryption);
  return {
    skeyid,
    skeyidD,
    skeyidA,
    encryptionKey: ikeEncryptionKey(crypto, peer.hash, skeyidE, peer.encryption),
    iv: phase1Iv(crypto, peer.hash, publicI, publicR, blockBytes),
  };
}

/** Sorts a local and a remote value into the initiator's and the responder's. */
export function initiatorFirst<T>(role: Role, local: T, remote: T): readonly [T, T] {
  return role === 'initiator' ? [local, remote] : [remote, local];
}

/** ID and HASH of ours. Our identity is the local address. */
export function buildAuthentication(context: Phase1Context, keys: Phase1Keys): Payload[] {
  const identity: Payload = {
    type: 'ID',
    idType: identificationType.ID_IPV4_ADDR,
    protocol: 0,
    port: 0,
    data: addressToBytes(context.local.address),
  };
  const data = authenticationHash(context, keys, context.role, encodeBody(identity));
  return [identity, { type: 'HASH', data }];
}

/** Believes the peer once its hash is right. Identities themselves are not compared. */
export function verifyAuthentication(
  context: Phase1Context,
  keys: Phase1Keys,
  payloads: readonly DecodedPayload[],
): StepResult {
  const identity = payloadOf(payloads, 'ID');
  const hash = payloadOf(payloads, 'HASH');
  if (identity === undefined || hash === undefined) return drop('malformed', 'ID or HASH missing');
  const author = context.role === 'initiator' ? 'responder' : 'initiator';
  const expected = authenticationHash(context, keys, author, identity.raw);
  if (!context.crypto.equal(expected, hash.data)) {
    return drop('authentication-failed', wrongSecret(context));
  }
  context.remoteIdentity = describeIdentity(identity);
  context.initialContact = payloads.some(
    (payload) => payload.type === 'N' && payload.notifyType === notifyType['INITIAL-CONTACT'],
  );
  return { kind: 'ok' };
}

/** The likeliest cause of whatever goes wrong from message 5 on. */
export function wrongSecret(context: Phase1Context): string {
  return `the secrets of the two routers differ: compare ${context.secret.label} with the peer's row`;
}

function authenticationHash(
  context: Phase1Context,
  keys: Phase1Keys,
  author: Role,
  idBody: Uint8Array,
): Uint8Array {
  const { localPublic, remotePublic } = context.keyExchange;
  const none = new Uint8Array(0);
  const [publicI, publicR] = initiatorFirst(
    context.role,
    localPublic ?? none,
    remotePublic ?? none,
  );
  return (author === 'initiator' ? hashI : hashR)(context.crypto, context.peer.hash, {
    skeyid: keys.skeyid,
    publicI,
    publicR,
    cookieI: context.initiatorCookie,
    cookieR: context.responderCookie,
    saBodyI: context.saBody,
    idBody,
  });
}

function describeIdentity(identity: Extract<Payload, { type: 'ID' }>): string {
  if (identity.idType === identificationType.ID_IPV4_ADDR && identity.data.length === 4) {
    return addressFromBytes(identity.data);
  }
  return `identity type ${identity.idType} ${toHex(identity.data.subarray(0, 32))}`;
}
