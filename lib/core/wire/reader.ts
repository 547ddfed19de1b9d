/** Bounded big-endian reading whose first error sticks, so that a decoder checks once at its end. */
import type { DecodeError } from './decode-error.js';

/** Shared by a reader and its parts: one error ends the decoding of the whole. */
interface Failure {
  error?: DecodeError;
}

/**
 * Reads a run of bytes front to back. Past the end, or after any error, every read gives zero or no
 * bytes and consumes nothing; loops must therefore end on `failed` or on `remaining`.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #origin: number;
  readonly #failure: Failure;
  #offset = 0;

  /** `origin`: offset of the first byte in the whole, for error texts. */
  constructor(bytes: Uint8Array, origin = 0, failure: Failure = {}) {
    this.#bytes = bytes;
    this.#origin = origin;
    this.#failure = failure;
  }

  /** Offset of the next byte in the whole. */
  get offset(): number {
    return this.#origin + this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  get failed(): boolean {
    return this.#failure.error !== undefined;
  }

  get error(): DecodeError | undefined {
    return this.#failure.error;
  }

  /** Records an error; only the first is kept. */
  fail(detail: string, reason: DecodeError['reason'] = 'malformed'): void {
    this.#failure.error ??= { reason, detail };
  }

  u8(): number {
    return this.#take(1) ? (this.#bytes[this.#offset - 1] ?? 0) : 0;
  }

  u16(): number {
    return this.#number(2);
  }

  u24(): number {
    return this.#number(3);
  }

  u32(): number {
    return this.#number(4);
  }

  /** A view of the next `length` bytes, not a copy. */
  bytes(length: number): Uint8Array {
    return this.#take(length)
      ? this.#bytes.subarray(this.#offset - length, this.#offset)
      : new Uint8Array(0);
  }

  /** A view of everything that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** A reader over the next `length` bytes; an error in it is an error here. */
  part(length: number): Reader {
    const origin = this.offset;
    return new Reader(this.bytes(length), origin, this.#failure);
  }

  /** An error unless everything was read. */
  end(what: string): void {
    if (this.remaining > 0)
      this.fail(`${what}: ${this.remaining} bytes left over at ${this.offset}`);
  }

  #number(size: number): number {
    if (!this.#take(size)) return 0;
    let value = 0;
    for (let i = this.#offset - size; i < this.#offset; i += 1) {
      value = value * 256 + (this.#bytes[i] ?? 0);
    }
    return value;
  }

  #take(length: number): boolean {
    if (this.failed) return false;
    if (length > this.remaining) {
      this.fail(`${length} bytes wanted at ${this.offset}, ${this.remaining} left`);
      return false;
    }
    this.#offset += length;
    return true;
  }
}
