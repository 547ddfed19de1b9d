/** What the daemon tells, as a loop over events and as listeners by name. */
import type { LifeEventName } from '../core/config/engine-event-names.js';
import { lifeEventNames } from '../core/config/engine-event-names.js';
import { controlLimits } from '../core/control/messages.js';
import type {
  EngineWatchEvent,
  LostEvent,
  TableEvent,
  WatchEvent,
} from '../core/control/watch-event.js';
import type { ClientError } from './client-error.js';
import type { Connection, WatchListener } from './connection.js';
import type { StopSignal } from './stop-signal.js';

/** The event that each name of `on` stands for. */
export interface EventsByName extends Readonly<Record<LifeEventName, EngineWatchEvent>> {
  /** A row was added, changed, removed or moved. */
  readonly table: TableEvent;
  /** Events were left out. */
  readonly lost: LostEvent;
}

const eventNames: ReadonlySet<string> = new Set([...lifeEventNames, 'table', 'lost']);

/** What a watch needs of a connection. */
type Teller = Pick<Connection, 'listen' | 'unlisten'>;

interface Taker {
  readonly resolve: (result: IteratorResult<WatchEvent, undefined>) => void;
  readonly reject: (error: ClientError) => void;
}

const done = { done: true, value: undefined } as const;

/** The events from its making on, kept until they are taken; beyond a bound they are counted. */
export class Watch implements AsyncIterableIterator<WatchEvent, undefined>, WatchListener {
  readonly #teller: Teller;
  readonly #signal: StopSignal | undefined;
  readonly #events: WatchEvent[] = [];
  #taker: Taker | undefined;
  #lost = 0;
  #end: { readonly error: ClientError | undefined } | undefined;
  readonly #onAbort = () => this.end();
  /** Resolves when the daemon has begun to tell; never rejects: the loop does. */
  readonly started: Promise<void>;

  constructor(teller: Teller, signal?: StopSignal) {
    this.#teller = teller;
    this.#signal = signal;
    if (signal?.aborted) {
      this.#end = { error: undefined };
      this.started = Promise.resolve();
      return;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.started = teller.listen(this).catch((error: ClientError) => this.onEnd(error));
  }

  onEvent(event: WatchEvent): void {
    const taker = this.#taker;
    this.#taker = undefined;
    if (taker !== undefined) taker.resolve({ done: false, value: event });
    else if (this.#lost > 0 || this.#events.length >= controlLimits.watchedEvents) this.#lost += 1;
    else this.#events.push(event);
  }

  onEnd(error: ClientError | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#teller.unlisten(this);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    const taker = this.#taker;
    this.#taker = undefined;
    if (error === undefined) taker?.resolve(done);
    else taker?.reject(error);
  }

  /** Ends the loop without an error; what was not taken is dropped. */
  end(): void {
    this.#events.length = 0;
    this.#lost = 0;
    this.onEnd(undefined);
  }

  next(): Promise<IteratorResult<WatchEvent, undefined>> {
    const value = this.#events.shift() ?? this.#lostEvent();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#end?.error !== undefined) return Promise.reject(this.#end.error);
    if (this.#end !== undefined) return Promise.resolve(done);
    return new Promise((resolve, reject) => {
      // Of two who wait at once the first is told that it is over: a loop never does that.
      this.#taker?.resolve(done);
      this.#taker = { resolve, reject };
    });
  }

  /** The loop was left. */
  return(): Promise<IteratorResult<WatchEvent, undefined>> {
    this.end();
    return Promise.resolve(done);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #lostEvent(): LostEvent | undefined {
    if (this.#lost === 0) return undefined;
    const count = this.#lost;
    this.#lost = 0;
    return { kind: 'lost', epochSeconds: Math.floor(Date.now() / 1000), count };
  }
}

/** Calls the listener for events of that name, until the returned function is called. */
export function listenFor<N extends keyof EventsByName>(
  teller: Teller,
  name: N,
  listener: (event: EventsByName[N]) => void,
): () => void {
  if (!eventNames.has(name)) {
    throw new TypeError(`there is no event "${name}": it is one of ${[...eventNames].join(', ')}`);
  }
  let isListening = true;
  const watcher: WatchListener = {
    onEvent: (event) => {
      if (!isNamed(event, name)) return;
      // What a listener throws is its program's matter, and must not cut our reading short.
      queueMicrotask(() => {
        if (isListening) listener(event);
      });
    },
    onEnd: () => undefined,
  };
  // A lost connection is told by what is asked next, and by `closed`.
  teller.listen(watcher).catch(() => undefined);
  return () => {
    isListening = false;
    teller.unlisten(watcher);
  };
}

function isNamed<N extends keyof EventsByName>(
  event: WatchEvent,
  name: N,
): event is WatchEvent & EventsByName[N] {
  return (event.kind === 'engine' ? event.name : event.kind) === name;
}
