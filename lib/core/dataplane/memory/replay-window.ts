/** The receiver's memory of sequence numbers (RFC 4303 3.4.3). */

export class ReplayWindow {
  readonly #size: number;
  readonly #seen = new Set<number>();
  #highest = 0;

  /** `size` in packets; 0 accepts everything. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Notes the number and says whether it is a new one that the window can still judge. */
  accept(sequenceNumber: number): boolean {
    if (this.#size === 0) return true;
    if (sequenceNumber <= this.#highest - this.#size || this.#seen.has(sequenceNumber))
      return false;
    this.#seen.add(sequenceNumber);
    if (sequenceNumber > this.#highest) {
      this.#highest = sequenceNumber;
      for (const old of this.#seen) {
        if (old <= sequenceNumber - this.#size) this.#seen.delete(old);
      }
    }
    return true;
  }
}
