/**
 * The configuration on disk: `config.json` of the state directory, whole at every instant, with the
 * generations before it beside it. What cannot be read is never overwritten.
 */
import { createHash } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { decodeConfig, encodeConfig } from '../core/config/stored.js';
import type { Config } from '../core/config/tables.js';
import { emptyConfig } from '../core/config/tables.js';
import { writeAtomically } from './atomic-file.js';
import { IpsecError } from './errors.js';

/** `config.json.1` is the youngest of the earlier states. */
const generations = 3;

export interface ConfigStoreOptions {
  /** Replaced in tests. */
  readonly syncDirectory?: (path: string) => void;
}

export class ConfigStore {
  readonly #path: string;
  readonly #options: ConfigStoreOptions;

  constructor(directory: string, options: ConfigStoreOptions = {}) {
    this.#path = join(directory, 'config.json');
    this.#options = options;
  }

  /** The configuration of the file, an empty one if there is no file. Throws an `IpsecError`. */
  load(): Config {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return emptyConfig();
      throw this.#unreadable((cause as Error).message, cause);
    }
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      // The parser's own words may quote the file, and the file holds secrets.
      throw this.#unreadable('the configuration is damaged: it is no JSON text');
    }
    // The version is looked at first: another version may well have another checksum.
    const decoded = decodeConfig(json);
    if (!decoded.ok) throw this.#unreadable(decoded.error);
    const { sha256, ...content } = json as Record<string, unknown>;
    if (sha256 !== checksum(JSON.stringify(content))) {
      throw this.#unreadable(
        'the configuration is damaged: its checksum is not that of its content',
      );
    }
    return decoded.value;
  }

  /**
   * Returns once the configuration is on the disk; a process killed before leaves the old state or
   * the new one. Throws the error of the failing system call, and then the old state is in force.
   * Returns a warning when the new state is in force, but a power failure may bring back the old one.
   */
  save(config: Config): string | undefined {
    const content = Buffer.from(encodeConfig(config));
    const end = Buffer.from(`,"sha256":"${checksum(content)}"}\n`);
    // The last brace of the content comes after the checksum.
    const text = Buffer.concat([content.subarray(0, -1), end]);
    const failure = writeAtomically(this.#path, text, {
      ...this.#options,
      durable: true,
      beforeRename: () => this.#keepGeneration(),
    });
    if (failure === undefined) return undefined;
    return `${this.#path} is written, but a power failure may undo that (${failure.message}): look at the file system`;
  }

  /** Gives the present file a second name, so that no instant is without `config.json`. */
  #keepGeneration(): void {
    for (let number = generations; number > 1; number -= 1) {
      ignoringAbsence(() => renameSync(this.#generation(number - 1), this.#generation(number)));
    }
    rmSync(this.#generation(1), { force: true });
    ignoringAbsence(() => linkSync(this.#path, this.#generation(1)));
  }

  #generation(number: number): string {
    return `${this.#path}.${number}`;
  }

  #unreadable(what: string, cause?: unknown): IpsecError {
    const earlier = this.#generation(1);
    const restore = existsSync(earlier) ? `put back the state before it from ${earlier}, or ` : '';
    return new IpsecError(
      'ERR_IPSEC_STATE',
      `cannot use ${this.#path}: ${what}; ${restore}move the file away to start with empty tables`,
      cause,
    );
  }
}

/** Of the content as `JSON.stringify` writes it, whatever white space the file has. */
function checksum(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function ignoringAbsence(action: () => void): void {
  try {
    action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
