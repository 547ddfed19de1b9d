/**
 * Keeps our nftables table as the policies are (E-33, E-40). It follows changes a moment later and several
 * of them at once: a counter is not worth that a negotiation waits for it.
 */

import {
  parsePolicyCounter,
  policyCounter,
  removedPolicies,
} from '../core/nftables/counter-names.js';
import type { FilterTable } from '../core/nftables/filter-table.js';
import { changeScript, removeCountersScript, wholeScript } from '../core/nftables/script.js';
import type { EventLog } from './event-log.js';
import type { Log } from './log.js';
import type { Nft } from './nft.js';

export interface PacketFilterOptions {
  readonly nft: Nft;
  /** What the table should be now. */
  readonly wanted: () => FilterTable;
  /** Ids of the policy rows, enabled or not: their counts stay. */
  readonly policyIds: () => ReadonlySet<number>;
  /** Told the counts as they stand before the table is written. */
  readonly beforeChange: (counts: ReadonlyMap<string, number>) => void;
  readonly log: Log;
  readonly eventLog: EventLog;
  readonly now: () => number;
}

/** Between changes; more for a table of thousands of policies, which takes nft a second. */
const pauseMs = 250;
const shareOfTime = 0.25;
/** How often somebody else's `nft flush ruleset` is looked for. */
const checkMs = 5_000;
/** Between attempts where nftables does not work at all. */
const retryMs = 60_000;

export class PacketFilter {
  readonly #options: PacketFilterOptions;
  /** What the kernel has, as far as known; undefined when the whole is to be written. */
  #present: FilterTable | undefined;
  /** Counts of tables that are gone, by counter name. */
  readonly #before: Map<string, number>;
  /** As of the last look. */
  #live: ReadonlyMap<string, number> = new Map();
  #isRunning = false;
  #isDirty = false;
  #timer: NodeJS.Timeout | undefined;
  #checkTimer: NodeJS.Timeout | undefined;
  /** Why nothing is counted. */
  #failure: string | undefined;
  #isClosed = false;

  /** `before`: counts of an earlier run. */
  constructor(options: PacketFilterOptions, before: ReadonlyMap<string, number> = new Map()) {
    this.#options = options;
    this.#before = new Map(before);
  }

  /** Takes over the counts of a table that a killed run left, and begins. */
  start(): void {
    this.#retire(this.#options.nft.counters());
    this.#checkTimer = setInterval(() => this.#check(), checkMs).unref();
    this.changed();
  }

  /** Policies or their SAs changed. */
  changed(): void {
    this.#isDirty = true;
    if (!this.#isRunning && this.#timer === undefined) this.#later(0);
  }

  /** The table is in the kernel: false for want of nftables, and until it is there. */
  get isInForce(): boolean {
    return this.#present !== undefined;
  }

  /** Packets by counter name, those of all times. */
  counts(): ReadonlyMap<string, number> {
    this.#look();
    const sums = new Map(this.#before);
    for (const [name, packets] of this.#live) sums.set(name, (sums.get(name) ?? 0) + packets);
    return sums;
  }

  /** Packets by counter name that the table in the kernel did not count. */
  get carried(): ReadonlyMap<string, number> {
    return this.#before;
  }

  /** Removes the table; the last counts. */
  close(): ReadonlyMap<string, number> {
    this.abandon();
    const counts = this.counts();
    this.#options.nft.removeTable();
    return counts;
  }

  /** Leaves the table to the next run. */
  abandon(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#checkTimer);
  }

  #later(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#follow();
    }, milliseconds).unref();
  }

  /** What changes meanwhile waits, and is done at once. */
  #pause(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isDirty) this.changed();
    }, milliseconds).unref();
  }

  async #follow(): Promise<void> {
    if (this.#isClosed) return;
    const { wanted, beforeChange, now, log } = this.#options;
    this.#isRunning = true;
    beforeChange(this.counts());
    this.#isDirty = false;
    const startedAt = now();
    const table = wanted();
    const failure = await this.#write(table);
    this.#isRunning = false;
    if (this.#isClosed) return;
    this.#tell(failure);
    if (failure === undefined && !this.#isDirty) {
      const fields = { event: 'packetFilterWritten', layers: table.layers };
      log.debug(fields, 'the nftables table is as the policies are');
    }
    if (failure !== undefined) this.#later(retryMs);
    else this.#pause(Math.max(pauseMs, (now() - startedAt) * (1 / shareOfTime - 1)));
  }

  /** The change, and the whole when the table is not what it is believed to be. */
  async #write(wanted: FilterTable): Promise<string | undefined> {
    const { nft } = this.#options;
    const present = this.#present;
    if (present !== undefined) {
      const orphans = this.#orphans();
      const parts = [changeScript(present, wanted), removeCountersScript(orphans)];
      const script = parts.filter((text) => text !== '').join('\n');
      const isDone = script === '' || (await nft.run(script)) === undefined;
      if (isDone && this.#present === present) {
        this.#forget(orphans);
        this.#present = { ...wanted, layers: Math.max(present.layers, wanted.layers) };
        return undefined;
      }
      this.#retire(nft.counters());
    }
    const failure = await nft.run(wholeScript(wanted));
    this.#present = failure === undefined ? wanted : undefined;
    return failure;
  }

  /** Counters of rows that are no more. */
  #orphans(): readonly string[] {
    const known = this.#options.policyIds();
    return [...this.#live.keys()].filter((name) => {
      const id = parsePolicyCounter(name)?.id;
      return id !== undefined && !known.has(id);
    });
  }

  /** Their packets stay in the sums of all policies. */
  #forget(names: readonly string[]): void {
    const live = new Map(this.#live);
    for (const name of names) {
      const count = parsePolicyCounter(name)?.count;
      if (count === undefined) continue;
      const packets = (live.get(name) ?? 0) + (this.#before.get(name) ?? 0);
      live.delete(name);
      this.#before.delete(name);
      const sum = policyCounter(removedPolicies, count);
      this.#before.set(sum, (this.#before.get(sum) ?? 0) + packets);
    }
    this.#live = live;
  }

  /** The table is gone or is about to go: its counts go on. */
  #retire(counters: ReadonlyMap<string, number> | undefined): void {
    const last = counters ?? this.#live;
    for (const [name, packets] of last) {
      this.#before.set(name, (this.#before.get(name) ?? 0) + packets);
    }
    this.#live = new Map();
    this.#present = undefined;
  }

  #look(): void {
    if (this.#present === undefined) return;
    const counters = this.#options.nft.counters();
    if (counters !== undefined) this.#live = counters;
    else {
      this.#retire(undefined);
      this.changed();
    }
  }

  #check(): void {
    if (this.#isRunning || this.#present === undefined) return;
    this.#look();
    if (this.#present !== undefined) return;
    this.#options.eventLog.failure(
      'warn',
      { event: 'packetFilterGone' },
      'somebody removed the nftables table "ip ipsecctl", which counts packets and sees to dont-fragment: it is written anew',
    );
  }

  #tell(failure: string | undefined): void {
    if (failure === this.#failure) return;
    this.#failure = failure;
    const { log } = this.#options;
    if (failure === undefined) log.info({ event: 'packetFilter' }, 'nftables counts the packets');
    else {
      const effect =
        'packets that pass in clear or are dropped are not counted, those counters read 0, and dont-fragment works only as far as the SAs can see to it';
      log.warn({ event: 'noPacketFilter', reason: failure }, `${effect}: ${failure}`);
    }
  }
}
