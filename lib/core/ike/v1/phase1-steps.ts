/** What the messages of the phase 1 modes have in common: taking and making their payloads (RFC 2409 5). */
import { Secret } from '../../base/secret.js';
import { isWeakKey } from '../../crypto/weak-keys.js';
import type { DecodedPayload, Payload } from '../../wire/message.js';
import { encodeBody } from '../../wire/message.js';
import { notifyType } from '../../wire/registry/notify-type.js';
import type { BuildResult, StepResult } from '../exchange.js';
import { describeIdentity, identityOf, identityText } from './identity.js';
import { agreeOnSecret, forgetPeerValue } from './key-exchange.js';
import { drop, payloadOf, takeNonce } from './payloads.js';
import type { Phase1Context } from './phase1.js';
import { authenticationHash, establishKeys, nonceBytes, wrongSecret } from './phase1.js';
import { checkPhase1Answer, choosePhase1, describePeer, phase1Offer } from './phase1-proposal.js';

type Take = (context: Phase1Context, payloads: readonly DecodedPayload[]) => StepResult;

/** Takes the parts of a message one after the other, up to the first that does not pass. */
export function inOrder(...parts: readonly Take[]): Take {
  return (context, payloads) => {
    for (const take of parts) {
      const taken = take(context, payloads);
      if (taken.kind !== 'ok') return taken;
    }
    return { kind: 'ok' };
  };
}

/** Takes the initiator's proposal, or refuses it in words. */
export function takeOffer(context: Phase1Context, payloads: readonly DecodedPayload[]): StepResult {
  const offer = payloadOf(payloads, 'SA');
  if (offer === undefined) return drop('malformed', 'no SA payload');
  const { peer } = context;
  const choice = choosePhase1(peer, offer);
  if (choice.kind === 'none') {
    return {
      kind: 'refuse',
      notifyType: notifyType['NO-PROPOSAL-CHOSEN'],
      reason: 'no-proposal-chosen',
      message: choice.message,
      attributes: choice.attributes,
    };
  }
  context.saBody = offer.raw;
  context.answer = choice.answer;
  return { kind: 'ok' };
}

/** Whether the responder answered with what we offered. */
export function checkAnswer(
  { peer }: Phase1Context,
  payloads: readonly DecodedPayload[],
): StepResult {
  const answer = payloadOf(payloads, 'SA');
  const wrong = answer === undefined ? 'nothing' : checkPhase1Answer(peer, answer);
  if (wrong === undefined) return { kind: 'ok' };
  return drop(
    'misbehaved',
    `the peer answers ${wrong} to our offer ${describePeer(peer)} (${peer.label})`,
  );
}

/** Takes the peer's nonce and makes ours. */
export function exchangeNonces(
  context: Phase1Context,
  payloads: readonly DecodedPayload[],
): StepResult {
  const nonce = takeNonce(payloads);
  if (nonce.kind === 'drop') return nonce;
  context.remoteNonce = nonce.data;
  ourNonce(context);
  return { kind: 'ok' };
}

/** Our nonce, made when it is first wanted. */
export function ourNonce(context: Phase1Context): Payload {
  context.localNonce ??= context.crypto.random(nonceBytes);
  return { type: 'NONCE', data: context.localNonce };
}

/** Takes the peer's identity in clear, and the secret for it (aggressive and base mode, R-53). */
export function takeIdentity(
  context: Phase1Context,
  payloads: readonly DecodedPayload[],
): StepResult {
  const identity = payloadOf(payloads, 'ID');
  if (identity === undefined) return drop('malformed', 'no ID payload');
  context.remoteId = identity;
  const secret = context.findSecret(identityText(identity));
  if (secret !== undefined) {
    context.secret = secret;
    return { kind: 'ok' };
  }
  const { address } = context.remote;
  const name = describeIdentity(identity);
  const message = `couldn't find the pskey for ${name} at ${address}: no enabled /ip ipsec pre-shared-secret row has that ident-string or address, add one with ident-string=${name} or address=${address}`;
  // What an initiator receives here anybody may have forged: a better answer may still come.
  if (context.role === 'initiator') return drop('no-secret', message);
  pretendSecret(context, message);
  return { kind: 'ok' };
}

/**
 * Whoever asks with one name after the other must not learn which of them have a secret (hostile #25): one
 * without is answered with a secret that nobody knows, so that its author cannot prove anything.
 */
function pretendSecret(context: Phase1Context, why: string): void {
  if (context.noSecret !== undefined) return;
  context.noSecret = why;
  const preSharedKey = new Secret(context.crypto.random(unknownSecretBytes));
  context.secret = { id: noRow, label: '/ip ipsec pre-shared-secret', preSharedKey };
}

const unknownSecretBytes = 20;
/** No row has this id. */
const noRow = -1;

/** Our proposal, whose body both hashes cover. */
export function ourOffer(context: Phase1Context): Payload {
  const offer = phase1Offer(context.peer);
  context.saBody = encodeBody(offer);
  return offer;
}

/** Our public value; undefined before there is a key pair. */
export function ourPublicValue({ keyExchange }: Phase1Context): Payload | undefined {
  const { localPublic } = keyExchange;
  return localPublic && { type: 'KE', data: localPublic };
}

/** A message of payloads that must all be there by now: a missing one would be a bug of ours. */
export function built(...payloads: readonly (Payload | undefined)[]): BuildResult {
  const present = payloads.filter((payload) => payload !== undefined);
  return present.length === payloads.length
    ? { kind: 'built', payloads: present }
    : { kind: 'fail', reason: 'internal', message: 'a part of our message could not be made' };
}

/** Our ID payload. */
export function ourIdentity({ local }: Phase1Context): Payload {
  return identityOf(local.address);
}

/** HASH_I or HASH_R of ours; undefined before there are keys. */
export function ourHash(context: Phase1Context): Payload | undefined {
  const idBody = encodeBody(ourIdentity(context));
  const data = authenticationHash(context, context.role, idBody);
  return data && { type: 'HASH', data };
}

/**
 * Believes the peer once its hash is right, over the identity of this message or of an earlier one.
 * Identities themselves are not compared.
 */
export function verifyHash(
  context: Phase1Context,
  payloads: readonly DecodedPayload[],
): StepResult {
  const identity = payloadOf(payloads, 'ID') ?? context.remoteId;
  const hash = payloadOf(payloads, 'HASH');
  if (identity === undefined || hash === undefined) return drop('malformed', 'ID or HASH missing');
  const author = context.role === 'initiator' ? 'responder' : 'initiator';
  const expected = authenticationHash(context, author, identity.raw);
  if (expected === undefined) return drop('unexpected', 'no keys yet');
  if (!context.crypto.equal(expected, hash.data)) {
    return drop('authentication-failed', wrongSecret(context));
  }
  context.remoteIdentity = describeIdentity(identity);
  // HASH does not cover a notify: in clear anybody may have added it.
  context.initialContact =
    context.isEncrypted === true &&
    payloads.some(
      (payload) => payload.type === 'N' && payload.notifyType === notifyType['INITIAL-CONTACT'],
    );
  return { kind: 'ok' };
}

/** Wrong answers an initiator computes a secret for, before it ignores the rest of them. */
const wrongHashesMax = 4;

/**
 * For an answer that carries key exchange and proof at once: a forged one must not keep the true one
 * from being heard, nor make us compute for ever.
 */
export function verifyOrForget(
  context: Phase1Context,
  payloads: readonly DecodedPayload[],
): StepResult {
  const verified = verifyHash(context, payloads);
  if (verified.kind === 'ok') return verified;
  context.wrongHashes = (context.wrongHashes ?? 0) + 1;
  delete context.keys;
  forgetPeerValue(context.keyExchange);
  return verified;
}

/** Whether it is worth the computation to look at one more answer. */
export function notExhausted({ wrongHashes = 0 }: Phase1Context): StepResult {
  return wrongHashes < wrongHashesMax
    ? { kind: 'ok' }
    : drop('limited', 'too many answers with a wrong hash');
}

/** Agrees on the shared secret and derives the keys. */
export function makeKeys(context: Phase1Context, payloads: readonly DecodedPayload[]): StepResult {
  const agreed = agreeOnSecret(context.keyExchange, payloads);
  if (agreed.kind !== 'ok') return agreed;
  const keys = establishKeys(context);
  if (keys === undefined) return drop('internal', 'no keys could be made');
  if (isWeakKey(context.peer.encryption, keys.encryptionKey)) {
    return {
      kind: 'refuse',
      notifyType: notifyType['INVALID-KEY-INFORMATION'],
      reason: 'weak-key',
      message: 'the key that came of it is weak, another is needed',
    };
  }
  context.keys = keys;
  return { kind: 'ok' };
}
