/** The clock of one machine: it starts at zero with the machine, and runs a little fast or slow. */
import type { Instant } from '../../lib/core/base/instant.js';
import { instant } from '../../lib/core/base/instant.js';

export class MachineClock {
  readonly #startedAt: number;
  /** Local milliseconds for each millisecond of the world. */
  readonly #rate: number;

  constructor(startedAt: number, rate: number) {
    this.#startedAt = startedAt;
    this.#rate = rate;
  }

  at(world: number): Instant {
    return instant(Math.floor((world - this.#startedAt) * this.#rate));
  }

  /** The first millisecond of the world at which the clock shows that, or later. */
  worldTimeOf(local: number): number {
    let world = Math.max(this.#startedAt, Math.floor(this.#startedAt + local / this.#rate));
    while (this.at(world) < local) world += 1;
    return world;
  }
}
