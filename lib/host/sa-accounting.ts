/**
 * Packet counts of policies over the lives of their SAs (spec R-79, E-40): the data plane counts per
 * SA and forgets with it, so what an SA had counted when it was last seen is kept.
 */
import { saKey } from '../core/dataplane/sa-key.js';
import type { InstalledSa } from '../core/dataplane/types.js';

export interface PacketTotals {
  readonly encrypted: number;
  readonly decrypted: number;
  /** Arrived, and failed authentication or the replay check. */
  readonly notDecrypted: number;
}

/** What SAs of a policy had counted that are gone. */
export interface PastCount extends PacketTotals {
  readonly reqid: number;
  readonly protocol: string;
}

interface Count {
  readonly reqid: number;
  readonly protocol: string;
  readonly direction: 'in' | 'out';
  readonly packets: number;
  readonly failures: number;
}

const nothing: PacketTotals = { encrypted: 0, decrypted: 0, notDecrypted: 0 };

export class SaAccounting {
  #live = new Map<string, Count>();
  /** By reqid and protocol: the sum over SAs that are gone. */
  readonly #past = new Map<number, Map<string, PacketTotals>>();

  /** Takes note of the counters as they stand; `sas` are all of ours. */
  observe(sas: readonly InstalledSa[]): void {
    const live = new Map(sas.map((sa) => [saKey(sa), countOf(sa)]));
    for (const [key, count] of this.#live) {
      if (!live.has(key)) add(this.#past, count);
    }
    this.#live = live;
  }

  /** Takes note of one SA, such as one that is about to go. */
  observeOne(sa: InstalledSa): void {
    this.#live.set(saKey(sa), countOf(sa));
  }

  /** By reqid, as of the last observation. */
  totals(): ReadonlyMap<number, PacketTotals> {
    const sums = new Map<number, Map<string, PacketTotals>>();
    for (const [reqid, byProtocol] of this.#past) sums.set(reqid, new Map(byProtocol));
    for (const count of this.#live.values()) add(sums, count);
    return new Map([...sums].map(([reqid, byProtocol]) => [reqid, once([...byProtocol.values()])]));
  }

  /** What is not in any SA. */
  past(): readonly PastCount[] {
    return [...this.#past].flatMap(([reqid, byProtocol]) =>
      [...byProtocol].map(([protocol, totals]) => ({ reqid, protocol, ...totals })),
    );
  }

  /** Goes on from what an earlier run had in `past`. */
  restore(counts: readonly PastCount[]): void {
    for (const { reqid, protocol, ...totals } of counts) {
      const byProtocol = this.#past.get(reqid) ?? new Map<string, PacketTotals>();
      this.#past.set(reqid, byProtocol.set(protocol, totals));
    }
  }

  /** Drops the counts of policies that are no more. */
  keepOnly(reqidsOf: () => ReadonlySet<number>): void {
    if (this.#past.size === 0) return;
    const reqids = reqidsOf();
    for (const reqid of this.#past.keys()) {
      if (!reqids.has(reqid)) this.#past.delete(reqid);
    }
  }
}

function countOf({ reqid, protocol, direction, counters }: InstalledSa): Count {
  const { packets, replayErrors, integrityErrors } = counters;
  return { reqid, protocol, direction, packets, failures: replayErrors + integrityErrors };
}

function add(sums: Map<number, Map<string, PacketTotals>>, count: Count): void {
  const byProtocol = sums.get(count.reqid) ?? new Map<string, PacketTotals>();
  sums.set(count.reqid, byProtocol);
  const { encrypted, decrypted, notDecrypted } = byProtocol.get(count.protocol) ?? nothing;
  byProtocol.set(
    count.protocol,
    count.direction === 'out'
      ? { encrypted: encrypted + count.packets, decrypted, notDecrypted }
      : {
          encrypted,
          decrypted: decrypted + count.packets,
          notDecrypted: notDecrypted + count.failures,
        },
  );
}

/** A packet under `ah,esp` passes two SAs and is one packet; it fails in one of them. */
function once(totals: readonly PacketTotals[]): PacketTotals {
  return {
    encrypted: Math.max(...totals.map(({ encrypted }) => encrypted)),
    decrypted: Math.max(...totals.map(({ decrypted }) => decrypted)),
    notDecrypted: totals.reduce((sum, { notDecrypted }) => sum + notDecrypted, 0),
  };
}
