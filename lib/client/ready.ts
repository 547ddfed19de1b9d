/** Waits until a policy protects packets, or says why it does not. */
import type { JsonItemWithStatistics } from '../core/config/menu-shapes.js';
import type { Explanation } from '../core/control/results.js';
import type { EngineWatchEvent, WatchEvent } from '../core/control/watch-event.js';
import { ClientError } from './client-error.js';
import type { Connection } from './connection.js';
import type { StopSignal } from './stop-signal.js';
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
  readonly signal?: StopSignal;
}

type Policy = JsonItemWithStatistics<'policy'>;

const defaultTimeoutMs = 30_000;
const timeoutMsMax = 2 ** 31 - 1;
/** A failure that can mend, such as a row of the peer's that is being edited, is worth another try. */
const retryMs = 1_000;

/** What follows from an earlier failure and says less than that. */
const consequences: ReadonlySet<string | undefined> = new Set(['phase1-gone', 'timeout']);

export async function policyReady(
  connection: Connection,
  name: string,
  { timeoutMs = defaultTimeoutMs, initiate = true, signal }: ReadyOptions = {},
): Promise<void> {
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > timeoutMsMax) {
    throw new TypeError(`timeoutMs: a whole number of milliseconds from 1 to ${timeoutMsMax}`);
  }
  if (signal?.aborted) throw signal.reason;
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
  #policy: Policy | undefined;
  #failure: EngineWatchEvent | undefined;
  /** The address phase 1 was begun with and is not done. */
  #asked: string | undefined;
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
    if (this.#initiate) await this.#ask();
    else await this.#checkRows();
    for await (const event of this.#watch) {
      if (event.kind === 'engine' && this.#concerns(event)) this.#note(event);
      // What was edited may be what was wrong.
      if (event.kind === 'table' && event.menu !== 'policy') await this.#retryNow();
      if (this.#mayChange(event) && (await this.#isReady())) return;
    }
    throw new ClientError(
      'ERR_IPSEC_CONNECTION_LOST',
      `the connection was closed before the policy ${this.#name} was ready`,
    );
  }

  end(): void {
    clearTimeout(this.#retry);
    this.#watch.end();
  }

  timedOut(timeoutMs: number): ClientError {
    const failure = this.#failure;
    return this.#notReady(`is not ready after ${timeoutMs / 1000} s`, {
      why: failure?.message ?? this.#silence(),
      reason: failure?.reason ?? 'timeout',
    });
  }

  /** Nothing was reported: what to look at. */
  #silence(): string {
    return this.#asked === undefined
      ? `its state is ${this.#policy?.['ph2-state'] ?? 'unknown'}, and no failure was reported: is there traffic for it, and does its peer answer?`
      : `phase 1 with ${this.#asked} has begun and is not done: does IKE run there, and has its peer row for this router the same exchange-mode and secret?`;
  }

  /** Rejects when the policy would never be. */
  async #isReady(): Promise<boolean> {
    const policy = await this.#look();
    this.#policy = policy;
    if (policy.disabled) throw this.#never('it is disabled: enable it', 'disabled');
    if (policy.invalid) throw await this.#invalid();
    if (policy.action !== 'encrypt' || policy['ph2-state'] === 'established') return true;
    if (policy['manual-sa'] === null) return false;
    throw this.#never(
      'the SAs of its manual keys could not be installed: the log of ipsecd says why',
      'manual-sa',
    );
  }

  async #look(): Promise<Policy> {
    try {
      const { items } = await this.#connection.request({
        ...{ method: 'rows', menu: 'policy', ids: [this.#name], statistics: true },
      });
      return items[0] as unknown as Policy;
    } catch (error) {
      const isGone = error instanceof ClientError && error.rule === 'C-61';
      if (isGone && this.#policy !== undefined) throw this.#never('it was removed', 'removed');
      throw error;
    }
  }

  /** Who negotiates is told by the engine; who waits for the peer would never hear of a missing row. */
  async #checkRows(): Promise<void> {
    const remark = (await this.#explanation())?.remarks[0];
    if (remark !== undefined) throw this.#never(`it ${remark.text}`, 'no-keys');
  }

  async #invalid(): Promise<ClientError> {
    const reason = (await this.#explanation())?.reasons[0];
    return this.#never(`it is invalid: ${reason?.text ?? 'see explain'}`, 'invalid', reason?.rule);
  }

  async #explanation(): Promise<Explanation | undefined> {
    const { items } = await this.#connection.request({
      ...{ method: 'explain', menu: 'policy', ids: [this.#name] },
    });
    return items[0];
  }

  #never(why: string, reason: string, rule?: string): ClientError {
    return this.#notReady('will not be ready', { why, reason, rule });
  }

  #notReady(
    what: string,
    { why, reason, rule }: { why: string; reason: string; rule?: string | undefined },
  ): ClientError {
    // The names of notifies are in capitals, our own words are not: both are the same words.
    return new ClientError('ERR_IPSEC_NOT_READY', `the policy ${this.#name} ${what}: ${why}`, {
      reason: reason.toLowerCase(),
      ...(rule === undefined ? {} : { rule }),
    });
  }

  async #ask(): Promise<void> {
    try {
      await this.#connection.request({ method: 'initiate', menu: 'policy', item: this.#name });
    } catch (error) {
      // The policy was edited meanwhile: that is an event, and looked at when it comes.
      if (!(error instanceof ClientError) || error.code !== 'ERR_IPSEC_REFUSED') throw error;
    }
  }

  /** Rejects when only a row that is missing here can help. */
  #note(event: EngineWatchEvent): void {
    if (event.name === 'phase1Started') this.#asked = event.remote;
    if (event.name === 'phase1Established') {
      this.#asked = undefined;
      this.#failure = undefined;
    }
    if (event.level !== 'warn' && event.level !== 'error') return;
    if (isMissingRow(event)) throw this.#never(event.message, event.reason ?? '');
    if (this.#failure === undefined || !consequences.has(event.reason)) this.#failure = event;
    if (!this.#initiate || this.#retry !== undefined) return;
    // A policy that was edited meanwhile is looked at when its event comes.
    this.#retry = setTimeout(() => this.#retryNow().catch(() => undefined), retryMs);
  }

  async #retryNow(): Promise<void> {
    if (this.#retry === undefined) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    await this.#ask();
  }

  /** What happens to this policy, or in phase 1 with its peer. */
  #concerns({ policyId, remote }: EngineWatchEvent): boolean {
    return policyId === undefined
      ? remote !== undefined && remote === this.#policy?.['sa-dst-address']
      : policyId === this.#policy?.id;
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

/**
 * No row of ours serves the peer's address. That a peer's identity has no secret is another matter: it
 * names a peer row, and the peer may be told to call itself otherwise.
 */
function isMissingRow({ name, reason, peerId }: EngineWatchEvent): boolean {
  const isMissing = reason === 'no-peer' || reason === 'no-secret';
  return name === 'phase1Failed' && isMissing && peerId === undefined;
}
