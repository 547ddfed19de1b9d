/** Everything that happened in a run, one line each; equal runs have equal hashes. */
import { createHash } from 'node:crypto';

export class EventLog {
  readonly #lines: string[] = [];
  readonly #echo: ((line: string) => void) | undefined;

  constructor(echo?: (line: string) => void) {
    this.#echo = echo;
  }

  /** `at`: milliseconds of the world. */
  add(at: number, text: string): void {
    const line = `${at} ${text}`;
    this.#lines.push(line);
    this.#echo?.(line);
  }

  get length(): number {
    return this.#lines.length;
  }

  last(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }

  hash(): string {
    return createHash('sha256').update(this.#lines.join('\n')).digest('hex').slice(0, 16);
  }
}

const exchangeNames: Readonly<Record<number, string>> = {
  1: 'base',
  2: 'main',
  4: 'aggressive',
  5: 'informational',
  32: 'quick',
};

/** A datagram in a few words: exchange, message id, length and a sum of its bytes. */
export function describeDatagram(bytes: Uint8Array): string {
  const name = exchangeNames[bytes[18] ?? 0] ?? `exchange ${bytes[18]}`;
  const id = [20, 21, 22, 23].map((at) => (bytes[at] ?? 0).toString(16).padStart(2, '0')).join('');
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193);
  const clear = ((bytes[19] ?? 0) & 1) === 0 ? ' clear' : '';
  return `${name}${clear} ${id} ${bytes.length}b ${(sum >>> 0).toString(16)}`;
}
