/** Big-endian writing into a buffer that grows; a value that does not fit is a bug of the caller. */
import { assert } from '../base/assert.js';

/** Memory of writers that have finished, for those to come: every message needs several. */
const spare: Uint8Array[] = [];
const spareMax = 4;
const spareBytes = 2048;

export class Writer {
  #bytes: Uint8Array = spare.pop() ?? new Uint8Array(spareBytes);
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

  /** A copy of what was written, as the last thing that is done with the writer. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#length);
    if (spare.length < spareMax && this.#bytes.length === spareBytes) spare.push(this.#bytes);
    this.#bytes = new Uint8Array(0);
    this.#length = 0;
    return written;
  }

  #number(value: number, size: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** size) {
      assert(false, `${value} does not fit ${size} bytes`);
    }
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
