/**
 * The configuration in force and the one on disk. Changes are staged first, which costs nothing; what
 * was staged is then put into the kernel and saved as a whole, or what is refused of it is taken back.
 */
import type { Result } from '../core/base/result.js';
import { err, ok } from '../core/base/result.js';
import type { Config } from '../core/config/config.js';

export interface ConfigurationPorts {
  /**
   * Puts the policies of a configuration into the data plane. Returns the words for the user when a
   * policy of it is refused, and then the data plane may hold a part of it.
   */
  readonly install: (config: Config) => string | undefined;
  /** Returns once it is on the disk, or throws the error of the system call. */
  readonly save: (config: Config) => void;
  /** A configuration was saved: it now counts. */
  readonly onSaved: (config: Config) => void;
}

/** Which of the changes staged was refused, counted from 0, and why. Those before it are in force. */
export interface Refusal {
  readonly index: number;
  readonly words: string;
}

export class Configuration {
  readonly #ports: ConfigurationPorts;
  #settled: Config;
  #staged: Config[] = [];

  /** `config` is saved and installed already. */
  constructor(config: Config, ports: ConfigurationPorts) {
    this.#ports = ports;
    this.#settled = config;
  }

  /** What the next change builds on: the last one staged, or what is in force. */
  get current(): Config {
    return this.#staged.at(-1) ?? this.#settled;
  }

  /** What is in the kernel and on the disk. */
  get settled(): Config {
    return this.#settled;
  }

  /** To be settled before anybody else has his turn: nobody is to see what may be taken back. */
  stage(next: Config): void {
    this.#staged.push(next);
  }

  /** Forgets the changes staged after the first `count`. */
  unstage(count: number): void {
    this.#staged.length = Math.min(count, this.#staged.length);
  }

  /**
   * Makes what was staged effective: in the kernel, then on the disk, then for all others. Of a
   * thousand changes staged the kernel sees the sum and the disk one state. Refused changes, and those
   * after them, are taken back.
   */
  settle(): Result<undefined, Refusal> {
    const staged = this.#staged;
    this.#staged = [];
    const { kept, refusal } = this.#install(staged);
    const saved = this.#save(kept);
    if (!saved.ok) return err({ index: 0, words: saved.error });
    return refusal === undefined ? ok(undefined) : err(refusal);
  }

  #install(staged: readonly Config[]): { readonly kept: Config; readonly refusal?: Refusal } {
    const last = staged.at(-1) ?? this.#settled;
    let words = this.#replace(this.#settled, last);
    if (words === undefined) return { kept: last };
    // The kernel names a policy, not a command: the command is found by halving.
    let kept = this.#settled;
    let accepted = 0;
    let refused = staged.length;
    while (refused - accepted > 1) {
      const middle = (accepted + refused) >> 1;
      const tried = staged[middle - 1] ?? last;
      const answer = this.#replace(kept, tried);
      if (answer === undefined) {
        kept = tried;
        accepted = middle;
      } else {
        refused = middle;
        words = answer;
      }
    }
    return { kept, refusal: { index: accepted, words } };
  }

  /** Puts `next` into the kernel in the place of `present`; puts that back if it is refused. */
  #replace(present: Config, next: Config): string | undefined {
    if (sameForKernel(present, next)) return undefined;
    const words = this.#ports.install(next);
    if (words !== undefined) this.#ports.install(present);
    return words;
  }

  /** `next` is in the kernel; when it cannot be saved that is taken back. */
  #save(next: Config): Result<undefined, string> {
    if (next === this.#settled) return ok(undefined);
    try {
      this.#ports.save(next);
    } catch (error) {
      this.#ports.install(this.#settled);
      const words = error instanceof Error ? error.message : String(error);
      return err(`the configuration cannot be saved (${words}): nothing was changed`);
    }
    this.#settled = next;
    this.#ports.onSaved(next);
    return ok(undefined);
  }
}

/** Tables are values: one that is still the same object has not changed. */
function sameForKernel({ tables: a }: Config, { tables: b }: Config): boolean {
  return a.policy === b.policy && a.proposal === b.proposal && a['manual-sa'] === b['manual-sa'];
}
