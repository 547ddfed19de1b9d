/** The records that cross to the addon: sequences of 32-bit words (native/words.h is the other side). */
import type { Address } from '../../core/base/address.js';

const initialWords = 4096;
const noBytes = new Uint8Array(0);

/** Writes records one behind the other into one buffer, which is wiped and used again. */
export class WordWriter {
  #words = new Uint32Array(initialWords);
  #bytes = new Uint8Array(this.#words.buffer);
  #length = 0;

  /** The buffer; only the first `length` words count. */
  get words(): Uint32Array {
    return this.#words;
  }

  get length(): number {
    return this.#length;
  }

  u32(value: number): this {
    this.#reserve(1);
    this.#words[this.#length] = value;
    this.#length += 1;
    return this;
  }

  /** An integer up to 2^53. */
  u64(value: number): this {
    return this.u32(value).u32(Math.floor(value / 2 ** 32));
  }

  address(address: Address): this {
    return this.u32(addressToWord(address));
  }

  bytes(bytes: Uint8Array): this {
    this.u32(bytes.length);
    const words = (bytes.length + 3) >>> 2;
    if (words === 0) return this;
    this.#reserve(words);
    this.#words[this.#length + words - 1] = 0;
    this.#bytes.set(bytes, this.#length * 4);
    this.#length += words;
    return this;
  }

  /** Starts anew; what was written, keys among it, is overwritten. */
  clear(): void {
    this.#words.fill(0, 0, this.#length);
    this.#length = 0;
  }

  #reserve(words: number): void {
    if (this.#length + words <= this.#words.length) return;
    const old = this.#words;
    this.#words = new Uint32Array(Math.max(2 * old.length, this.#length + words));
    this.#words.set(old);
    this.#bytes = new Uint8Array(this.#words.buffer);
    old.fill(0);
  }
}

/** Reads records; the addon writes them whole, so reading beyond the end is a bug. */
export class WordReader {
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #text: Buffer;
  #next = 0;

  constructor(words: Uint32Array) {
    this.#words = words;
    this.#bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    this.#text = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  }

  get atEnd(): boolean {
    return this.#next >= this.#words.length;
  }

  u32(): number {
    const value = this.#words[this.#next];
    if (value === undefined) throw new RangeError('a record of the addon ends too early');
    this.#next += 1;
    return value;
  }

  /** Exact up to 2^53. */
  u64(): number {
    const low = this.u32();
    return low + this.u32() * 2 ** 32;
  }

  address(): Address {
    const word = this.u32();
    return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
  }

  /** A copy. */
  bytes(): Uint8Array {
    const length = this.u32();
    if (length === 0) return noBytes;
    const start = this.#next * 4;
    this.#next += (length + 3) >>> 2;
    return this.#bytes.slice(start, start + length);
  }

  skipBytes(): void {
    const length = this.u32();
    this.#next += (length + 3) >>> 2;
  }

  text(): string {
    const length = this.u32();
    const start = this.#next * 4;
    this.#next += (length + 3) >>> 2;
    return this.#text.toString('latin1', start, start + length);
  }

  /** Overwrites what was read, keys among it. */
  wipe(): void {
    this.#words.fill(0);
  }
}

/**
 * The number of a canonical address. Written out because a batch of ten thousand policies holds
 * forty thousand addresses, and the general parser costs as much as the kernel does.
 */
export function addressToWord(address: Address): number {
  let word = 0;
  let part = 0;
  for (let i = 0; i < address.length; i += 1) {
    const digit = address.charCodeAt(i) - 48;
    if (digit >= 0) {
      part = part * 10 + digit;
    } else {
      word = (word << 8) | part;
      part = 0;
    }
  }
  return ((word << 8) | part) >>> 0;
}
