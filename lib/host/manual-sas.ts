/** Keeps the SAs of manual keys in the data plane as the tables say. */
import { toHex } from '../core/base/bytes.js';
import type { Config } from '../core/config/config.js';
import { saKey } from '../core/dataplane/sa-key.js';
import type {
  DataPlane,
  DataPlaneOperation,
  InstalledSa,
  IpsecSa,
  IpsecSaId,
} from '../core/dataplane/types.js';
import type { ManualSaUse } from '../core/policy/manual-sas.js';
import { distinctSas, manualSaUses } from '../core/policy/manual-sas.js';
import type { EventLog } from './event-log.js';

export interface ManualSasOptions {
  /** Answers every operation, with a refusal when the data plane fails. */
  readonly apply: DataPlane['apply'];
  readonly eventLog: EventLog;
}

export class ManualSas {
  readonly #options: ManualSasOptions;
  #uses: readonly ManualSaUse[] = [];
  /** What the data plane holds, by `saKey`. */
  #installed = new Map<string, IpsecSa>();

  constructor(options: ManualSasOptions) {
    this.#options = options;
  }

  /** Those in place, in the order of the policies, outbound before inbound. */
  get ids(): readonly IpsecSaId[] {
    return distinctSas(this.#uses).filter((sa) => this.#installed.has(saKey(sa)));
  }

  /** Policies whose SAs are all in place. */
  get policiesWithSas(): readonly number[] {
    return this.#uses
      .filter(({ sas }) => sas.every((sa) => this.#installed.has(saKey(sa))))
      .map(({ policyId }) => policyId);
  }

  /**
   * Takes over what an earlier run left: an SA that is exactly as wanted stays, with its counters. Returns
   * the SAs that are not manual: the engine must not take those for its own.
   */
  adopt(config: Config, sas: readonly InstalledSa[]): readonly InstalledSa[] {
    const wanted = new Map(distinctSas(manualSaUses(config)).map((sa) => [saKey(sa), sa]));
    this.#installed = new Map(
      sas.filter((sa) => sameSa(sa, wanted.get(saKey(sa)))).map((sa) => [saKey(sa), sa]),
    );
    return sas.filter((sa) => !this.#installed.has(saKey(sa)));
  }

  /** Makes the data plane hold the manual SAs of that configuration; an edited one is replaced. */
  apply(config: Config): void {
    this.#uses = manualSaUses(config);
    const wanted = new Map(distinctSas(this.#uses).map((sa) => [saKey(sa), sa]));
    const stale = [...this.#installed.values()].filter((sa) => !sameSa(sa, wanted.get(saKey(sa))));
    this.#run(stale.map((id) => ({ kind: 'removeSa', id })));
    const missing = [...wanted].filter(([key]) => !this.#installed.has(key)).map(([, sa]) => sa);
    this.#run(missing.map((sa) => ({ kind: 'installSa', sa })));
  }

  /** Somebody else removed one: it is put back. */
  onRemoved(id: IpsecSaId): void {
    const sa = this.#installed.get(saKey(id));
    if (sa === undefined) return;
    this.#installed.delete(saKey(id));
    this.#run([{ kind: 'installSa', sa }]);
  }

  #run(operations: readonly DataPlaneOperation[]): void {
    if (operations.length === 0) return;
    const results = this.#options.apply(operations);
    operations.forEach((operation, index) => {
      const result = results[index];
      if (operation.kind === 'removeSa') this.#installed.delete(saKey(operation.id));
      if (operation.kind !== 'installSa') return;
      const { sa } = operation;
      if (result?.kind === 'ok') this.#installed.set(saKey(sa), sa);
      else if (result !== undefined) this.#tellRefused(sa, result);
    });
  }

  /** level decides what becomes of the packets. */
  #tellRefused(sa: IpsecSa, { code, detail }: { readonly code: string; readonly detail: string }) {
    const use = this.#uses.find(({ sas }) => sas.some((one) => saKey(one) === saKey(sa)));
    const spi = sa.spi.toString(16).toUpperCase();
    this.#options.eventLog.failure(
      'error',
      { event: 'manualSaRefused', reason: code, local: sa.source, remote: sa.destination },
      `the ${sa.direction}bound ${sa.protocol} SA ${spi} of ${use?.label ?? 'a policy'} cannot be installed: ${detail}`,
    );
  }
}

function sameSa(a: IpsecSa, b: IpsecSa | undefined): boolean {
  return (
    b !== undefined &&
    a.reqid === b.reqid &&
    a.mode === b.mode &&
    (a.clearsDf ?? false) === (b.clearsDf ?? false) &&
    (a.encryption ?? 'null') === (b.encryption ?? 'null') &&
    a.integrity === b.integrity &&
    toHex(a.encryptionKey.reveal()) === toHex(b.encryptionKey.reveal()) &&
    toHex(a.integrityKey.reveal()) === toHex(b.integrityKey.reveal())
  );
}
