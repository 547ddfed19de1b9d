/** Big-endian writing into a buffer that grows; a value that does not fit is a bug of the caller. */
import { assert } from '../base/assert.js';

export class Writer {
  #bytes = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#number(value, 1);
  }

  u16(value: number): void {
    this.#number(value, 2);
  }

  u24(value: number): void {
    this.#number(value, 3);
  }

  u32(value: number): void {
    this.#number(value, 4);
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Writes two bytes at `offset` again, for a length known only afterwards. */
  patchU16(offset: number, value: number): void {
    const end = this.#length;
    assert(offset + 2 <= end, 'a patch lies inside what was written');
    this.#length = offset;
    this.u16(value);
    this.#length = end;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #number(value: number, size: number): void {
    assert(
      Number.isInteger(value) && value >= 0 && value < 256 ** size,
      `${value} does not fit ${size} bytes`,
    );
    this.#reserve(size);
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) {
      this.#bytes[this.#length] = (value >>> shift) & 0xff;
      this.#length += 1;
    }
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
