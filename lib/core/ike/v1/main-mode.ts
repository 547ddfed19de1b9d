/**
 * Main mode with pre-shared keys (RFC 2409 5.4; Identity Protection Exchange, RFC 2408 4.5).
 *
 *        Initiator                            Responder
 *   1    HDR, SA                       -->
 *   2                                  <--    HDR, SA
 *   3    HDR, KE, Ni                   -->
 *   4                                  <--    HDR, KE, Nr
 *   5    HDR*, IDii, HASH_I            -->
 *   6                                  <--    HDR*, IDir, HASH_R
 */
import type { DecodedPayload } from '../../wire/message.js';
import { exchangeType } from '../../wire/registry/exchange-type.js';
import type { BuildResult, ExchangeDefinition, Role, StepResult } from '../exchange.js';
import type { Phase1State } from '../status.js';
import { generateKeyPair } from './key-exchange.js';
import { atMost, drop, once } from './payloads.js';
import type { Phase1Context } from './phase1.js';
import {
  built,
  checkAnswer,
  exchangeNonces,
  inOrder,
  makeKeys,
  ourHash,
  ourIdentity,
  ourNonce,
  ourOffer,
  ourPublicValue,
  takeOffer,
  verifyHash,
} from './phase1-steps.js';

// Tolerated beside what the figure shows: NAT detection of RFC 3947, and INITIAL-CONTACT, which some
// peers put into messages 5 and 6.
const keyExchangePayloads = [once('KE'), once('NONCE'), atMost(8, 'NAT-D')];
const identityPayloads = [once('ID'), once('HASH'), atMost(4, 'N')];

/** Keys are there after this on both sides: the responder's before its message 4 leaves. */
const processKeyExchange = inOrder(exchangeNonces, makeKeys);

export const mainMode: ExchangeDefinition<Phase1Context> = {
  name: 'main mode',
  reference: 'RFC 2409 5.4',
  exchangeType: exchangeType.main,
  steps: [
    {
      from: 'initiator',
      encrypted: false,
      retransmit: true,
      payloads: [once('SA')],
      build: buildOffer,
      process: takeOffer,
    },
    {
      from: 'responder',
      encrypted: false,
      retransmit: false,
      payloads: [once('SA'), atMost(4, 'N')],
      build: buildAnswer,
      process: checkAnswer,
    },
    {
      from: 'initiator',
      encrypted: false,
      retransmit: true,
      payloads: keyExchangePayloads,
      build: buildKeyExchange,
      process: processKeyExchange,
    },
    {
      from: 'responder',
      encrypted: false,
      retransmit: false,
      payloads: keyExchangePayloads,
      build: buildKeyExchange,
      process: processKeyExchange,
    },
    {
      from: 'initiator',
      encrypted: true,
      retransmit: true,
      payloads: identityPayloads,
      build: buildIdentity,
      process: processIdentity,
    },
    {
      from: 'responder',
      encrypted: true,
      retransmit: false,
      payloads: identityPayloads,
      build: buildIdentity,
      process: processIdentity,
    },
  ],
};

/** What `print stats` shows after each of the six messages (spec Annex 4). */
export const mainModeStates: Record<Role, readonly Phase1State[]> = {
  initiator: [
    'message-1-sent',
    'message-2-received',
    'message-2-sent',
    'message-3-received',
    'message-3-sent',
    'message-4-received',
  ],
  responder: [
    'message-1-received',
    'message-1-sent',
    'message-2-received',
    'message-2-sent',
    'message-3-received',
    'message-3-sent',
  ],
};

// --- messages 1 and 2: the proposal ---------------------------------------------------------------

function buildOffer(context: Phase1Context): BuildResult {
  return built(ourOffer(context));
}

function buildAnswer(context: Phase1Context): BuildResult {
  return built(context.answer);
}

// --- messages 3 and 4: Diffie-Hellman and nonces --------------------------------------------------

function buildKeyExchange(context: Phase1Context): BuildResult {
  return generateKeyPair(context.keyExchange) ?? built(ourPublicValue(context), ourNonce(context));
}

// --- messages 5 and 6: identities and the proof of the secret --------------------------------------

function buildIdentity(context: Phase1Context): BuildResult {
  return built(ourIdentity(context), context.keys && ourHash(context));
}

function processIdentity(context: Phase1Context, payloads: readonly DecodedPayload[]): StepResult {
  if (context.keys === undefined) return drop('unexpected', 'no keys yet');
  return verifyHash(context, payloads);
}
