/** Waits until a policy protects packets, or says why it does not. */
import type { EngineWatchEvent, WatchEvent } from '../core/control/watch-event.js';
import { ClientError } from './client-error.js';
import type { Connection } from './connection.js';
import type { PolicyItem } from './tables.js';
import { Watch } from './watch.js';

export interface ReadyOptions {
  /** How long to wait, in milliseconds, 1 to 2147483647; default 30000. */
  readonly timeoutMs?: number;
  /**
   * Negotiates at once, and again a second after a failure, instead of waiting for a packet that
   * asks; default true.
   */
  readonly initiate?: boolean;
  /** Ends the waiting: the promise rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
}

const defaultTimeoutMs = 30_000;
const timeoutMsMax = 2 ** 31 - 1;
/** A failure that can mend, such as a row that is still to be added, is worth another try. */
const retryMs = 1_000;

export async function policyReady(
  connection: Connection,
  name: string,
  { timeoutMs = defaultTimeoutMs, initiate = true, signal }: ReadyOptions = {},
): Promise<void> {
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > timeoutMsMax) {
    throw new TypeError(`timeoutMs: a whole number of milliseconds from 1 to ${timeoutMsMax}`);
  }
  signal?.throwIfAborted();
  const waiting = new Waiting(connection, name, initiate);
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const cutShort = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(waiting.timedOut(timeoutMs)), timeoutMs);
    onAbort = () => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([waiting.done(), cutShort]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    waiting.end();
  }
}

class Waiting {
  readonly #connection: Connection;
  readonly #name: string;
  readonly #initiate: boolean;
  readonly #watch: Watch;
  #policy: PolicyItem | undefined;
  #lastFailure: EngineWatchEvent | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(connection: Connection, name: string, initiate: boolean) {
    this.#connection = connection;
    this.#name = name;
    this.#initiate = initiate;
    this.#watch = new Watch(connection);
  }

  /** Resolves when the policy is ready; rejects when it cannot become so by waiting. */
  async done(): Promise<void> {
    await this.#watch.started;
    if (await this.#isReady()) return;
    await this.#ask();
    for await (const event of this.#watch) {
      if (this.#isFailure(event)) this.#onFailure(event);
      // The row that was missing may have come.
      if (event.kind === 'table' && event.menu !== 'policy') await this.#retryNow();
      if (this.#mayChange(event) && (await this.#isReady())) return;
    }
  }

  end(): void {
    clearTimeout(this.#retry);
    this.#watch.end();
  }

  timedOut(timeoutMs: number): ClientError {
    const failure = this.#lastFailure;
    const why =
      failure?.message ??
      `its state is ${this.#policy?.['ph2-state'] ?? 'unknown'}, and no failure was reported: is there traffic for it, and does its peer answer?`;
    return new ClientError(
      'ERR_IPSEC_NOT_READY',
      `the policy ${this.#name} is not ready after ${timeoutMs / 1000} s: ${why}`,
      failure?.reason === undefined ? {} : { reason: failure.reason },
    );
  }

  /** Rejects when the policy would never be. */
  async #isReady(): Promise<boolean> {
    const { items } = await this.#connection.request({
      ...{ method: 'rows', menu: 'policy', ids: [this.#name], statistics: true },
    });
    const policy = items[0] as PolicyItem | undefined;
    this.#policy = policy;
    if (policy === undefined) return false;
    if (policy.disabled) throw this.#never('it is disabled: enable it');
    if (policy.invalid) throw await this.#invalid();
    const needsKeys = policy.action === 'encrypt' && policy['manual-sa'] === null;
    return !needsKeys || policy['ph2-state'] === 'established';
  }

  async #invalid(): Promise<ClientError> {
    const { items } = await this.#connection.request({
      ...{ method: 'explain', menu: 'policy', ids: [this.#name] },
    });
    const reason = items[0]?.reasons[0];
    return this.#never(`it is invalid: ${reason?.text ?? 'see explain'}`, reason?.rule);
  }

  #never(why: string, rule?: string): ClientError {
    return new ClientError(
      'ERR_IPSEC_NOT_READY',
      `the policy ${this.#name} will not be ready: ${why}`,
      rule === undefined ? {} : { rule },
    );
  }

  async #ask(): Promise<void> {
    if (!this.#initiate) return;
    await this.#connection.request({ method: 'initiate', menu: 'policy', item: this.#name });
  }

  #onFailure(event: EngineWatchEvent): void {
    this.#lastFailure = event;
    if (!this.#initiate || this.#retry !== undefined) return;
    // A policy that was changed meanwhile is looked at when its event comes.
    this.#retry = setTimeout(() => this.#retryNow().catch(() => undefined), retryMs);
  }

  async #retryNow(): Promise<void> {
    if (this.#retry === undefined) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    await this.#ask();
  }

  /** What failed for this policy, or for phase 1 with its peer. */
  #isFailure(event: WatchEvent): event is EngineWatchEvent {
    if (event.kind !== 'engine' || event.level !== 'warn') return false;
    if (event.policyId !== undefined) return event.policyId === this.#policy?.id;
    return event.remote !== undefined && event.remote === this.#policy?.['sa-dst-address'];
  }

  #mayChange(event: WatchEvent): boolean {
    switch (event.kind) {
      case 'lost':
        return true;
      case 'table':
        return event.menu === 'policy' && event.id === this.#policy?.id;
      case 'engine':
        return event.policyId === this.#policy?.id && event.level !== 'warn';
    }
  }
}
