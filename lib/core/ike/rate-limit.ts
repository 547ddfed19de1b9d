/** At most so many of something in a second; what was not used is saved up for one second. */
import type { Instant } from '../base/instant.js';

export class RateLimit {
  readonly #perSecond: number;
  #left: number;
  #at = 0 as Instant;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
  }

  /** Whether one more may pass now; if so it is counted. */
  admit(now: Instant): boolean {
    const earned = ((now - this.#at) / 1000) * this.#perSecond;
    this.#left = Math.min(this.#perSecond, this.#left + earned);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
