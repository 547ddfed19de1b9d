/** Keeps one cause from filling the log: the same line at most once a period, then with a count. */
import type { Instant } from '../core/base/instant.js';

/** At most one line per cause in this time. */
const periodMs = 10_000;

/**
 * Causes remembered at once, unless the maker of a limiter says otherwise. A flood from ever new (forged) addresses makes ever new causes: beyond
 * this many in one period nothing is logged, so the log grows by a bounded amount per second.
 */
const defaultCausesMax = 256;

export class RepeatLimiter {
  readonly #causes = new Map<string, { admittedAt: Instant; suppressed: number }>();
  readonly #causesMax: number;
  #overflowed = 0;

  constructor(causesMax = defaultCausesMax) {
    this.#causesMax = causesMax;
  }

  /**
   * How many lines of this cause were suppressed since the last one, if it may be logged now;
   * undefined if it may not. Once a flood of causes is over, its count is added to the next line.
   */
  admit(cause: string, now: Instant): number | undefined {
    const known = this.#causes.get(cause);
    if (known !== undefined && now - known.admittedAt < periodMs) {
      known.suppressed += 1;
      return undefined;
    }
    if (known === undefined && !this.#makeRoom(now)) {
      this.#overflowed += 1;
      return undefined;
    }
    this.#causes.set(cause, { admittedAt: now, suppressed: 0 });
    const suppressed = (known?.suppressed ?? 0) + this.#overflowed;
    this.#overflowed = 0;
    return suppressed;
  }

  /** Makes every cause a new one; what was suppressed is told with the next line, whatever its cause. */
  forget(): void {
    for (const { suppressed } of this.#causes.values()) this.#overflowed += suppressed;
    this.#causes.clear();
  }

  #makeRoom(now: Instant): boolean {
    if (this.#causes.size < this.#causesMax) return true;
    for (const [cause, { admittedAt }] of this.#causes) {
      if (now - admittedAt >= periodMs) this.#causes.delete(cause);
    }
    return this.#causes.size < this.#causesMax;
  }
}
