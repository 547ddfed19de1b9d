/**
 * One IKE SA (ISAKMP SA, RFC 2408 2.1): its phase 1 exchange, then the quick modes and informational
 * exchanges under its protection. `setState` is the only door through which its state changes.
 */
import type { Endpoint } from '../base/address.js';
import { equalBytes, toHex } from '../base/bytes.js';
import type { Instant } from '../base/instant.js';
import { after } from '../base/instant.js';
import { remember, rememberEntry } from '../base/remember.js';
import { encryptionAlgorithm } from '../crypto/algorithms.js';
import { informationalHash, phase2Iv } from '../crypto/keymat-v1.js';
import { headerBytes } from '../wire/isakmp-header.js';
import type { Payload } from '../wire/message.js';
import { decodePayloads, encodePayloads } from '../wire/message.js';
import { exchangeType } from '../wire/registry/exchange-type.js';
import type { EngineEvent } from './effect.js';
import type { Environment } from './environment.js';
import type { ExchangeFailure, OpenResult, ReceivedMessage, Role, Step } from './exchange.js';
import { Exchange } from './exchange.js';
import { explainPhase1Timeout, type Phase1Hint } from './explain.js';
import type { PeerConfig, SecretConfig } from './ike-config.js';
import type { Datagram } from './input.js';
import { ikeLimits, ikeTimes } from './limits.js';
import { RateLimit } from './rate-limit.js';
import type { Phase1State } from './status.js';
import type { Timer } from './timer-queue.js';
import { deleteIkeSa } from './v1/informational.js';
import type { Phase1Context, Phase1Keys } from './v1/phase1.js';
import { forgetNegotiation, wrongSecret } from './v1/phase1.js';
import { type Phase1Mode, phase1Modes } from './v1/phase1-modes.js';
import type { DecryptedMessage, MessageFrame, MessageKeys } from './v1/protection.js';
import { clearMessage, decryptMessage, encryptMessage } from './v1/protection.js';

/** A quick mode under this IKE SA, as far as routing and `print stats` need it. */
export interface QuickModeHandle {
  readonly role: Role;
  readonly running: boolean;
  receive(now: Instant, message: ReceivedMessage): void;
  /** The IKE SA is gone. */
  abandon(now: Instant, why: string): void;
}

/** Who owns the IKE SA: the engine. */
export interface IkeSaOwner {
  readonly environment: Environment;
  /** The responder's cookie became known. */
  rerouted(ikeSa: IkeSa): void;
  established(ikeSa: IkeSa, now: Instant): void;
  failed(ikeSa: IkeSa, failure: ExchangeFailure, now: Instant): void;
  closed(ikeSa: IkeSa, now: Instant): void;
}

export interface IkeSaOptions {
  readonly role: Role;
  readonly peer: PeerConfig;
  /** By the peer's address; in aggressive and base mode there may be none. */
  readonly secret: SecretConfig | undefined;
  /** The secret for a peer that calls itself so. */
  readonly findSecret: (identity: string | undefined) => SecretConfig | undefined;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly initiatorCookie: Uint8Array;
  /** Zero for the initiator. */
  readonly responderCookie: Uint8Array;
}

export class IkeSa {
  readonly role: Role;
  readonly peer: PeerConfig;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly createdAt: Instant;
  readonly context: Phase1Context;
  readonly quickModes = new Map<number, QuickModeHandle>();
  /** Quick modes completed under this phase 1 (R-6B). */
  phase2Total = 0;
  establishedAt: Instant | undefined;
  /** When the peer last said something that was proved to be its own. */
  heardAt: Instant;
  /** What the peer said in clear while we negotiated; worth a hint, never believed. */
  hint: Phase1Hint | undefined;
  /** Datagrams of the peer that were no valid messages of this exchange. */
  garbage = 0;
  readonly #owner: IkeSaOwner;
  readonly #mode: Phase1Mode;
  readonly #exchange: Exchange<Phase1Context>;
  readonly #pastMessageIds = new Set<number>();
  /** SPIs the peer deleted before it told us of them, in the order of the network. */
  #deletedSpis: Set<string> | undefined;
  /** By message id: the DELETE of what a quick mode promised and did not keep. */
  #takenBack: Map<number, readonly Payload[]> | undefined;
  #reminders: RateLimit | undefined;
  /** The peer's quick modes that were here before the last message of phase 1. */
  #early: Datagram[] | undefined;
  /** There from the first computation on: most IKE SAs answer none. */
  #computations: RateLimit | undefined;
  #state: Phase1State = 'starting';
  #closed = false;
  #timer: Timer | undefined;

  constructor(owner: IkeSaOwner, options: IkeSaOptions, now: Instant) {
    const { role, peer, local, remote, initiatorCookie, responderCookie } = options;
    this.#owner = owner;
    this.role = role;
    this.peer = peer;
    this.local = local;
    this.remote = remote;
    this.createdAt = now;
    this.heardAt = now;
    this.context = {
      crypto: owner.environment.crypto,
      role,
      peer,
      secret: options.secret,
      findSecret: options.findSecret,
      local,
      remote,
      keyExchange: { group: peer.group },
      initiatorCookie,
      responderCookie,
      saBody: new Uint8Array(0),
    };
    this.#mode = phase1Modes[peer.exchangeMode];
    this.#exchange = new Exchange(this.#mode.exchange, role, this.context, this.#phase1Io());
  }

  /** A message of the peer that costs a computation has been received while that goes on (Annex 4). */
  get state(): Phase1State {
    const { busy, index, definition } = this.#exchange;
    const isTaking = busy && definition.steps[index]?.from !== this.role;
    if (!isTaking || !this.negotiating) return this.#state;
    return this.#mode.states[this.role][index] ?? this.#state;
  }

  get established(): boolean {
    return this.#state === 'established';
  }

  /** Not established and not over: counts against the half-open limits. */
  get negotiating(): boolean {
    return !this.#closed && !this.established;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** A slow job runs for the message at hand. */
  get busy(): boolean {
    return this.#exchange.busy;
  }

  /**
   * Nothing answers the last message of aggressive mode: until the peer has said something under the
   * keys, whoever repeats a message that follows repeats that one too.
   */
  repeatProof(): void {
    const endsWithOurs = this.#mode.exchange.steps.at(-1)?.from === this.role;
    if (endsWithOurs && this.heardAt === this.establishedAt) this.#exchange.repeat();
  }

  /** Messages of phase 1 sent and accepted so far. */
  get progress(): number {
    return this.#exchange.index;
  }

  /** Quick modes now under way (R-6B). */
  get phase2Active(): number {
    return this.runningQuickModes('initiator') + this.runningQuickModes('responder');
  }

  /** Those that we began, or answer; finished ones linger for a while and do not count. */
  runningQuickModes(role: Role): number {
    let running = 0;
    for (const quickMode of this.quickModes.values()) {
      if (quickMode.running && quickMode.role === role) running += 1;
    }
    return running;
  }

  /** The initiator speaks first. */
  start(now: Instant): void {
    this.#exchange.start(now);
  }

  receivePhase1(now: Instant, message: ReceivedMessage): void {
    this.#exchange.receive(now, message);
  }

  /**
   * Keeps a quick mode that has overtaken the peer's last message of phase 1: the peer may begin one as
   * soon as that has left, and would repeat it only after ten seconds. False if it is not kept.
   */
  holdEarly(datagram: Datagram): boolean {
    const { steps } = this.#mode.exchange;
    const isLast = this.progress === steps.length - 1 && steps.at(-1)?.from !== this.role;
    if (!this.negotiating || !isLast || datagram.bytes.length > ikeLimits.phase1MessageBytes)
      return false;
    this.#early ??= [];
    if (this.#early.length < ikeLimits.heldMessages) this.#early.push(datagram);
    else this.#droppedPhase1('limited', 'enough quick modes wait for its end');
    return true;
  }

  /** What was kept, once phase 1 is done. */
  takeEarly(): readonly Datagram[] {
    const early = this.established ? this.#early : undefined;
    if (early !== undefined) this.#early = undefined;
    return early ?? [];
  }

  /**
   * Ends the SA, and its quick modes with it; its IPsec SAs live on (R-6C). `tell`: the peer gets a
   * DELETE, after what the quick modes have to tell under these keys.
   */
  close(now: Instant, why: string, tell = false): void {
    if (this.#closed) return;
    const proved = this.established;
    this.#closed = true;
    this.#state = 'expired';
    this.#timer?.cancel();
    this.#exchange.end();
    this.#owner.closed(this, now);
    const quickModes = [...this.quickModes.values()];
    this.quickModes.clear();
    for (const quickMode of quickModes) quickMode.abandon(now, why);
    if (tell && proved) this.inform([deleteIkeSa(this.context)]);
    this.#wipe();
  }

  // --- protection of quick modes and informational exchanges -----------------------------------------

  /** An id no exchange of this SA has used (RFC 2408 3.1: random, so that ids of both ends differ). */
  freshMessageId(): number {
    for (;;) {
      const bytes = this.context.crypto.random(4);
      const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
      if (id !== 0 && !this.knowsMessageId(id)) return id;
    }
  }

  knowsMessageId(id: number): boolean {
    return this.quickModes.has(id) || this.#pastMessageIds.has(id);
  }

  /** Remembers the id of a finished exchange, so that its messages cannot be played again. */
  retireMessageId(id: number): void {
    remember(this.#pastMessageIds, id, ikeLimits.rememberedMessageIds);
  }

  /** Tells the peer that what that quick mode promised is gone. */
  takeBack(id: number, deletes: readonly Payload[]): void {
    this.noteTakenBack(id, deletes);
    this.inform(deletes);
  }

  /** What that quick mode promised is gone: the peer is told whenever it speaks of it. */
  noteTakenBack(id: number, deletes: readonly Payload[]): void {
    this.#takenBack ??= new Map();
    rememberEntry(this.#takenBack, id, deletes, ikeLimits.rememberedMessageIds);
  }

  /**
   * The peer still speaks of a quick mode that is over. If it came to nothing the DELETE was lost, or the
   * peer's answer was long under way, and it would send into nothing.
   */
  remind(id: number, now: Instant): void {
    const deletes = this.#takenBack?.get(id);
    if (deletes === undefined) return;
    // Whoever plays old messages again must not have us answer each.
    this.#reminders ??= new RateLimit(ikeLimits.remindersPerSecond);
    if (this.#reminders.admit(now)) this.inform(deletes);
  }

  /** Remembers that the peer deleted an SA that is none of ours yet. */
  noteDeleted(spi: Uint8Array): void {
    this.#deletedSpis ??= new Set();
    remember(this.#deletedSpis, toHex(spi), ikeLimits.rememberedSpis);
  }

  knowsDeleted(spi: Uint8Array): boolean {
    return this.#deletedSpis?.has(toHex(spi)) ?? false;
  }

  /** Whether one more Diffie-Hellman exchange may be answered under these keys; if so it is counted. */
  mayCompute(now: Instant): boolean {
    this.#computations ??= new RateLimit(ikeLimits.keyExchangesPerSecond);
    return this.#computations.admit(now);
  }

  /** Whether a quick mode begun now might not be over before the SA is. */
  isRetiring(now: Instant): boolean {
    const { establishedAt } = this;
    const last = ikeTimes.phase1LifetimeMs - ikeTimes.phase1RetirementMs;
    return establishedAt !== undefined && now >= after(establishedAt, last);
  }

  /** First vector of an exchange with that id; undefined before there are keys. */
  firstIv(messageId: number): Uint8Array | undefined {
    const { keys, crypto, peer } = this.context;
    if (keys === undefined) return undefined;
    const { blockBytes } = encryptionAlgorithm(peer.encryption);
    return phase2Iv(crypto, peer.hash, keys.iv, messageId, blockBytes);
  }

  decrypt(iv: Uint8Array, message: ReceivedMessage): DecryptedMessage | undefined {
    const keys = this.#messageKeys();
    return keys && decryptMessage(keys, iv, message);
  }

  encrypt(iv: Uint8Array, exchange: number, messageId: number, payloads: readonly Payload[]) {
    const keys = this.#messageKeys();
    const frame = this.#frame(exchange, messageId);
    return keys && encryptMessage(keys, iv, frame, payloads);
  }

  /** Sends one authenticated informational message (RFC 2409 5.7). Nothing answers it. */
  inform(payloads: readonly Payload[]): void {
    const { keys, crypto, peer } = this.context;
    const messageId = this.freshMessageId();
    const iv = this.firstIv(messageId);
    if (keys === undefined || iv === undefined) return;
    const rest = encodeChain(payloads);
    const hash = informationalHash(crypto, peer.hash, { skeyidA: keys.skeyidA, messageId, rest });
    const sealed = this.encrypt(iv, exchangeType.informational, messageId, [
      { type: 'HASH', data: hash },
      ...payloads,
    ]);
    this.retireMessageId(messageId);
    if (sealed !== undefined) this.send(sealed.datagram);
  }

  /** Payloads of an informational message, once its hash proved right; a replay gives none. */
  readInformational(
    message: ReceivedMessage,
    now: Instant,
  ): DecryptedMessage['payloads'] | undefined {
    const { keys, crypto, peer } = this.context;
    const { messageId } = message.header;
    const iv = this.firstIv(messageId);
    // Keys exist from message 4 on, but the peer has proved nothing before phase 1 is done (hostile #30).
    if (!this.established || keys === undefined || iv === undefined) return undefined;
    if (this.knowsMessageId(messageId)) return undefined;
    const opened = this.decrypt(iv, message);
    const [hash, ...payloads] = opened?.payloads ?? [];
    if (opened === undefined || hash?.type !== 'HASH') return undefined;
    const { skeyidA } = keys;
    const expected = informationalHash(crypto, peer.hash, {
      skeyidA,
      messageId,
      rest: opened.rest,
    });
    if (!crypto.equal(expected, hash.data)) return undefined;
    this.heardAt = now;
    this.retireMessageId(messageId);
    return payloads;
  }

  send(bytes: Uint8Array): void {
    this.#owner.environment.send({ local: this.local, remote: this.remote, bytes });
  }

  report(
    event: Pick<EngineEvent, 'name' | 'level' | 'message' | 'reason' | 'attributes' | 'weak'>,
  ): void {
    this.#owner.environment.event({
      ...event,
      local: this.local.address,
      remote: this.remote.address,
      peerId: this.peer.id,
    });
  }

  // --- phase 1 -----------------------------------------------------------------------------------------

  #phase1Io() {
    const { environment } = this.#owner;
    return {
      timers: environment.timers,
      open: (step: Step<Phase1Context>, index: number, message: ReceivedMessage) =>
        this.#openPhase1(step, index, message),
      seal: (step: Step<Phase1Context>, _index: number, payloads: readonly Payload[]) =>
        this.#sealPhase1(step, payloads),
      leaving: () => undefined,
      send: (datagram: Uint8Array) => this.send(datagram),
      request: (pending: Parameters<Environment['request']>[0], resume: (now: Instant) => void) =>
        environment.request(pending, resume),
      progressed: (index: number) => {
        this.#state = this.#mode.states[this.role][index] ?? this.#state;
        if (index === 0) this.#tellNoSecret();
      },
      dropped: (reason: string, message: string) => this.#droppedPhase1(reason, message),
      retransmitted: (attempt: number) => this.#retransmitted(attempt),
      notBegun: (now: Instant) => this.close(now, 'it was no proposal'),
      completed: (now: Instant) => this.#complete(now),
      failed: (failure: ExchangeFailure, now: Instant) => this.#fail(failure, now),
    };
  }

  #openPhase1(step: Step<Phase1Context>, index: number, message: ReceivedMessage): OpenResult {
    const { header, bytes } = message;
    const encrypted = header.flags.encryption;
    if (header.exchangeType !== this.#mode.exchange.exchangeType) {
      const message = `a message of another exchange in ${this.#mode.exchange.name}`;
      return { kind: 'drop', reason: 'unexpected', message };
    }
    if (step.encrypted !== 'either' && encrypted !== step.encrypted) {
      const form = step.encrypted
        ? 'in clear that must be encrypted'
        : 'encrypted that must be clear';
      return { kind: 'drop', reason: 'unexpected', message: `message ${index + 1} ${form}` };
    }
    if (equalBytes(header.initiatorCookie, header.responderCookie)) {
      return { kind: 'drop', reason: 'reflected', message: 'both cookies are the same' };
    }
    this.context.isEncrypted = encrypted;
    this.context.offeredCookie = header.responderCookie.slice();
    if (!encrypted) {
      const decoded = decodePayloads(header.nextPayload, bytes.subarray(headerBytes));
      if (!decoded.ok) {
        return { kind: 'drop', reason: 'malformed', message: decoded.error.detail };
      }
      return {
        kind: 'opened',
        payloads: decoded.value.payloads,
        accept: () => this.#acceptCookie(header.responderCookie),
      };
    }
    const { keys } = this.context;
    const opened = keys && this.decrypt(keys.iv, message);
    if (keys === undefined || opened === undefined) {
      return { kind: 'drop', reason: 'undecryptable', message: wrongSecret(this.context) };
    }
    return {
      kind: 'opened',
      payloads: opened.payloads,
      accept: () => {
        keys.iv = opened.lastBlock;
      },
    };
  }

  #acceptCookie(responderCookie: Uint8Array): void {
    if (this.role === 'responder') return;
    if (equalBytes(this.context.responderCookie, responderCookie)) return;
    this.context.responderCookie = responderCookie.slice();
    this.#owner.rerouted(this);
  }

  #sealPhase1(step: Step<Phase1Context>, payloads: readonly Payload[]): Uint8Array {
    const frame = this.#frame(this.#mode.exchange.exchangeType, 0);
    const keys = step.encrypted !== false ? this.#messageKeys() : undefined;
    if (keys === undefined) return clearMessage(frame, payloads);
    const sealed = encryptMessage(keys, keys.iv, frame, payloads);
    keys.chain.iv = sealed.lastBlock;
    return sealed.datagram;
  }

  /** The peer must not learn that there is no secret for it, the administrator must. */
  #tellNoSecret(): void {
    const { noSecret } = this.context;
    if (noSecret === undefined) return;
    this.report({
      name: 'phase1Failed',
      level: 'warn',
      reason: 'no-secret',
      message: `phase 1 with ${this.remote.address} cannot succeed: ${noSecret}`,
    });
  }

  #droppedPhase1(reason: string, message: string): void {
    // Well formed, and what another secret brings about.
    const suspicious = reason === 'undecryptable' || reason === 'authentication-failed';
    if (!suspicious && reason !== 'late' && reason !== 'limited') this.garbage += 1;
    if (reason === 'authentication-failed') this.hint ??= { reason, text: message };
    this.report({
      name: 'datagramDropped',
      // What an administrator can act on is a warning; strays on the network are not.
      level: suspicious || reason === 'misbehaved' || reason === 'malformed' ? 'warn' : 'debug',
      reason,
      message: `message from ${this.remote.address} dropped in phase 1: ${message}`,
    });
  }

  #retransmitted(attempt: number): void {
    const { reason, text } = this.#explainSilence();
    // The first repetition already tells whoever watches the log what to look at.
    this.report({
      name: 'retransmitted',
      level: attempt === 1 ? 'warn' : 'debug',
      reason,
      message: `phase 1 with ${this.remote.address}, message ${this.#exchange.index} sent again (${attempt} of ${ikeTimes.retransmissions}): ${text}`,
    });
  }

  #explainSilence(): Phase1Hint {
    return explainPhase1Timeout(this, this.#exchange.index, this.#mode.exchange.steps.length);
  }

  #complete(now: Instant): void {
    this.#state = 'established';
    this.establishedAt = now;
    this.heardAt = now;
    forgetNegotiation(this.context);
    this.#timer = this.#owner.environment.timers.set(
      after(now, ikeTimes.phase1LifetimeMs),
      (later) => this.close(later, 'its lifetime is over', true),
    );
    this.#owner.established(this, now);
  }

  #fail(failure: ExchangeFailure, now: Instant): void {
    const explained =
      failure.reason === 'timeout' ? { ...failure, message: this.#explainSilence().text } : failure;
    this.#owner.failed(this, explained, now);
    this.close(now, explained.message);
  }

  #frame(exchange: number, messageId: number): MessageFrame {
    const { initiatorCookie, responderCookie } = this.context;
    return { initiatorCookie, responderCookie, exchangeType: exchange, messageId };
  }

  #messageKeys():
    | (MessageKeys & { readonly iv: Uint8Array; readonly chain: Phase1Keys })
    | undefined {
    const { keys, crypto, peer } = this.context;
    if (keys === undefined) return undefined;
    const { encryptionKey, iv } = keys;
    return { crypto, hash: peer.hash, encryption: peer.encryption, encryptionKey, iv, chain: keys };
  }

  #wipe(): void {
    const { keys, keyExchange } = this.context;
    keyExchange.privateKey?.wipe();
    keyExchange.sharedSecret?.wipe();
    keys?.skeyid.fill(0);
    keys?.skeyidA.fill(0);
    keys?.skeyidD.fill(0);
    keys?.encryptionKey.fill(0);
    this.context.keys = undefined;
  }
}

/** The chained bytes of payloads that follow a HASH payload. */
export function encodeChain(payloads: readonly Payload[]): Uint8Array {
  return encodePayloads(payloads).body;
}
