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

/**
 * Changes staged one after another that are all the same to the kernel but the first. Only the last of
 * them need be kept: thousands of large tables would be more than the collector of garbage can carry.
 */
interface Staged {
  readonly config: Config;
  /** How many changes were staged up to here. */
  readonly count: number;
}

/** Where `unstage` can go back to. */
export interface StagingPoint {
  readonly length: number;
  readonly last: Staged | undefined;
}

export class Configuration {
  readonly #ports: ConfigurationPorts;
  #settled: Config;
  #staged: Staged[] = [];

  /** `config` is saved and installed already. */
  constructor(config: Config, ports: ConfigurationPorts) {
    this.#ports = ports;
    this.#settled = config;
  }

  /** What the next change builds on: the last one staged, or what is in force. */
  get current(): Config {
    return this.#staged.at(-1)?.config ?? this.#settled;
  }

  /** What is in the kernel and on the disk. */
  get settled(): Config {
    return this.#settled;
  }

  /** To be settled before anybody else has his turn: nobody is to see what may be taken back. */
  stage(next: Config): void {
    const last = this.#staged.at(-1);
    const staged = { config: next, count: (last?.count ?? 0) + 1 };
    if (last !== undefined && sameForKernel(last.config, next)) this.#staged.pop();
    this.#staged.push(staged);
  }

  /** What is staged so far. */
  point(): StagingPoint {
    return { length: this.#staged.length, last: this.#staged.at(-1) };
  }

  /** Forgets the changes staged since. */
  unstage({ length, last }: StagingPoint): void {
    this.#staged.length = Math.min(length, this.#staged.length);
    if (last !== undefined) this.#staged.splice(-1, 1, last);
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

  #install(staged: readonly Staged[]): { readonly kept: Config; readonly refusal?: Refusal } {
    const last = staged.at(-1)?.config ?? this.#settled;
    let words = this.#replace(this.#settled, last);
    if (words === undefined) return { kept: last };
    // The kernel names a policy, not a command: the command is found by halving.
    let kept: Staged = { config: this.#settled, count: 0 };
    let accepted = 0;
    let refused = staged.length;
    while (refused - accepted > 1) {
      const middle = (accepted + refused) >> 1;
      const tried = staged[middle - 1] ?? kept;
      const answer = this.#replace(kept.config, tried.config);
      if (answer === undefined) {
        kept = tried;
        accepted = middle;
      } else {
        refused = middle;
        words = answer;
      }
    }
    return { kept: kept.config, refusal: { index: kept.count, words } };
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
