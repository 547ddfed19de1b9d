/**
 * The policies of ours in the data plane: keeps them as desired, knows which of those it finds are
 * ours after a crash, and leaves everybody else's alone (spec E-34).
 */
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
  /** A reqid in a template marks a policy as ours; without templates only this record does. */
  #unmarked: ReadonlySet<string>;
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
    this.#isUncertain = false;
    this.#options.dataPlane.watchPolicies?.(ours);
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

    const taken = this.#takenByOthers(desired);
    const possible = desired.filter((policy) => !taken.has(policyKey(policy)));
    for (const policy of desired) {
      if (!taken.has(policyKey(policy))) continue;
      refuse(policy, 'EEXIST', 'another program has a policy with this direction and selector');
    }

    this.#announce([...this.#installed.values(), ...possible]);
    const operations = diffPolicies([...this.#installed.values()], possible);
    const results = this.#applyAll(operations);
    operations.forEach((operation, index) => {
      const result = results[index] as DataPlaneResult;
      if (result.kind === 'ok' || isGone(operation, result)) this.#note(operation);
      else refuse(policyOf(operation), result.code, result.detail);
    });
    this.#forgetOthers([...this.#installed.values()]);
    this.#refused = new Set(refusals.keys());
    return [...refusals.values()];
  }

  #applyAll(operations: readonly DataPlaneOperation[]): readonly DataPlaneResult[] {
    try {
      return this.#options.dataPlane.apply(operations);
    } catch (error) {
      this.#isUncertain = true;
      throw error;
    }
  }

  #isOurs(policy: DataPlanePolicy): boolean {
    return policy.templates.length === 0
      ? this.#unmarked.has(fingerprintOf(policy))
      : policy.templates.some(({ reqid }) => isOurReqid(reqid));
  }

  /**
   * Once written down, a policy is "ours" to the next run: so what somebody else has installed must
   * not be written down, not even for the moment until the data plane refuses it.
   */
  #takenByOthers(desired: readonly DataPlanePolicy[]): ReadonlySet<string> {
    const newlyUnmarked = desired
      .filter(({ templates }) => templates.length === 0)
      .map(policyKey)
      .filter((key) => !this.#installed.has(key));
    if (newlyUnmarked.length === 0) return new Set();
    const present = new Set(this.#options.dataPlane.snapshot().policies.map(policyKey));
    return new Set(newlyUnmarked.filter((key) => present.has(key)));
  }

  /**
   * Makes the record name all of these. What it names already costs no write, so that a change can
   * be taken back on a full disk.
   */
  #announce(policies: readonly DataPlanePolicy[]): void {
    const needed = unmarkedOf(policies);
    if ([...needed].every((fingerprint) => this.#unmarked.has(fingerprint))) return;
    this.#options.record([...needed]);
    this.#unmarked = needed;
  }

  /** Too long a record does no harm, so that it cannot be shortened is no reason to fail. */
  #forgetOthers(policies: readonly DataPlanePolicy[]): void {
    const needed = unmarkedOf(policies);
    try {
      this.#options.record([...needed]);
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      this.#options.onStaleRecord(error);
      return;
    }
    this.#unmarked = needed;
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

function unmarkedOf(policies: readonly DataPlanePolicy[]): ReadonlySet<string> {
  return new Set(policies.filter(({ templates }) => templates.length === 0).map(fingerprintOf));
}

/** Somebody else removed it: that is what was wanted. */
function isGone(operation: DataPlaneOperation, result: DataPlaneResult): boolean {
  return operation.kind === 'removePolicy' && result.kind === 'refused' && result.code === 'ENOENT';
}

function policyOf(operation: DataPlaneOperation): PolicyRefusal['policy'] {
  if ('policy' in operation) return operation.policy;
  throw new TypeError(`a policy operation was expected, not ${operation.kind}`);
}
