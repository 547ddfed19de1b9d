/** The SAs of ours in the data plane: carries out what the engine wants, counts their packets, clears up. */
import { isOurReqid } from '../core/dataplane/ownership.js';
import type {
  DataPlane,
  DataPlaneEvent,
  DataPlaneOperation,
  DataPlaneResult,
  InstalledSa,
  IpsecSaId,
} from '../core/dataplane/types.js';
import { IpsecError } from './errors.js';
import type { EventLog } from './event-log.js';
import type { Log } from './log.js';
import type { PacketTotals } from './sa-accounting.js';
import { SaAccounting } from './sa-accounting.js';

export interface SaKeeperOptions {
  /** `getSa`, where there is one, reads the counters of an SA that is about to go. */
  readonly dataPlane: DataPlane & { getSa?(id: IpsecSaId): InstalledSa | undefined };
  readonly log: Log;
  readonly eventLog: EventLog;
  /** The data plane failed half way: somebody should look what there is. */
  readonly onUncertain: () => void;
}

export class SaKeeper {
  readonly #options: SaKeeperOptions;
  readonly #accounting = new SaAccounting();
  #haveChanged = false;

  constructor(options: SaKeeperOptions) {
    this.#options = options;
  }

  /** For whoever keeps counts over a restart. */
  get accounting(): Pick<SaAccounting, 'past' | 'restore'> {
    return this.#accounting;
  }

  /** By reqid, as of the last look. */
  get totals(): ReadonlyMap<number, PacketTotals> {
    return this.#accounting.totals();
  }

  /** Drops the counts of policies that are no more. */
  forgetOthers(reqidsOf: () => ReadonlySet<number>): void {
    this.#accounting.keepOnly(reqidsOf);
  }

  /** Whether SAs came or went since the last call. */
  takeChanges(): boolean {
    const haveChanged = this.#haveChanged;
    this.#haveChanged = false;
    return haveChanged;
  }

  /** Those of ours among these, their counters noted. */
  observe(sas: readonly InstalledSa[]): readonly InstalledSa[] {
    const ours = sas.filter(({ reqid }) => isOurReqid(reqid));
    this.#accounting.observe(ours);
    return ours;
  }

  /** Looks what there is of ours. Throws an `IpsecError` when the data plane cannot be read. */
  look(): readonly InstalledSa[] {
    return this.observe(this.#options.dataPlane.snapshot().sas);
  }

  onEvent(event: Exclude<DataPlaneEvent, { kind: 'overrun' }>): void {
    if (event.kind !== 'acquire') this.#haveChanged = true;
    if (event.kind === 'expire' && !event.hard) this.#noteCounters(event.id);
  }

  /** A data plane that fails for a moment costs the negotiations of that moment, not the daemon. */
  apply(operations: readonly DataPlaneOperation[]): readonly DataPlaneResult[] {
    for (const operation of operations) {
      if (operation.kind === 'removeSa') this.#noteCounters(operation.id);
      if (operation.kind !== 'allocateSpi') this.#haveChanged = true;
    }
    const { dataPlane, eventLog, onUncertain } = this.#options;
    try {
      return dataPlane.apply(operations);
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      const { code, message } = error;
      eventLog.failure('error', { event: 'sasNotApplied', reason: code }, message);
      onUncertain();
      return operations.map(() => ({ kind: 'refused', code, detail: message }));
    }
  }

  /** Whether no SA of ours is left: those the engine knows are gone already. */
  removeAll(): boolean {
    const { dataPlane, log } = this.#options;
    try {
      // What the engine does not know as a pair, such as the SPI of a negotiation cut short.
      const leftovers = this.look().filter(({ spi }) => spi !== 0);
      const results = dataPlane.apply(leftovers.map((id) => ({ kind: 'removeSa', id })));
      const areGone = results.every((result) => result.kind === 'ok' || result.code === 'ESRCH');
      if (areGone) this.#accounting.observe([]);
      return areGone;
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      log.error({ event: 'saLeft', reason: error.code }, error.message);
      return false;
    }
  }

  #noteCounters(id: IpsecSaId): void {
    try {
      const sa = this.#options.dataPlane.getSa?.(id);
      if (sa !== undefined) this.#accounting.observeOne(sa);
    } catch (error) {
      // Counters are not worth more than the SAs they count.
      if (!(error instanceof IpsecError)) throw error;
    }
  }
}
