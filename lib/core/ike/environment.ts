/** What every part of the engine shares: the effects of this input, deadlines, and open requests. */
import type { Instant } from '../base/instant.js';
import type { CryptoProvider, CryptoResult } from '../crypto/provider.js';
import type { DataPlaneOperation, DataPlaneResult } from '../dataplane/types.js';
import type { Effect, EngineEvent } from './effect.js';
import type { Pending } from './exchange.js';
import type { Datagram, EffectId } from './input.js';
import { TimerQueue } from './timer-queue.js';

type Continuation = (result: CryptoResult | DataPlaneResult, now: Instant) => void;

export class Environment {
  readonly crypto: CryptoProvider;
  readonly timers = new TimerQueue();
  #effects: Effect[] = [];
  #nextId: EffectId = 1;
  readonly #open = new Map<EffectId, Continuation>();

  constructor(crypto: CryptoProvider) {
    this.crypto = crypto;
  }

  /** Requests whose answer is still awaited. */
  get openRequests(): number {
    return this.#open.size;
  }

  send(datagram: Datagram): void {
    this.#effects.push({ kind: 'send', datagram });
  }

  event(event: EngineEvent): void {
    this.#effects.push({ kind: 'event', event });
  }

  /** Asks the data plane; `done` runs when its answer comes back as an input. */
  operate(
    operation: DataPlaneOperation,
    done: (result: DataPlaneResult, now: Instant) => void,
  ): void {
    const id = this.#request((result, now) => done(result as DataPlaneResult, now));
    this.#effects.push({ kind: 'dataplane', id, operation });
  }

  /** Starts what a step waits for; `resume` runs after the step has noted the result. */
  request(pending: Pending, resume: (now: Instant) => void): void {
    if (pending.on === 'dataplane') {
      this.operate(pending.operation, (result, now) => {
        pending.receive(result);
        resume(now);
      });
      return;
    }
    const id = this.#request((result, now) => {
      pending.receive(result as CryptoResult);
      resume(now);
    });
    this.#effects.push({ kind: 'compute', id, job: pending.job });
  }

  /** An answer nobody waits for any more is ignored. */
  complete(id: EffectId, result: CryptoResult | DataPlaneResult, now: Instant): void {
    const continuation = this.#open.get(id);
    this.#open.delete(id);
    continuation?.(result, now);
  }

  /** The effects since the last call. */
  drain(): readonly Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #request(continuation: Continuation): EffectId {
    const id = this.#nextId++;
    this.#open.set(id, continuation);
    return id;
  }
}
