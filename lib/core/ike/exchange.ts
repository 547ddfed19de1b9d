/**
 * An exchange is the RFC's message figure written as data. This runner owns, once for all of them:
 * whose turn it is, which payloads a message must carry, duplicates, retransmission and slow jobs.
 */
import { equalBytes } from '../base/bytes.js';
import type { Instant } from '../base/instant.js';
import { after } from '../base/instant.js';
import type { CryptoJob, CryptoResult } from '../crypto/provider.js';
import type { DataPlaneOperation, DataPlaneResult } from '../dataplane/types.js';
import type { DecodedPayload, IsakmpHeader, Payload } from '../wire/message.js';
import { ikeLimits, ikeTimes } from './limits.js';
import type { Timer, TimerQueue } from './timer-queue.js';

export type Role = 'initiator' | 'responder';

export interface PayloadRule {
  readonly type: Payload['type'];
  readonly min: number;
  readonly max: number;
}

/** Something a step must wait for; the step runs again once `receive` has noted the result. */
export type Pending =
  | {
      readonly kind: 'pending';
      readonly on: 'compute';
      readonly job: CryptoJob;
      receive(result: CryptoResult): void;
    }
  | {
      readonly kind: 'pending';
      readonly on: 'dataplane';
      readonly operation: DataPlaneOperation;
      receive(result: DataPlaneResult): void;
    };

export type BuildResult =
  | { readonly kind: 'built'; readonly payloads: readonly Payload[] }
  | Pending
  /** We cannot go on: ends the exchange and says why. */
  | {
      readonly kind: 'fail';
      readonly reason: string;
      readonly message: string;
      readonly notifyType?: number;
    };

export type StepResult =
  | { readonly kind: 'ok' }
  | Pending
  /** The message is ignored; the exchange waits for a better one. */
  | { readonly kind: 'drop'; readonly reason: string; readonly message: string }
  /** The peer is told why, and the exchange ends. */
  | {
      readonly kind: 'refuse';
      readonly notifyType: number;
      readonly reason: string;
      readonly message: string;
      /** What the peer offered and our rows do not have, such as `dh-group`. */
      readonly attributes?: readonly string[];
    };

export interface Step<C> {
  readonly from: Role;
  /** `either`: sent encrypted, taken both ways. */
  readonly encrypted: boolean | 'either';
  /** Sent again by timer until the reply comes; never true for a responder's first reply. */
  readonly retransmit: boolean;
  readonly payloads: readonly PayloadRule[];
  build(context: C): BuildResult;
  process(context: C, payloads: readonly DecodedPayload[]): StepResult;
}

export interface ExchangeDefinition<C> {
  readonly name: string;
  readonly reference: string;
  readonly exchangeType: number;
  readonly steps: readonly Step<C>[];
}

/** Says which rule a message breaks, or undefined when its payloads are those of the step. */
export function brokenRule(
  rules: readonly PayloadRule[],
  payloads: readonly Payload[],
): string | undefined {
  for (const { type, min, max } of rules) {
    const count = payloads.filter((payload) => payload.type === type).length;
    if (count < min) return `${count} ${type} payloads where at least ${min} must be`;
    if (count > max) return `${count} ${type} payloads where at most ${max} may be`;
  }
  // Vendor ids and payloads nobody knows are skipped (RFC 2408 5.1 lets a receiver ignore them).
  const stray = payloads.find(
    (payload) =>
      payload.type !== 'VID' &&
      payload.type !== 'UNKNOWN' &&
      !rules.some((rule) => rule.type === payload.type),
  );
  return stray && `a ${stray.type} payload where none may be`;
}

/** A datagram whose header was read. */
export interface ReceivedMessage {
  readonly header: IsakmpHeader;
  readonly bytes: Uint8Array;
}

/** A message after decryption, not yet believed. */
export interface OpenedMessage {
  readonly payloads: readonly DecodedPayload[];
  /** Called once the message proved good: only then does the cipher's chain move on (hostile #39). */
  accept(): void;
}

export type OpenResult =
  | ({ readonly kind: 'opened' } & OpenedMessage)
  | { readonly kind: 'drop'; readonly reason: string; readonly message: string };

/** What the runner needs of its surroundings; one implementation each for phase 1 and quick mode. */
export interface ExchangeIo<C> {
  readonly timers: TimerQueue;
  /** Decrypts and authenticates as far as the exchange's keys go. */
  open(step: Step<C>, index: number, message: ReceivedMessage): OpenResult;
  /** Encodes, authenticates and encrypts. */
  seal(step: Step<C>, index: number, payloads: readonly Payload[]): Uint8Array;
  /** Called right before message `index` leaves, so that SAs can be there first. */
  leaving(index: number): void;
  send(datagram: Uint8Array): void;
  request(pending: Pending, resume: (now: Instant) => void): void;
  /** Message `index` was sent or accepted. */
  progressed(index: number, now: Instant): void;
  dropped(reason: string, message: string): void;
  retransmitted(attempt: number): void;
  /** The first message was dropped after a slow job: nothing has begun. */
  notBegun?(now: Instant): void;
  completed(now: Instant): void;
  failed(failure: ExchangeFailure, now: Instant): void;
}

export interface ExchangeFailure {
  /** Stable word: `timeout`, or what a step gave. */
  readonly reason: string;
  readonly message: string;
  readonly notifyType?: number;
  /** The attributes that no agreement could be found on. */
  readonly attributes?: readonly string[];
}

/** The field of an event that names them. */
export function attributesField({ attributes = [] }: ExchangeFailure) {
  return attributes.length === 0 ? {} : { attributes: attributes.join(',') };
}

export class Exchange<C> {
  readonly definition: ExchangeDefinition<C>;
  readonly role: Role;
  readonly context: C;
  readonly #io: ExchangeIo<C>;
  /** Index of the next message, ours or the peer's. */
  #index = 0;
  #state: 'running' | 'completed' | 'ended' = 'running';
  #busy = false;
  #timer: Timer | undefined;
  #lastSent: Uint8Array | undefined;
  #lastReceived: Uint8Array | undefined;
  #resends = 0;
  readonly #held: ReceivedMessage[] = [];

  constructor(definition: ExchangeDefinition<C>, role: Role, context: C, io: ExchangeIo<C>) {
    this.definition = definition;
    this.role = role;
    this.context = context;
    this.#io = io;
  }

  /** Number of messages sent and accepted so far. */
  get index(): number {
    return this.#index;
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  /** A slow job runs for the current step. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Whether the peer has answered at all. */
  get answered(): boolean {
    return this.#lastReceived !== undefined;
  }

  /** Sends the last message once more, where nothing tells whether it arrived. */
  repeat(): void {
    if (this.#lastSent !== undefined) this.#io.send(this.#lastSent);
  }

  /** The initiator speaks first. */
  start(now: Instant): void {
    this.#build(now);
  }

  receive(now: Instant, message: ReceivedMessage): void {
    if (this.#lastReceived !== undefined && equalBytes(this.#lastReceived, message.bytes)) {
      this.#answerDuplicate();
      return;
    }
    if (this.#state !== 'running') {
      this.#io.dropped('late', `${this.definition.name} is over`);
      return;
    }
    if (this.#busy) {
      if (this.#held.length < ikeLimits.heldMessages) this.#held.push(message);
      else this.#io.dropped('limited', 'a slow job runs and enough messages wait for it');
      return;
    }
    const step = this.definition.steps[this.#index];
    if (step === undefined || step.from === this.role) {
      this.#io.dropped('unexpected', `message ${this.#index + 1} is ours to send`);
      return;
    }
    const opened = this.#io.open(step, this.#index, message);
    if (opened.kind === 'drop') {
      this.#io.dropped(opened.reason, opened.message);
      return;
    }
    const broken = brokenRule(step.payloads, opened.payloads);
    if (broken !== undefined) {
      this.#io.dropped(
        'malformed',
        `message ${this.#index + 1} of ${this.definition.name} has ${broken}`,
      );
      return;
    }
    this.#process(now, step, opened, message.bytes);
  }

  /** Ends the exchange without a word. Nothing of it fires any more. */
  end(): void {
    this.#state = 'ended';
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#lastSent = undefined;
    this.#held.length = 0;
  }

  #process(now: Instant, step: Step<C>, opened: OpenedMessage, datagram: Uint8Array): void {
    const result = step.process(this.context, opened.payloads);
    switch (result.kind) {
      case 'pending':
        this.#await(result, (later) => this.#process(later, step, opened, datagram));
        return;
      case 'drop':
        this.#io.dropped(result.reason, result.message);
        if (this.#index === 0) this.#io.notBegun?.(now);
        this.#receiveHeld(now);
        return;
      case 'refuse':
        opened.accept();
        this.#fail(now, result);
        return;
      case 'ok': {
        opened.accept();
        this.#lastReceived = datagram;
        this.#resends = 0;
        this.#timer?.cancel();
        const index = this.#index;
        this.#index += 1;
        this.#io.progressed(index, now);
        this.#next(now);
      }
    }
  }

  #next(now: Instant): void {
    const step = this.definition.steps[this.#index];
    if (step === undefined) this.#complete(now);
    else if (step.from === this.role) this.#build(now);
    else this.#receiveHeld(now);
  }

  #build(now: Instant): void {
    const index = this.#index;
    const step = this.definition.steps[index];
    if (step === undefined) return;
    const result = step.build(this.context);
    if (result.kind === 'fail') {
      this.#fail(now, result);
      return;
    }
    if (result.kind === 'pending') {
      this.#await(result, (later) => this.#build(later));
      return;
    }
    const datagram = this.#io.seal(step, index, result.payloads);
    this.#io.leaving(index);
    // What was to be ready before the message may have been refused, and the exchange ended by it.
    if (this.#state !== 'running') return;
    this.#lastSent = datagram;
    this.#io.send(datagram);
    this.#index += 1;
    this.#io.progressed(index, now);
    if (this.#index === this.definition.steps.length) this.#complete(now);
    else if (step.retransmit) this.#armRetransmission(now, 1);
    else this.#armEnd(now);
    this.#receiveHeld(now);
  }

  #armRetransmission(now: Instant, attempt: number): void {
    this.#timer = this.#io.timers.set(after(now, ikeTimes.retransmitMs), (later) => {
      if (attempt > ikeTimes.retransmissions) {
        this.#fail(later, { reason: 'timeout', message: 'the peer did not answer' });
        return;
      }
      // What the host does on this occasion goes first, such as repeating what this message builds on.
      this.#io.retransmitted(attempt);
      if (this.#lastSent !== undefined) this.#io.send(this.#lastSent);
      this.#armRetransmission(later, attempt + 1);
    });
  }

  // Who does not repeat its own message waits as long as the other end may repeat its.
  #armEnd(now: Instant): void {
    const wait = ikeTimes.retransmitMs * (ikeTimes.retransmissions + 1);
    this.#timer = this.#io.timers.set(after(now, wait), (later) =>
      this.#fail(later, { reason: 'timeout', message: 'the peer did not go on' }),
    );
  }

  // The peer repeats its message because our answer got lost: the same bytes again, and no work.
  #answerDuplicate(): void {
    const ours = this.definition.steps[this.#index - 1]?.from === this.role;
    if (this.#lastSent === undefined || !ours || this.#busy) return;
    if (this.#resends >= ikeLimits.resendsPerExchange) {
      this.#io.dropped('limited', 'copies of one message, answered often enough');
      return;
    }
    this.#resends += 1;
    this.#io.send(this.#lastSent);
  }

  #await(pending: Pending, resume: (now: Instant) => void): void {
    this.#busy = true;
    this.#io.request(pending, (later) => {
      this.#busy = false;
      if (this.#state === 'running') resume(later);
    });
  }

  #receiveHeld(now: Instant): void {
    if (this.#busy) return;
    const held = this.#held.shift();
    if (held !== undefined) this.receive(now, held);
  }

  #complete(now: Instant): void {
    this.#timer?.cancel();
    this.#state = 'completed';
    this.#held.length = 0;
    this.#io.completed(now);
  }

  #fail(now: Instant, failure: ExchangeFailure): void {
    this.end();
    this.#io.failed(failure, now);
  }
}
