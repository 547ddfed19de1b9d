/**
 * The configuration in force and the one on disk. A change is put into the kernel at once and can be
 * refused by it; what a whole request changed is then saved together, or taken back together.
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

export class Configuration {
  readonly #ports: ConfigurationPorts;
  #current: Config;
  #saved: Config;

  /** `config` is saved and installed already. */
  constructor(config: Config, ports: ConfigurationPorts) {
    this.#ports = ports;
    this.#current = config;
    this.#saved = config;
  }

  get current(): Config {
    return this.#current;
  }

  /** Puts the next configuration in force, or leaves the present one and says why. */
  commit(next: Config): Result<undefined, string> {
    const refusal = sameForKernel(this.#current, next) ? undefined : this.#ports.install(next);
    if (refusal !== undefined) {
      this.#ports.install(this.#current);
      return err(refusal);
    }
    this.#current = next;
    return ok(undefined);
  }

  /**
   * Saves what was committed since the last time. Nobody is told "done" before, and one script of a
   * thousand lines waits for the disk once. When it cannot be saved all of it is taken back.
   */
  save(): Result<undefined, string> {
    if (this.#current === this.#saved) return ok(undefined);
    try {
      this.#ports.save(this.#current);
    } catch (error) {
      this.#current = this.#saved;
      this.#ports.install(this.#saved);
      const words = error instanceof Error ? error.message : String(error);
      return err(`the configuration cannot be saved (${words}): nothing was changed`);
    }
    this.#saved = this.#current;
    this.#ports.onSaved(this.#saved);
    return ok(undefined);
  }
}

/** Tables are values: one that is still the same object has not changed. */
function sameForKernel({ tables: a }: Config, { tables: b }: Config): boolean {
  return a.policy === b.policy && a.proposal === b.proposal && a['manual-sa'] === b['manual-sa'];
}
