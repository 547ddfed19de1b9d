/**
 * What became of the packets, put together from three who know a part each (E-40): our nftables table, the
 * kernel's statistics, the SAs.
 */
import type { Counters, PolicyLiveStatus } from '../core/config/live-status.js';
import type { GlobalCounter, PolicyCount } from '../core/nftables/counter-names.js';
import { parsePolicyCounter, policyCounter } from '../core/nftables/counter-names.js';
import type { PacketTotals } from './sa-accounting.js';
import type { XfrmStatistics } from './xfrm-statistics.js';

/** What outlives the kernel's own counts; packets. */
export interface DropCounts extends XfrmStatistics {
  /** Of `inMismatched`: arrived while there were SAs that they should have come by. */
  readonly inExpectedEncrypted: number;
  /** Of `outDropped`: not seen by nftables, for nobody forwarded them; by policy id. */
  readonly ownDropped: Readonly<Record<string, number>>;
  /** Of `outFailed`, by policy id. */
  readonly ownFailed: Readonly<Record<string, number>>;
}

export const noDrops = {
  outDropped: 0,
  outFailed: 0,
  inBlocked: 0,
  inMismatched: 0,
  inExpectedEncrypted: 0,
  ownDropped: {},
  ownFailed: {},
} as const satisfies DropCounts;

export interface Observation {
  /** By name. */
  readonly counted: ReadonlyMap<string, number>;
  readonly statistics: XfrmStatistics;
  /** Ids of the policies that have SAs. */
  readonly withSas: ReadonlySet<number>;
  /** Ids of the policies that drop what this router itself sends; asked when something was dropped. */
  readonly droppingOwn: () => readonly number[];
}

export type PolicyPackets = Omit<PolicyLiveStatus, 'state'>;

export class PacketCounts {
  #drops: DropCounts;
  #statistics: XfrmStatistics;
  #counted: ReadonlyMap<string, number> = new Map();
  #sums = sumsOf(new Map());

  /** `before`: what an earlier run of the same kernel counted, up to the statistics given. */
  constructor(before: DropCounts = noDrops, statistics: XfrmStatistics = noDrops) {
    this.#drops = before;
    this.#statistics = statistics;
  }

  get drops(): DropCounts {
    return this.#drops;
  }

  /** Up to where the drops are counted. */
  get statistics(): XfrmStatistics {
    return this.#statistics;
  }

  /** Takes note of the counts as they stand: before a change, they belong to what was before it. */
  observe({ counted, statistics, withSas, droppingOwn }: Observation): void {
    const since = (key: keyof XfrmStatistics) =>
      Math.max(0, statistics[key] - this.#statistics[key]);
    const outDropped = since('outDropped');
    const sums = sumsOf(counted);
    const forwarded = sums['out-dropped'] - this.#sums['out-dropped'];
    const mismatched = since('inMismatched');
    this.#drops = {
      outDropped: this.#drops.outDropped + outDropped,
      outFailed: this.#drops.outFailed + since('outFailed'),
      inBlocked: this.#drops.inBlocked + since('inBlocked'),
      inMismatched: this.#drops.inMismatched + mismatched,
      inExpectedEncrypted: this.#drops.inExpectedEncrypted + (withSas.size > 0 ? mismatched : 0),
      ownDropped: toTheOnly(
        droppingOwn,
        outDropped - Math.max(0, forwarded),
        this.#drops.ownDropped,
      ),
      ownFailed: toTheOnly(() => withSas, since('outFailed'), this.#drops.ownFailed),
    };
    this.#statistics = statistics;
    this.#counted = counted;
    this.#sums = sums;
  }

  ofPolicy(id: number, sas: PacketTotals | undefined): PolicyPackets {
    const of = (count: PolicyCount) => this.#counted.get(policyCounter(id, count)) ?? 0;
    return {
      inAccepted: of('in-accepted'),
      inDropped: of('in-dropped') + of('in-refused'),
      outAccepted: of('out-accepted'),
      outDropped: of('out-dropped') + (this.#drops.ownDropped[id] ?? 0),
      encrypted: sas?.encrypted ?? 0,
      notEncrypted: this.#drops.ownFailed[id] ?? 0,
      decrypted: sas?.decrypted ?? 0,
      notDecrypted: sas?.notDecrypted ?? 0,
    };
  }

  ofAll(totals: Iterable<PacketTotals>): Counters {
    const of = (name: GlobalCounter) => this.#counted.get(name) ?? 0;
    const { outDropped, inBlocked, inMismatched } = this.#drops;
    const refused = this.#refused();
    let [encrypted, decrypted] = [0, 0];
    for (const sas of totals) {
      encrypted += sas.encrypted;
      decrypted += sas.decrypted;
    }
    return {
      outAccept: of('out-accept'),
      outDrop: outDropped,
      outEncrypt: encrypted,
      inAccept: of('in-accept'),
      inDrop: inBlocked + inMismatched - refused,
      inDecrypted: decrypted,
      inAcceptIsakmp: of('in-accept-isakmp'),
      outAcceptIsakmp: of('out-accept-isakmp'),
      inDropEncryptedExpected: refused,
    };
  }

  /** Where nftables counts it knows better than the time of day whether a policy had its SAs. */
  #refused(): number {
    const { inMismatched, inExpectedEncrypted } = this.#drops;
    const { 'in-refused': refused, 'in-dropped': dropped } = this.#sums;
    return refused + dropped === 0 ? inExpectedEncrypted : Math.min(inMismatched, refused);
  }
}

/** The kernel does not say which policy it was: told only when there is one. */
function toTheOnly(
  candidates: () => Iterable<number>,
  packets: number,
  known: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  if (packets <= 0) return known;
  const [only, another] = candidates();
  if (only === undefined || another !== undefined) return known;
  return { ...known, [only]: (known[only] ?? 0) + packets };
}

/** Over all policies. */
function sumsOf(counted: ReadonlyMap<string, number>): Readonly<Record<PolicyCount, number>> {
  const sums = {
    ...{ 'in-accepted': 0, 'in-dropped': 0, 'in-refused': 0 },
    ...{ 'out-accepted': 0, 'out-dropped': 0 },
  };
  for (const [name, packets] of counted) {
    const count = parsePolicyCounter(name)?.count;
    if (count !== undefined) sums[count] += packets;
  }
  return sums;
}
