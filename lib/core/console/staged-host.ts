/** The host of one command: what the command changes reaches the real one as a whole, or never. */
import type { Result } from '../base/result.js';
import { err, ok } from '../base/result.js';
import type { Config } from '../config/config.js';
import type { LiveStatus } from '../config/live-status.js';
import type { PacketFacts } from '../explain/facts.js';
import type { ConsoleHost, FileRefusal } from './console-host.js';
import { consoleLimits } from './console-limits.js';

export class StagedHost implements ConsoleHost {
  readonly #host: ConsoleHost;
  readonly #isDry: boolean;
  #staged: Config | undefined;
  /** What a dry run would have written, for its own commands to read. */
  readonly #files = new Map<string, string>();

  /** `isDry`: nothing at all is to happen, and files are not written either (C-45). */
  constructor(host: ConsoleHost, { isDry = false }: { readonly isDry?: boolean } = {}) {
    this.#host = host;
    this.#isDry = isDry;
  }

  get product(): string {
    return this.#host.product;
  }

  config(): Config {
    return this.#staged ?? this.#host.config();
  }

  commit(next: Config): Result<undefined, string> {
    this.#staged = next;
    return ok(undefined);
  }

  /** Hands on what was committed here. */
  settle(): Result<undefined, string> {
    return this.#staged === undefined ? ok(undefined) : this.#host.commit(this.#staged);
  }

  status(): LiveStatus {
    return this.#host.status();
  }

  now(): number {
    return this.#host.now();
  }

  formatTime(epochSeconds: number): string {
    return this.#host.formatTime(epochSeconds);
  }

  parseTime(text: string): number | undefined {
    return this.#host.parseTime(text);
  }

  readFile(name: string): Result<string, FileRefusal> {
    const staged = this.#files.get(name);
    return staged === undefined ? this.#host.readFile(name) : ok(staged);
  }

  writeFile(name: string, text: string): Result<undefined, string> {
    return this.#isDry ? this.#stageFile(name, text) : this.#host.writeFile(name, text);
  }

  #stageFile(name: string, text: string): Result<undefined, string> {
    let length = text.length - (this.#files.get(name)?.length ?? 0);
    for (const kept of this.#files.values()) length += kept.length;
    if (length > consoleLimits.stagedFilesLength) {
      return err(`a dry run writes at most ${consoleLimits.stagedFilesLength} characters to files`);
    }
    this.#files.set(name, text);
    return ok(undefined);
  }

  matcher(pattern: string): ((text: string) => boolean) | undefined {
    return this.#host.matcher(pattern);
  }

  flushSas(protocols: 'ah' | 'esp' | 'all'): void {
    if (!this.#isDry) this.#host.flushSas(protocols);
  }

  packetFacts(): PacketFacts {
    return this.#host.packetFacts();
  }
}
