/**
 * Keeps the counts over a restart of the daemon, in `counters.json` of the state directory. A restart of the
 * machine ends them: the kernel's own begin at zero then as well.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from './atomic-file.js';
import type { DropCounts } from './packet-counts.js';
import { noDrops } from './packet-counts.js';
import type { PastCount } from './sa-accounting.js';
import type { XfrmStatistics } from './xfrm-statistics.js';

const fileName = 'counters.json';
const version = 2;

export interface KeptCounts {
  /** By name: what our nftables table counted before the one the kernel has now. */
  readonly counted: Readonly<Record<string, number>>;
  readonly drops: DropCounts;
  /** Up to where `drops` has counted them; none after a clean stop: nothing of ours dropped since. */
  readonly statistics?: XfrmStatistics;
  /** Of SAs that are gone. */
  readonly sas: readonly PastCount[];
}

export const noCounts: KeptCounts = { counted: {}, drops: noDrops, sas: [] };

export interface CounterStoreOptions {
  readonly directory: string;
  readonly kernel: string;
  /** Counting goes on without. */
  readonly onWriteError: (error: unknown) => void;
}

export class CounterStore {
  readonly #options: CounterStoreOptions;
  readonly #path: string;
  #written = '';

  constructor(options: CounterStoreOptions) {
    this.#options = options;
    this.#path = join(options.directory, fileName);
  }

  /** Nothing when there is no file, or one of another boot. What cannot be read costs the counts alone. */
  load(): KeptCounts {
    try {
      const file = JSON.parse(readFileSync(this.#path, 'utf8'));
      const isOurs = file.version === version && file.kernel === this.#options.kernel;
      return isOurs ? { ...noCounts, ...file.counts } : noCounts;
    } catch {
      return noCounts;
    }
  }

  /** Writes what has changed since the last time. */
  save(counts: KeptCounts): void {
    const text = JSON.stringify({ version, kernel: this.#options.kernel, counts });
    if (text === this.#written) return;
    this.#written = text;
    try {
      writeAtomically(this.#path, `${text}\n`, { durable: false });
    } catch (error) {
      this.#options.onWriteError(error);
    }
  }
}
