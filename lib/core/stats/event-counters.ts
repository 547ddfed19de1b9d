/** Counts engine events by name and reason: the figures behind `status` and, later, the metrics. */
import type { EngineEvent } from '../ike/effect.js';

/** Names and reasons are closed lists in the code; the bound only guards against a slip there. */
const labelsMax = 512;

export class EventCounters {
  readonly #counts = new Map<string, number>();

  count({ name, reason }: Pick<EngineEvent, 'name' | 'reason'>): void {
    const label = reason === undefined ? name : `${name}/${reason}`;
    const count = this.#counts.get(label);
    if (count === undefined && this.#counts.size >= labelsMax) return;
    this.#counts.set(label, (count ?? 0) + 1);
  }

  /** The counts so far, in order of first occurrence. */
  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
