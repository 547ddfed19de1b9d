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
import { encodeBody } from '../../wire/message.js';
import { exchangeType } from '../../wire/registry/exchange-type.js';
import { notifyType } from '../../wire/registry/notify-type.js';
import type { BuildResult, ExchangeDefinition, Role, StepResult } from '../exchange.js';
import type { Phase1State } from '../status.js';
import { agreeOnSecret, generateKeyPair } from './key-exchange.js';
import { atMost, drop, once, payloadOf, takeNonce } from './payloads.js';
import type { Phase1Context } from './phase1.js';
import { buildAuthentication, establishKeys, nonceBytes, verifyAuthentication } from './phase1.js';
import { checkPhase1Answer, choosePhase1, describePeer, phase1Offer } from './phase1-proposal.js';

// Tolerated beside what the figure shows: NAT detection of RFC 3947, and INITIAL-CONTACT, which some
// peers put into messages 5 and 6.
const keyExchangePayloads = [once('KE'), once('NONCE'), atMost(8, 'NAT-D')];
const identityPayloads = [once('ID'), once('HASH'), atMost(4, 'N')];

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
      process: processOffer,
    },
    {
      from: 'responder',
      encrypted: false,
      retransmit: false,
      payloads: [once('SA'), atMost(4, 'N')],
      build: buildAnswer,
      process: processAnswer,
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
  const offer = phase1Offer(context.peer);
  context.saBody = encodeBody(offer);
  return { kind: 'built', payloads: [offer] };
}

function processOffer(context: Phase1Context, payloads: readonly DecodedPayload[]): StepResult {
  const offer = payloadOf(payloads, 'SA');
  if (offer === undefined) return drop('malformed', 'no SA payload');
  const { peer } = context;
  const choice = choosePhase1(peer, offer);
  if (choice.kind === 'none') {
    return {
      kind: 'refuse',
      notifyType: notifyType['NO-PROPOSAL-CHOSEN'],
      reason: 'no-proposal-chosen',
      message: `no common proposal: the peer offers ${choice.offered}, ${peer.label} wants ${describePeer(peer)}: set enc-algorithm, hash-algorithm and dh-group of that row as the peer has them`,
    };
  }
  context.saBody = offer.raw;
  context.answer = choice.answer;
  return { kind: 'ok' };
}

function buildAnswer(context: Phase1Context): BuildResult {
  return { kind: 'built', payloads: context.answer === undefined ? [] : [context.answer] };
}

function processAnswer(context: Phase1Context, payloads: readonly DecodedPayload[]): StepResult {
  const answer = payloadOf(payloads, 'SA');
  const { peer } = context;
  const wrong = answer === undefined ? 'nothing' : checkPhase1Answer(peer, answer);
  if (wrong === undefined) return { kind: 'ok' };
  return drop(
    'misbehaved',
    `the peer answers ${wrong} to our offer ${describePeer(peer)} (${peer.label})`,
  );
}

// --- messages 3 and 4: Diffie-Hellman and nonces --------------------------------------------------

function buildKeyExchange(context: Phase1Context): BuildResult {
  const pending = generateKeyPair(context.keyExchange);
  if (pending !== undefined) return pending;
  const { localPublic } = context.keyExchange;
  context.localNonce ??= context.crypto.random(nonceBytes);
  if (localPublic === undefined) {
    return { kind: 'fail', reason: 'internal', message: 'no key pair could be made' };
  }
  return {
    kind: 'built',
    payloads: [
      { type: 'KE', data: localPublic },
      { type: 'NONCE', data: context.localNonce },
    ],
  };
}

/** Keys are there after this on both sides: the responder's before its message 4 leaves. */
function processKeyExchange(
  context: Phase1Context,
  payloads: readonly DecodedPayload[],
): StepResult {
  const nonce = takeNonce(payloads);
  if (nonce.kind === 'drop') return nonce;
  const agreed = agreeOnSecret(context.keyExchange, payloads);
  if (agreed.kind !== 'ok') return agreed;
  context.remoteNonce = nonce.data;
  context.localNonce ??= context.crypto.random(nonceBytes);
  const keys = establishKeys(context);
  if (keys === undefined) return drop('internal', 'no keys could be made');
  context.keys = keys;
  return { kind: 'ok' };
}

// --- messages 5 and 6: identities and the proof of the secret --------------------------------------

function buildIdentity(context: Phase1Context): BuildResult {
  if (context.keys === undefined) return { kind: 'fail', reason: 'internal', message: 'no keys' };
  return { kind: 'built', payloads: buildAuthentication(context, context.keys) };
}

function processIdentity(context: Phase1Context, payloads: readonly DecodedPayload[]): StepResult {
  if (context.keys === undefined) return drop('unexpected', 'no keys yet');
  return verifyAuthentication(context, context.keys, payloads);
}
