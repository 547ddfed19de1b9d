/**
 * Tells the log of a flood: one line for each ten seconds in which very many datagrams came to nothing, with how
 * many, why, and from how many addresses. Single ones are told of elsewhere, those of strangers at level debug.
 */
import type { EngineEvent } from '../core/ike/effect.js';
import type { Log } from './log.js';

export interface FloodReportOptions {
  readonly log: Log;
  /** Runs the action after that many milliseconds, once. */
  readonly later: (milliseconds: number, action: () => void) => void;
}

const intervalMs = 10_000;
/** Fifty a second: a thousand peers that all try in vain send no more. */
const floodMin = 500;
/** Forged addresses are without end; beyond this many it is enough to know that there are more. */
const sourcesMax = 1000;

export class FloodReport {
  readonly #options: FloodReportOptions;
  readonly #reasons = new Map<string, number>();
  readonly #sources = new Set<string>();

  constructor(options: FloodReportOptions) {
    this.#options = options;
  }

  /** What anybody on the network can cause with a datagram; other events are passed over. */
  count({ name, reason = name, remote }: EngineEvent): void {
    if (name !== 'datagramDropped' && name !== 'phase1Failed') return;
    if (this.#reasons.size === 0) this.#options.later(intervalMs, () => this.#settle());
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    if (remote !== undefined && this.#sources.size < sourcesMax) this.#sources.add(remote);
  }

  #settle(): void {
    const reasons = [...this.#reasons].sort(([, a], [, b]) => b - a);
    const dropped = reasons.reduce((sum, [, count]) => sum + count, 0);
    const sources = this.#sources.size;
    this.#reasons.clear();
    this.#sources.clear();
    if (dropped < floodMin) return;
    const why = reasons.map(([reason, count]) => `${count} ${reason}`).join(', ');
    const many = sources < sourcesMax ? `${sources}` : `${sourcesMax} or more`;
    this.#options.log.warn(
      { event: 'flood', dropped, sources, reasons: Object.fromEntries(reasons) },
      `${dropped} datagrams to IKE came to nothing in ${intervalMs / 1000} s, from ${many} addresses: ${why}; ` +
        'they change no SA, a firewall can keep their senders out',
    );
  }
}
