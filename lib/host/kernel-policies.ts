/**
 * The policies of ours in the data plane: keeps them as desired, knows which of those it finds are
 * ours after a crash, and leaves everybody else's alone (spec E-34).
 */
import { differenceOf } from '../core/base/list-mapper.js';
import { isOurReqid } from '../core/dataplane/ownership.js';
import type {
  DataPlane,
  DataPlaneOperation,
  DataPlanePolicy,
  DataPlaneResult,
} from '../core/dataplane/types.js';
import { policyKey } from '../core/policy/compile.js';
import { diffPolicies } from '../core/policy/diff.js';
import { IpsecError } from './errors.js';

/** A policy that is desired and not installed. */
export interface PolicyRefusal {
  readonly policy: Pick<DataPlanePolicy, 'direction' | 'selector'>;
  /** An errno name. */
  readonly code: string;
  /** The data plane's own words. */
  readonly detail: string;
  /** It was refused the last time as well: the change just made is not the cause. */
  readonly isOld: boolean;
}

export interface KernelPoliciesOptions {
  /** `watchPolicies`, where there is one, has foreign changes of what an earlier run installed told. */
  readonly dataPlane: DataPlane & {
    watchPolicies?(policies: readonly Pick<DataPlanePolicy, 'direction' | 'selector'>[]): void;
  };
  /** Fingerprints of policies without templates that an earlier run may have installed. */
  readonly inherited: ReadonlySet<string>;
  /** Writes down the fingerprints of ours without templates; called before they are installed. */
  readonly record: (fingerprints: readonly string[]) => void;
  /** The record still lists policies that are gone: nothing is wrong but the record. */
  readonly onStaleRecord: (error: IpsecError) => void;
}

export class KernelPolicies {
  readonly #options: KernelPoliciesOptions;
  #installed = new Map<string, DataPlanePolicy>();
  /** The list that `#installed` was made equal to, if it is. */
  #inPlace: readonly DataPlanePolicy[] | undefined;
  /** A reqid in a template marks a policy as ours; without templates only this record does. */
  #unmarked: ReadonlySet<string>;
  #isRecordStale = true;
  #refused: ReadonlySet<string> = new Set();
  /** The data plane failed half way: `#installed` is a guess until somebody looks. */
  #isUncertain = false;

  constructor(options: KernelPoliciesOptions) {
    this.#options = options;
    this.#unmarked = options.inherited;
  }

  /** Takes stock of what is installed: at the start and after lost events. */
  adopt(policies: readonly DataPlanePolicy[]): void {
    const ours = policies.filter((policy) => this.#isOurs(policy));
    this.#installed = new Map(ours.map((policy) => [policyKey(policy), policy]));
    this.#inPlace = undefined;
    this.#isRecordStale = true;
    this.#isUncertain = false;
    this.#options.dataPlane.watchPolicies?.(ours);
  }

  /** The priority of our policy under that key, if there is one. */
  priorityOf(key: string): number | undefined {
    return this.#installed.get(key)?.priority;
  }

  /**
   * Makes the data plane hold exactly these policies of ours, new ones before old ones go. Returns
   * what it refused; the rest is done. Throws an `IpsecError` when the record of ours cannot be
   * written, and then nothing was done, or when the data plane fails, and then a part may be done;
   * the next call finds out which.
   */
  apply(desired: readonly DataPlanePolicy[]): readonly PolicyRefusal[] {
    const { dataPlane } = this.#options;
    if (this.#isUncertain) this.adopt(dataPlane.snapshot().policies);
    const refusals = new Map<string, PolicyRefusal>();
    const refuse = (policy: PolicyRefusal['policy'], code: string, detail: string) => {
      const key = policyKey(policy);
      refusals.set(key, { policy, code, detail, isOld: this.#refused.has(key) });
    };

    const { fresh, stale } = this.#differences(desired);
    const taken = this.#takenByOthers(fresh);
    for (const policy of fresh) {
      if (!taken.has(policyKey(policy))) continue;
      refuse(policy, 'EEXIST', 'another program has a policy with this direction and selector');
    }
    const possible = fresh.filter((policy) => !taken.has(policyKey(policy)));
    this.#announce(possible);
    const operations = diffPolicies(stale, possible);
    const results = this.#applyAll(operations);
    operations.forEach((operation, index) => {
      const result = results[index] as DataPlaneResult;
      if (result.kind === 'ok' || isGone(operation, result)) this.#note(operation);
      else refuse(policyOf(operation), result.code, result.detail);
    });
    // Those that proved to be as desired are from now on known by the desired object.
    for (const policy of possible) {
      if (!refusals.has(policyKey(policy))) this.#installed.set(policyKey(policy), policy);
    }
    this.#inPlace = refusals.size === 0 ? desired : undefined;
    const touched = [...fresh, ...stale];
    if (this.#isRecordStale || touched.some(isUnmarked)) this.#forgetOthers(touched);
    this.#refused = new Set(refusals.keys());
    return [...refusals.values()];
  }

  /** What is not there as desired, and what is there and not desired so. */
  #differences(desired: readonly DataPlanePolicy[]): {
    readonly fresh: readonly DataPlanePolicy[];
    readonly stale: readonly DataPlanePolicy[];
  } {
    const present = this.#inPlace ?? [...this.#installed.values()];
    const { start, end, lastEnd } = differenceOf(present, desired);
    const before = new Set(present.slice(start, lastEnd));
    const after = new Set(desired.slice(start, end));
    return {
      fresh: [...after].filter((policy) => !before.has(policy)),
      stale: [...before].filter((policy) => !after.has(policy)),
    };
  }

  #applyAll(operations: readonly DataPlaneOperation[]): readonly DataPlaneResult[] {
    try {
      return this.#options.dataPlane.apply(operations);
    } catch (error) {
      this.#isUncertain = true;
      this.#isRecordStale = true;
      throw error;
    }
  }

  #isOurs(policy: DataPlanePolicy): boolean {
    return isUnmarked(policy)
      ? this.#unmarked.has(fingerprintOf(policy))
      : policy.templates.some(({ reqid }) => isOurReqid(reqid));
  }

  /**
   * Once written down, a policy is "ours" to the next run: so what somebody else has installed must
   * not be written down, not even for the moment until the data plane refuses it.
   */
  #takenByOthers(desired: readonly DataPlanePolicy[]): ReadonlySet<string> {
    const newlyUnmarked = desired.filter(
      (policy) => isUnmarked(policy) && !this.#installed.has(policyKey(policy)),
    );
    if (newlyUnmarked.length === 0) return new Set();
    // Others have thousands, and few of them begin and end where ours do.
    const sources = new Set(newlyUnmarked.map(({ selector }) => selector.source.address));
    const ends = new Set(newlyUnmarked.map(({ selector }) => selector.destination.address));
    const near = this.#options.dataPlane
      .snapshot()
      .policies.filter(
        ({ selector }) =>
          sources.has(selector.source.address) && ends.has(selector.destination.address),
      );
    const present = new Set(near.map(policyKey));
    return new Set(newlyUnmarked.map(policyKey).filter((key) => present.has(key)));
  }

  /**
   * Makes the record name these as well. What it names already costs no write, so that a change can be
   * taken back on a full disk.
   */
  #announce(policies: readonly DataPlanePolicy[]): void {
    const names = policies.filter(isUnmarked).map(fingerprintOf);
    if (names.every((name) => this.#unmarked.has(name))) return;
    const installed = this.#isRecordStale ? this.#installedNames() : this.#unmarked;
    const needed = new Set([...installed, ...names]);
    this.#options.record([...needed]);
    this.#unmarked = needed;
  }

  /**
   * Makes the record name what is installed and no more, now that these policies came or went. Too long
   * a record does no harm, so that it cannot be shortened is no reason to fail.
   */
  #forgetOthers(touched: readonly DataPlanePolicy[]): void {
    const needed = this.#isRecordStale ? this.#installedNames() : this.#namesAfter(touched);
    this.#isRecordStale = true;
    try {
      this.#options.record([...needed]);
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      this.#options.onStaleRecord(error);
      return;
    }
    this.#unmarked = needed;
    this.#isRecordStale = false;
  }

  #namesAfter(touched: readonly DataPlanePolicy[]): ReadonlySet<string> {
    const names = new Set(this.#unmarked);
    for (const policy of touched) names.delete(fingerprintOf(policy));
    for (const policy of touched) {
      const installed = this.#installed.get(policyKey(policy));
      if (installed !== undefined && isUnmarked(installed)) names.add(fingerprintOf(installed));
    }
    return names;
  }

  #installedNames(): ReadonlySet<string> {
    return new Set([...this.#installed.values()].filter(isUnmarked).map(fingerprintOf));
  }

  #note(operation: DataPlaneOperation): void {
    if (operation.kind === 'removePolicy') this.#installed.delete(policyKey(operation.policy));
    else if (operation.kind === 'installPolicy' || operation.kind === 'updatePolicy') {
      this.#installed.set(policyKey(operation.policy), operation.policy);
    }
  }
}

/**
 * What names a policy without templates in the record. The key alone would claim a policy that
 * somebody else installed under it since; priority and action tell most of those from ours.
 */
export function fingerprintOf(policy: DataPlanePolicy): string {
  return `${policyKey(policy)} ${policy.action} ${policy.priority}`;
}

function isUnmarked({ templates }: DataPlanePolicy): boolean {
  return templates.length === 0;
}

/** Somebody else removed it: that is what was wanted. */
function isGone(operation: DataPlaneOperation, result: DataPlaneResult): boolean {
  return operation.kind === 'removePolicy' && result.kind === 'refused' && result.code === 'ENOENT';
}

function policyOf(operation: DataPlaneOperation): PolicyRefusal['policy'] {
  if ('policy' in operation) return operation.policy;
  throw new TypeError(`a policy operation was expected, not ${operation.kind}`);
}
