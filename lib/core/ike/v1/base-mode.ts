/**
 * Base mode with pre-shared keys (Base Exchange, RFC 2408 4.4; draft-ietf-ipsec-ike-base-mode-02).
 *
 *        Initiator                            Responder
 *   1    HDR, SA, Ni, IDii             -->
 *   2                                  <--    HDR, SA, Nr, IDir
 *   3    HDR, KE, HASH_I               -->
 *   4                                  <--    HDR, KE, HASH_R
 *
 * HASH_I leaves out g^xr, which the initiator does not know when it makes it. So the responder can tell
 * a stranger from the peer before it computes anything slow.
 */
import type { DecodedPayload } from '../../wire/message.js';
import { exchangeType } from '../../wire/registry/exchange-type.js';
import type { BuildResult, ExchangeDefinition, Role, StepResult } from '../exchange.js';
import type { Phase1State } from '../status.js';
import { generateKeyPair } from './key-exchange.js';
import { atMost, once, payloadOf } from './payloads.js';
import type { Phase1Context } from './phase1.js';
import {
  built,
  checkAnswer,
  exchangeNonces,
  inOrder,
  makeKeys,
  notExhausted,
  ourHash,
  ourIdentity,
  ourNonce,
  ourOffer,
  ourPublicValue,
  takeIdentity,
  takeOffer,
  verifyHash,
  verifyOrForget,
} from './phase1-steps.js';

const opening = [once('SA'), once('NONCE'), once('ID'), atMost(4, 'N')];
const proof = [once('KE'), once('HASH'), atMost(8, 'NAT-D'), atMost(4, 'N')];

export const baseMode: ExchangeDefinition<Phase1Context> = {
  name: 'base mode',
  reference: 'RFC 2408 4.4',
  exchangeType: exchangeType.base,
  steps: [
    {
      from: 'initiator',
      encrypted: false,
      retransmit: true,
      payloads: opening,
      build: buildOffer,
      process: inOrder(takeOffer, exchangeNonces, takeIdentity),
    },
    {
      from: 'responder',
      encrypted: false,
      retransmit: false,
      payloads: opening,
      build: buildAnswer,
      process: inOrder(checkAnswer, exchangeNonces, takeIdentity),
    },
    {
      from: 'initiator',
      encrypted: false,
      retransmit: true,
      payloads: proof,
      build: buildProof,
      process: processInitiatorProof,
    },
    {
      from: 'responder',
      encrypted: false,
      retransmit: false,
      payloads: proof,
      build: buildProof,
      process: inOrder(notExhausted, makeKeys, verifyOrForget),
    },
  ],
};

/** What `print stats` shows after each message (spec Annex 4). */
export const baseModeStates: Record<Role, readonly Phase1State[]> = {
  initiator: ['message-1-sent', 'message-2-received', 'message-2-sent'],
  responder: ['message-1-received', 'message-1-sent', 'message-2-received'],
};

// --- messages 1 and 2: proposal, nonces, identities ----------------------------------------------

function buildOffer(context: Phase1Context): BuildResult {
  return built(ourOffer(context), ourNonce(context), ourIdentity(context));
}

function buildAnswer(context: Phase1Context): BuildResult {
  return built(context.answer, ourNonce(context), ourIdentity(context));
}

// --- messages 3 and 4: Diffie-Hellman and the proof of the secret ---------------------------------

function buildProof(context: Phase1Context): BuildResult {
  const pending = generateKeyPair(context.keyExchange);
  if (pending !== undefined) return pending;
  context.keyExchange.keepPrivateKey = context.role === 'initiator';
  return built(ourPublicValue(context), ourHash(context));
}

/** HASH_I covers g^xi alone, so it is looked at first. */
function processInitiatorProof(
  context: Phase1Context,
  payloads: readonly DecodedPayload[],
): StepResult {
  const { keyExchange } = context;
  if (keyExchange.sharedSecret === undefined) {
    const value = payloadOf(payloads, 'KE')?.data;
    if (value !== undefined) keyExchange.remotePublic = value;
    const verified = verifyHash(context, payloads);
    if (verified.kind !== 'ok') return verified;
  }
  return makeKeys(context, payloads);
}
