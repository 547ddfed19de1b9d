/** The counts of packets as the daemon keeps them: looks, remembers over a restart, tells. */
import type { CounterStore } from './counter-store.js';
import type { EventLog } from './event-log.js';
import type { Log } from './log.js';
import type { Nft } from './nft.js';
import { PacketCounts } from './packet-counts.js';
import type { PacketFilterOptions } from './packet-filter.js';
import { PacketFilter } from './packet-filter.js';
import type { SaAccounting } from './sa-accounting.js';
import type { XfrmStatistics } from './xfrm-statistics.js';

/** Where there is a kernel that counts. */
export interface KernelCounters {
  readonly nft: Nft;
  readonly statistics: () => XfrmStatistics;
  readonly store: Pick<CounterStore, 'load' | 'save'>;
}

export interface PacketAccountsOptions
  extends Pick<PacketFilterOptions, 'wanted' | 'policyIds' | 'now'> {
  readonly kernel: KernelCounters;
  readonly sas: Pick<SaAccounting, 'past' | 'restore'>;
  /** Ids of the policies that have SAs. */
  readonly withSas: () => ReadonlySet<number>;
  readonly droppingOwn: () => readonly number[];
  readonly log: Log;
  readonly eventLog: EventLog;
}

/** A killed daemon loses no more than this of what only it knew. */
const saveMs = 5_000;

export class PacketAccounts {
  readonly #options: PacketAccountsOptions;
  readonly #filter: PacketFilter;
  readonly #counts: PacketCounts;
  #timer: NodeJS.Timeout | undefined;
  /** When policies or their SAs last changed. */
  #mismatchedBefore: number;

  constructor(options: PacketAccountsOptions) {
    this.#options = options;
    const { kernel, sas } = options;
    const kept = kernel.store.load();
    sas.restore(kept.sas);
    this.#counts = new PacketCounts(kept.drops, kept.statistics ?? kernel.statistics());
    this.#mismatchedBefore = kernel.statistics().inMismatched;
    this.#filter = new PacketFilter(
      // What was counted so far belongs to how things were.
      { ...options, nft: kernel.nft, beforeChange: (counts) => this.#observe(counts) },
      new Map(Object.entries(kept.counted)),
    );
  }

  start(): void {
    this.#filter.start();
    this.#save();
    this.#timer = setInterval(() => {
      this.#observe();
      this.#save();
    }, saveMs).unref();
  }

  /** Policies or their SAs changed. */
  changed(): void {
    this.#mismatchedBefore = this.#mismatched;
    this.#filter.changed();
  }

  /** Our nftables table is in the kernel. */
  get isFilterInForce(): boolean {
    return this.#filter.isInForce;
  }

  /** Packets that came in clear, not encrypted as policies want them, since these or their SAs last changed. */
  get mismatchedSinceChange(): number {
    return Math.max(0, this.#mismatched - this.#mismatchedBefore);
  }

  /** The counts as they stand. */
  look(): PacketCounts {
    this.#observe();
    return this.#counts;
  }

  /** Everything of ours is gone from the kernel, or is about to go. */
  close(): void {
    clearInterval(this.#timer);
    this.#observe();
    const counted = this.#filter.close();
    const { kernel, sas } = this.#options;
    kernel.store.save({
      counted: Object.fromEntries(counted),
      drops: this.#counts.drops,
      sas: sas.past(),
    });
  }

  abandon(): void {
    clearInterval(this.#timer);
    this.#observe();
    this.#save();
    this.#filter.abandon();
  }

  get #mismatched(): number {
    return this.#options.kernel.statistics().inMismatched;
  }

  #observe(counted = this.#filter.counts()): void {
    const { kernel, withSas, droppingOwn } = this.#options;
    this.#counts.observe({
      counted,
      statistics: kernel.statistics(),
      withSas: withSas(),
      droppingOwn,
    });
  }

  #save(): void {
    const { kernel, sas } = this.#options;
    kernel.store.save({
      counted: Object.fromEntries(this.#filter.carried),
      drops: this.#counts.drops,
      statistics: this.#counts.statistics,
      sas: sas.past(),
    });
  }
}
