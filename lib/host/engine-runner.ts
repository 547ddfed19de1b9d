/**
 * Drives the engine: one input at a time to the end, its effects performed in order, its timer kept.
 * The invariant of `effect.ts` lives here: all effects of an input are performed before the next.
 */
import type { Instant } from '../core/base/instant.js';
import type { CryptoJob, CryptoResult } from '../core/crypto/provider.js';
import type { DataPlaneOperation, DataPlaneResult } from '../core/dataplane/types.js';
import type { Effect, EngineEvent, IkeEngine } from '../core/ike/effect.js';
import type { Datagram, EffectId, Input } from '../core/ike/input.js';
import type { Clock } from './clock.js';

/** What the engine's effects are performed with. */
export interface EnginePorts {
  readonly clock: Clock;
  readonly send: (datagram: Datagram) => void;
  readonly apply: (operations: readonly DataPlaneOperation[]) => readonly DataPlaneResult[];
  /** The result of what is quick, a promise of what is slow. */
  readonly compute: (job: CryptoJob) => CryptoResult | Promise<CryptoResult>;
  readonly onEvent: (event: EngineEvent) => void;
  /** After an input and everything that follows from it at once. */
  readonly onSettled: () => void;
  /** The engine or a port broke its contract: a bug of ours. Nothing is driven any more. */
  readonly onFatal: (error: unknown) => void;
}

type WithoutTime<I> = I extends Input ? Omit<I, 'now'> : never;
/** An input before its time is put on. */
export type TimelessInput = WithoutTime<Input>;

/** One literal for each kind: a spread of six shapes is the slowest step of a small message. */
function timed(input: TimelessInput, now: Instant): Input {
  switch (input.kind) {
    case 'datagram':
      return { kind: 'datagram', now, datagram: input.datagram };
    case 'completed':
      return { kind: 'completed', now, id: input.id, result: input.result };
    case 'dataplane':
      return { kind: 'dataplane', now, event: input.event };
    case 'timeout':
      return { kind: 'timeout', now };
    case 'configured':
      return { kind: 'configured', now, config: input.config };
    case 'command':
      return { kind: 'command', now, command: input.command };
  }
}

/** setTimeout fires at once beyond this. */
const timerMsMax = 2 ** 31 - 1;

export class EngineRunner {
  readonly #engine: IkeEngine;
  readonly #ports: EnginePorts;
  readonly #queue: TimelessInput[] = [];
  /** When the timer fires; later than it should never be. */
  #timerAt = Number.POSITIVE_INFINITY;
  #isDriving = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: IkeEngine, ports: EnginePorts) {
    this.#engine = engine;
    this.#ports = ports;
  }

  /**
   * Handles the input and what its effects answer at once, before it returns; called from within an
   * effect, the input waits for its turn.
   */
  enqueue(input: TimelessInput): void {
    if (this.#isClosed) return;
    this.#queue.push(input);
    if (this.#isDriving) return;
    this.#isDriving = true;
    try {
      this.#drive();
      this.#isDriving = false;
      this.#ports.onSettled();
    } catch (error) {
      this.close();
      this.#ports.onFatal(error);
    } finally {
      this.#isDriving = false;
    }
    this.#armTimer();
  }

  close(): void {
    this.#isClosed = true;
    this.#queue.length = 0;
    clearTimeout(this.#timer);
  }

  #drive(): void {
    for (let input = this.#queue.shift(); input !== undefined; input = this.#queue.shift()) {
      this.#perform(this.#engine.handle(timed(input, this.#ports.clock.now())));
    }
  }

  #perform(effects: readonly Effect[]): void {
    for (let index = 0; index < effects.length; index += 1) {
      const effect = effects[index] as Effect;
      switch (effect.kind) {
        case 'send':
          this.#ports.send(effect.datagram);
          break;
        case 'dataplane':
          // Neighbours go in one batch: a pair of SAs costs one system call, not two.
          index += this.#applyBatch(effects, index) - 1;
          break;
        case 'compute':
          this.#compute(effect.id, effect.job);
          break;
        case 'event':
          this.#ports.onEvent(effect.event);
          break;
      }
    }
  }

  /** Applies the run of data plane effects that starts at `first` and returns its length. */
  #applyBatch(effects: readonly Effect[], first: number): number {
    const ids: EffectId[] = [];
    const operations: DataPlaneOperation[] = [];
    for (let effect = effects[first]; effect?.kind === 'dataplane'; ) {
      ids.push(effect.id);
      operations.push(effect.operation);
      effect = effects[first + ids.length];
    }
    const results = this.#ports.apply(operations);
    ids.forEach((id, index) => {
      this.#queue.push({ kind: 'completed', id, result: results[index] as DataPlaneResult });
    });
    return ids.length;
  }

  #compute(id: EffectId, job: CryptoJob): void {
    const computed = this.#ports.compute(job);
    if (!(computed instanceof Promise)) {
      this.#queue.push({ kind: 'completed', id, result: computed });
      return;
    }
    computed.then(
      (result) => this.enqueue({ kind: 'completed', id, result }),
      (error) => {
        this.close();
        this.#ports.onFatal(error);
      },
    );
  }

  #armTimer(): void {
    const at = this.#engine.nextTimeout();
    // Deadlines come and go with every message: one that has gone costs less as a timer that fires for nothing.
    if (this.#isClosed || at === undefined || at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    // Rounded up: a timer that fires early would only be armed again.
    const waitMs = Math.ceil(Math.max(0, at - this.#ports.clock.now()));
    this.#timer = setTimeout(() => this.#onTimer(), Math.min(waitMs, timerMsMax));
  }

  #onTimer(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.enqueue({ kind: 'timeout' });
  }
}
