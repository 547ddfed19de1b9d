/**
 * Aggressive mode with pre-shared keys (RFC 2409 5.4; Aggressive Exchange, RFC 2408 4.7).
 *
 *        Initiator                            Responder
 *   1    HDR, SA, KE, Ni, IDii         -->
 *   2                                  <--    HDR, SA, KE, Nr, IDir, HASH_R
 *   3    HDR, HASH_I                   -->
 *
 * Identities are in clear, and whoever asks gets HASH_R, to try secrets on at leisure: no protection
 * for a secret that can be guessed.
 */
import { exchangeType } from '../../wire/registry/exchange-type.js';
import type { BuildResult, ExchangeDefinition, Role } from '../exchange.js';
import type { Phase1State } from '../status.js';
import { generateKeyPair } from './key-exchange.js';
import { atMost, once } from './payloads.js';
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

const opening = [once('SA'), once('KE'), once('NONCE'), once('ID')];

export const aggressiveMode: ExchangeDefinition<Phase1Context> = {
  name: 'aggressive mode',
  reference: 'RFC 2409 5.4',
  exchangeType: exchangeType.aggressive,
  steps: [
    {
      from: 'initiator',
      encrypted: false,
      retransmit: true,
      payloads: opening,
      build: buildOffer,
      process: inOrder(takeOffer, exchangeNonces, takeIdentity, makeKeys),
    },
    {
      from: 'responder',
      encrypted: false,
      retransmit: false,
      payloads: [...opening, once('HASH'), atMost(8, 'NAT-D'), atMost(4, 'N')],
      build: buildAnswer,
      process: inOrder(
        notExhausted,
        checkAnswer,
        exchangeNonces,
        takeIdentity,
        makeKeys,
        verifyOrForget,
      ),
    },
    {
      from: 'initiator',
      // The figure shows it in clear; RFC 2409 5 allows either, and most peers encrypt it.
      encrypted: 'either',
      retransmit: false,
      payloads: [once('HASH'), atMost(8, 'NAT-D'), atMost(4, 'N')],
      build: buildProof,
      process: verifyHash,
    },
  ],
};

/** What `print stats` shows after each message (spec Annex 4). */
export const aggressiveModeStates: Record<Role, readonly Phase1State[]> = {
  initiator: ['message-1-sent', 'message-2-received'],
  responder: ['message-1-received', 'message-1-sent', 'message-2-received'],
};

function buildOffer(context: Phase1Context): BuildResult {
  const pending = generateKeyPair(context.keyExchange);
  if (pending !== undefined) return pending;
  context.keyExchange.keepPrivateKey = true;
  return built(ourOffer(context), ourPublicValue(context), ourNonce(context), ourIdentity(context));
}

function buildAnswer(context: Phase1Context): BuildResult {
  return built(
    context.answer,
    ourPublicValue(context),
    ourNonce(context),
    ourIdentity(context),
    ourHash(context),
  );
}

function buildProof(context: Phase1Context): BuildResult {
  return built(ourHash(context));
}
