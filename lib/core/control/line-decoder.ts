/** Cuts a byte stream into lines of bounded length: both ends of the control socket read through it. */
import { concatAll } from '../base/bytes.js';

const newline = 0x0a;

export class LineDecoder {
  readonly #limitBytes: number;
  // Kept apart until the line is complete: joining at every chunk would cost the square of its length.
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /**
   * The lines completed by this chunk, without their newline; undefined once a line is longer than
   * the limit, after which the stream is of no more use. Bytes that are not UTF-8 become U+FFFD.
   */
  push(chunk: Uint8Array): readonly string[] | undefined {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      if (!this.#keep(chunk.subarray(start, end))) return undefined;
      lines.push(new TextDecoder().decode(concatAll(this.#parts)));
      this.#parts = [];
      this.#length = 0;
      start = end + 1;
    }
    return this.#keep(chunk.subarray(start)) ? lines : undefined;
  }

  #keep(part: Uint8Array): boolean {
    this.#length += part.length;
    if (this.#length > this.#limitBytes) return false;
    if (part.length > 0) this.#parts.push(part);
    return true;
  }
}
