/** Randomness that a seed repeats, and streams of it that do not disturb one another. */

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A stream of its own: what one part of a run draws moves nothing in another. */
  fork(name: string): Random {
    let seed = this.#next();
    for (let index = 0; index < name.length; index += 1) {
      seed = Math.imul(seed ^ name.charCodeAt(index), 0x01000193);
    }
    return new Random(seed);
  }

  /** At least 0, less than 1. */
  fraction(): number {
    return this.#next() / 4294967296;
  }

  /** A whole number from `first` to `last`, both included. */
  integer(first: number, last: number): number {
    return first + Math.floor(this.fraction() * (last - first + 1));
  }

  /** Mostly near `first`, seldom near `last`. */
  skewed(first: number, last: number): number {
    return first + Math.floor(this.fraction() * this.fraction() * (last - first + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[Math.floor(this.fraction() * values.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }

  /** Some of them, in their order. */
  subset<T>(values: readonly T[], probability: number): T[] {
    return values.filter(() => this.chance(probability));
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index += 1) bytes[index] = this.#next() >>> 24;
    return bytes;
  }

  // mulberry32
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }
}
