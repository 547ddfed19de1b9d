/**
 * Quick mode (RFC 2409 5.5), everything after HDR encrypted; KE only with perfect forward secrecy.
 *
 *        Initiator                                          Responder
 *   1    HDR*, HASH(1), SA, Ni [, KE] [, IDci, IDcr]  -->
 *   2                              <--    HDR*, HASH(2), SA, Nr [, KE] [, IDci, IDcr]
 *   3    HDR*, HASH(3)                                -->
 */
import type { Address } from '../../base/address.js';
import type { TrafficSelector } from '../../base/selector.js';
import { formatSelector, reversed, selectorText } from '../../base/selector.js';
import { spiBytes } from '../../base/spi.js';
import type { DhGroupName, HashName } from '../../crypto/algorithms.js';
import { quickModeHash1, quickModeHash2, quickModeHash3 } from '../../crypto/keymat-v1.js';
import type { CryptoProvider } from '../../crypto/provider.js';
import { isWeakKey } from '../../crypto/weak-keys.js';
import type { DecodedPayload, Payload, PayloadOf } from '../../wire/message.js';
import { doi } from '../../wire/registry/doi.js';
import { exchangeType } from '../../wire/registry/exchange-type.js';
import { lifeType } from '../../wire/registry/life-type.js';
import { notifyType } from '../../wire/registry/notify-type.js';
import { phase2Attribute } from '../../wire/registry/phase2-attribute.js';
import { numberAttribute } from '../../wire/v1/attribute.js';
import type { BuildResult, ExchangeDefinition, Pending, Role, StepResult } from '../exchange.js';
import { modeFor, type PeerConfig, type PolicyConfig } from '../ike-config.js';
import { readLifetimes } from './attributes.js';
import type { ChildSas } from './child-keys.js';
import { childSas } from './child-keys.js';
import { protocolNumber } from './informational.js';
import type { KeyExchange } from './key-exchange.js';
import { agreeOnSecret, generateKeyPair } from './key-exchange.js';
import type { Refusal } from './mismatch.js';
import { decodeNotifyAttributes, encodeNotifyAttributes } from './notify-data.js';
import { atMost, drop, once, payloadOf, takeNonce } from './payloads.js';
import { initiatorFirst, nonceBytes } from './phase1.js';
import { saPayload } from './phase1-proposal.js';
import type { Agreement } from './phase2-proposal.js';
import { choosePhase2, phase2Offer, readPhase2Answer } from './phase2-proposal.js';
import { identitiesOf, selectorOf } from './quick-mode-identities.js';

/** What a quick mode knows; the fields fill up as messages pass. */
export interface QuickModeContext {
  readonly crypto: CryptoProvider;
  readonly role: Role;
  readonly peer: PeerConfig;
  readonly local: Address;
  readonly remote: Address;
  readonly messageId: number;
  readonly hash: HashName;
  readonly skeyidA: Uint8Array;
  readonly skeyidD: Uint8Array;
  /** The policy that mirrors the identities, or why there is none (responder). */
  findPolicy(selector: TrafficSelector): PolicyConfig | Refusal;
  /** Whether one more computation may be done for this peer (responder). */
  mayCompute(): boolean;
  /** Known from the start to the initiator. */
  policy?: PolicyConfig;
  /** Our inbound SPIs, in the order of the policy's protocols. */
  readonly localSpis: Uint8Array[];
  spiRefused?: string;
  keyExchange?: KeyExchange;
  localNonce?: Uint8Array;
  remoteNonce?: Uint8Array;
  agreement?: Agreement;
  answer?: PayloadOf<'SA'>;
  /** The peer's first proposal, for an error notify to refer to. */
  offered?: { readonly protocol: number; readonly spi: Uint8Array };
  /** The peer's identities as they came, to be sent back unchanged. */
  identities?: readonly PayloadOf<'ID'>[];
  /** Made once both nonces and all SPIs are known, before our next message leaves. */
  sas?: ChildSas;
}

const messagePayloads = [
  once('HASH'),
  once('SA'),
  once('NONCE'),
  atMost(1, 'KE'),
  atMost(2, 'ID'),
  atMost(8, 'N'),
  atMost(2, 'NAT-OA'),
];

export const quickMode: ExchangeDefinition<QuickModeContext> = {
  name: 'quick mode',
  reference: 'RFC 2409 5.5',
  exchangeType: exchangeType.quick,
  steps: [
    {
      from: 'initiator',
      encrypted: true,
      retransmit: true,
      payloads: messagePayloads,
      build: buildOffer,
      process: processOffer,
    },
    {
      from: 'responder',
      encrypted: true,
      // The initiator falls silent after message 3, so it is for us to repeat ours until that comes.
      retransmit: true,
      payloads: messagePayloads,
      build: buildAnswer,
      process: processAnswer,
    },
    {
      from: 'initiator',
      encrypted: true,
      retransmit: false,
      payloads: [once('HASH'), atMost(8, 'N')],
      build: buildProof,
      process: () => ({ kind: 'ok' }),
    },
  ],
};

/** HASH(1), HASH(2) or HASH(3); `rest` is everything after the HASH payload. */
export function quickModeHash(
  context: QuickModeContext,
  index: number,
  rest: Uint8Array,
): Uint8Array {
  const { crypto, hash, skeyidA, messageId } = context;
  const none = new Uint8Array(0);
  const [nonceI, nonceR] = initiatorFirst(
    context.role,
    context.localNonce ?? none,
    context.remoteNonce ?? none,
  );
  if (index === 0) return quickModeHash1(crypto, hash, { skeyidA, messageId, rest });
  if (index === 1) return quickModeHash2(crypto, hash, { skeyidA, messageId, nonceI, rest });
  return quickModeHash3(crypto, hash, { skeyidA, messageId, nonceI, nonceR });
}

/** The SAs of the finished negotiation; undefined while something of it is missing. */
function negotiatedSas(context: QuickModeContext): ChildSas | undefined {
  const { policy, agreement, localNonce, remoteNonce, keyExchange } = context;
  if (!policy || !agreement || !localNonce || !remoteNonce) return undefined;
  const [nonceI, nonceR] = initiatorFirst(context.role, localNonce, remoteNonce);
  const sharedSecret = keyExchange?.sharedSecret?.reveal();
  return childSas({
    crypto: context.crypto,
    hash: context.hash,
    skeyidD: context.skeyidD,
    policy,
    agreement,
    localSpis: context.localSpis,
    nonceI,
    nonceR,
    ...(sharedSecret === undefined ? {} : { sharedSecret }),
  });
}

// --- message 1 ------------------------------------------------------------------------------------

function buildOffer(context: QuickModeContext): BuildResult {
  const { policy } = context;
  if (policy === undefined) return fail('internal', 'no policy to negotiate for');
  const waiting = needSpis(context, policy) ?? needKeyExchange(context, policy.proposal.pfsGroup);
  if (waiting !== undefined) return waiting;
  const offer = phase2Offer(policy, context.localSpis);
  if (offer === undefined) {
    return fail(
      'no-proposal',
      `${policy.proposal.label} allows no algorithm for ${policy.protocols.join(' and ')}: set its enc-algorithms and auth-algorithms`,
    );
  }
  return built(context, offer, identitiesOf(policy.selector), []);
}

function processOffer(context: QuickModeContext, payloads: readonly DecodedPayload[]): StepResult {
  const offer = payloadOf(payloads, 'SA');
  const nonce = takeNonce(payloads);
  if (offer === undefined) return drop('malformed', 'no SA payload');
  if (nonce.kind === 'drop') return nonce;
  const [first] = offer.proposals;
  if (first !== undefined) context.offered = { protocol: first.protocol, spi: first.spi };
  const policy = policyFor(context, payloads);
  if ('message' in policy) {
    const { message, attributes } = policy;
    const refusal = refuse('INVALID-ID-INFORMATION', 'invalid-id-information', message);
    return { ...refusal, attributes };
  }
  const choice = choosePhase2(policy, context.peer, offer);
  if (choice.kind === 'none') {
    const message = `no common proposal for ${policy.label}: ${choice.message}`;
    const refusal = refuse('NO-PROPOSAL-CHOSEN', 'no-proposal-chosen', message);
    return { ...refusal, attributes: choice.attributes };
  }
  const { agreement } = choice;
  const secret = takeSecret(context, agreement.pfsGroup, payloads);
  if (secret.kind !== 'ok') return secret;
  context.policy = policy;
  context.remoteNonce = nonce.data;
  context.agreement = agreement;
  context.answer = saPayload(choice.proposals);
  context.identities = payloads.filter((payload) => payload.type === 'ID').map(bareIdentity);
  return { kind: 'ok' };
}

/** The row that mirrors the peer's identities exactly. */
function policyFor(
  context: QuickModeContext,
  payloads: readonly DecodedPayload[],
): PolicyConfig | Refusal {
  const [initiator, responder, ...more] = payloads.filter((payload) => payload.type === 'ID');
  if (initiator === undefined) {
    // No identities: the phase 1 addresses stand for them.
    return context.findPolicy({
      source: { address: context.local, length: 32 },
      destination: { address: context.remote, length: 32 },
      protocol: 0,
      sourcePorts: 'any',
      destinationPorts: 'any',
    });
  }
  if (responder === undefined || more.length > 0) {
    return { message: 'one identity where none or two must be', attributes: [] };
  }
  const theirs = selectorOf(initiator, responder);
  return typeof theirs === 'string'
    ? { message: theirs, attributes: [] }
    : context.findPolicy(reversed(theirs));
}

// --- message 2 ------------------------------------------------------------------------------------

function buildAnswer(context: QuickModeContext): BuildResult {
  const { policy, agreement, answer } = context;
  if (!policy || !agreement || !answer) return fail('internal', 'nothing to answer');
  const waiting = needSpis(context, policy);
  if (waiting !== undefined) return waiting;
  const order: readonly number[] = agreement.protocols.map(({ protocol }) =>
    protocolNumber(protocol),
  );
  const proposals = answer.proposals.map((proposal) => ({
    ...proposal,
    spi: context.localSpis[order.indexOf(proposal.protocol)] ?? proposal.spi,
  }));
  const notifies = agreement.notifyLifetime ? lifetimeNotifies(context, agreement) : [];
  const message = built(context, saPayload(proposals), context.identities ?? [], notifies);
  return makeSas(context) ?? message;
}

function processAnswer(context: QuickModeContext, payloads: readonly DecodedPayload[]): StepResult {
  const { policy } = context;
  const answer = payloadOf(payloads, 'SA');
  const nonce = takeNonce(payloads);
  if (policy === undefined || answer === undefined) return drop('malformed', 'no SA payload');
  if (nonce.kind === 'drop') return nonce;
  const agreement = readPhase2Answer(policy, context.peer, answer);
  if (typeof agreement === 'string') {
    return refuse(
      'BAD-PROPOSAL-SYNTAX',
      'misbehaved',
      `the peer's answer is not our offer: ${agreement}`,
    );
  }
  const wrong = wrongIdentities(policy, payloads);
  if (wrong !== undefined) return refuse('INVALID-ID-INFORMATION', 'invalid-id-information', wrong);
  const secret = takeSecret(context, agreement.pfsGroup, payloads);
  if (secret.kind !== 'ok') return secret;
  context.remoteNonce = nonce.data;
  context.agreement = { ...agreement, ...responderLifetime(agreement, payloads) };
  return { kind: 'ok' };
}

function wrongIdentities(
  policy: PolicyConfig,
  payloads: readonly DecodedPayload[],
): string | undefined {
  const [initiator, responder] = payloads.filter((payload) => payload.type === 'ID');
  if (initiator === undefined || responder === undefined) return undefined;
  const answered = selectorOf(initiator, responder);
  if (typeof answered === 'string') return answered;
  if (selectorText(answered) === formatSelector(policy.selector)) return undefined;
  return `the peer answers for ${selectorText(answered)} where ${policy.label} is ${formatSelector(policy.selector)}`;
}

// --- message 3, and the keys ---------------------------------------------------------------------------

function buildProof(context: QuickModeContext): BuildResult {
  return makeSas(context) ?? { kind: 'built', payloads: [] };
}

/** Both ends derive the same keys: weak ones are no use to either, and other nonces give others. */
function makeSas(context: QuickModeContext): BuildResult | undefined {
  const sas = negotiatedSas(context);
  if (sas === undefined) return fail('internal', 'something is missing that the keys are made of');
  context.sas = sas;
  const isWeak = [...sas.inbound, ...sas.outbound].some(({ encryption, encryptionKey }) =>
    isWeakKey(encryption, encryptionKey.reveal()),
  );
  return isWeak
    ? fail('weak-key', 'the keys that came of it are weak, others are needed')
    : undefined;
}

// --- RESPONDER-LIFETIME (RFC 2407 4.6.3.1) ---------------------------------------------------------

function lifetimeNotifies(context: QuickModeContext, agreement: Agreement): Payload[] {
  // What has no limit is not told: some peers take 0 at its word.
  const limit = (type: number, duration: number) =>
    duration === 0
      ? []
      : [
          { type: phase2Attribute['sa-life-type'], value: type },
          numberAttribute(phase2Attribute['sa-life-duration'], duration),
        ];
  const attributes = [
    ...limit(lifeType.seconds, agreement.lifetimeSeconds),
    ...limit(lifeType.kilobytes, Math.ceil(agreement.lifetimeBytes / 1024)),
  ];
  return agreement.protocols.map(({ protocol }, index) => ({
    type: 'N',
    doi: doi.IPSEC,
    protocol: protocolNumber(protocol),
    spi: context.localSpis[index] ?? new Uint8Array(4),
    notifyType: notifyType['RESPONDER-LIFETIME'],
    data: encodeNotifyAttributes(attributes),
  }));
}

/** What a RESPONDER-LIFETIME shortens; it never lengthens anything. */
function responderLifetime(
  agreement: Agreement,
  payloads: readonly DecodedPayload[],
): Pick<Agreement, 'lifetimeSeconds' | 'lifetimeBytes'> {
  let { lifetimeSeconds, lifetimeBytes } = agreement;
  for (const payload of payloads) {
    if (payload.type !== 'N' || payload.notifyType !== notifyType['RESPONDER-LIFETIME']) continue;
    const lifetimes = readLifetimes(
      decodeNotifyAttributes(payload.data) ?? [],
      phase2Attribute['sa-life-type'],
      phase2Attribute['sa-life-duration'],
    );
    lifetimeSeconds = shorterOf(lifetimeSeconds, lifetimes?.get(lifeType.seconds));
    lifetimeBytes = shorterOf(lifetimeBytes, lifetimes?.get(lifeType.kilobytes), 1024);
  }
  return { lifetimeSeconds, lifetimeBytes };
}

function shorterOf(own: number, theirs: number | undefined, unit = 1): number {
  if (theirs === undefined || theirs === 0) return own;
  return own === 0 ? theirs * unit : Math.min(own, theirs * unit);
}

// --- what both messages share ------------------------------------------------------------------------

function built(
  context: QuickModeContext,
  sa: PayloadOf<'SA'>,
  identities: readonly Payload[],
  notifies: readonly Payload[],
): BuildResult {
  context.localNonce ??= context.crypto.random(nonceBytes);
  const publicValue = context.keyExchange?.localPublic;
  return {
    kind: 'built',
    payloads: [
      sa,
      { type: 'NONCE', data: context.localNonce },
      ...(publicValue === undefined ? [] : [{ type: 'KE', data: publicValue } as const]),
      ...identities,
      ...notifies,
    ],
  };
}

/** Waits for one reserved SPI for each protocol of the policy. */
function needSpis(
  context: QuickModeContext,
  policy: PolicyConfig,
): Pending | BuildResult | undefined {
  if (context.spiRefused !== undefined) return fail('dataplane', context.spiRefused);
  const protocol = policy.protocols[context.localSpis.length];
  if (protocol === undefined) return undefined;
  return {
    kind: 'pending',
    on: 'dataplane',
    operation: {
      kind: 'allocateSpi',
      protocol,
      mode: modeFor(policy, protocol),
      source: context.remote,
      destination: context.local,
      reqid: policy.reqid,
    },
    receive: (result) => {
      if (result.kind === 'ok' && result.spi !== undefined) {
        context.localSpis.push(spiBytes(result.spi));
      } else if (result.kind === 'refused') {
        context.spiRefused = `no SPI could be reserved: ${result.detail} (${result.code})`;
      }
    },
  };
}

function needKeyExchange(
  context: QuickModeContext,
  group: DhGroupName | undefined,
): Pending | undefined {
  if (group === undefined) return undefined;
  context.keyExchange ??= { group };
  return generateKeyPair(context.keyExchange);
}

/** KE must be there exactly when a group was agreed on. */
function takeSecret(
  context: QuickModeContext,
  group: DhGroupName | undefined,
  payloads: readonly DecodedPayload[],
): StepResult {
  const present = payloadOf(payloads, 'KE') !== undefined;
  if (group === undefined) {
    if (!present) return { kind: 'ok' };
    return refuse(
      'BAD-PROPOSAL-SYNTAX',
      'misbehaved',
      'a KE payload without a group in the proposal',
    );
  }
  if (!present) {
    return refuse(
      'BAD-PROPOSAL-SYNTAX',
      'misbehaved',
      `no KE payload though the proposal has ${group}`,
    );
  }
  if (context.keyExchange?.group !== group) {
    if (context.role === 'responder' && !context.mayCompute()) {
      return drop('computations', 'too many quick modes with PFS in a second');
    }
    context.keyExchange = { group };
  }
  const agreed = agreeOnSecret(context.keyExchange, payloads);
  // The message is proved to be the peer's, so no better one will come.
  if (agreed.kind !== 'drop') return agreed;
  return refuse('INVALID-KEY-INFORMATION', agreed.reason, agreed.message);
}

function bareIdentity({ idType, protocol, port, data }: PayloadOf<'ID'>): PayloadOf<'ID'> {
  return { type: 'ID', idType, protocol, port, data };
}

/** Our own inability; the peer is told, so that it does not wait for us. */
function fail(reason: string, message: string): Extract<BuildResult, { kind: 'fail' }> {
  return { kind: 'fail', reason, message, notifyType: notifyType['NO-PROPOSAL-CHOSEN'] };
}

function refuse(
  name: keyof typeof notifyType,
  reason: string,
  message: string,
): Extract<StepResult, { kind: 'refuse' }> {
  return { kind: 'refuse', notifyType: notifyType[name], reason, message };
}
