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
  readonly dataPlane: DataPlane;
  /** Keys of policies without templates that an earlier run may have installed. */
  readonly inheritedKeys: ReadonlySet<string>;
  /** Writes down the keys of ours without templates; called before they are installed. */
  readonly record: (keys: readonly string[]) => void;
}

export class KernelPolicies {
  readonly #dataPlane: DataPlane;
  readonly #record: (keys: readonly string[]) => void;
  #installed = new Map<string, DataPlanePolicy>();
  /** A reqid in a template marks a policy as ours; without templates only this list does. */
  #unmarked: ReadonlySet<string>;
  #refused: ReadonlySet<string> = new Set();

  constructor({ dataPlane, inheritedKeys, record }: KernelPoliciesOptions) {
    this.#dataPlane = dataPlane;
    this.#unmarked = inheritedKeys;
    this.#record = record;
  }

  /** Takes stock of what is installed: at the start and after lost events. */
  adopt(policies: readonly DataPlanePolicy[]): void {
    const ours = policies.filter((policy) => this.#isOurs(policy));
    this.#installed = new Map(ours.map((policy) => [policyKey(policy), policy]));
  }

  /**
   * Makes the data plane hold exactly these policies of ours, new ones before old ones go. Returns
   * what it refused; the rest is done. Throws when the list of ours cannot be written.
   */
  apply(desired: readonly DataPlanePolicy[]): readonly PolicyRefusal[] {
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

    this.#writeDown([...this.#installed.values(), ...possible]);
    const operations = diffPolicies([...this.#installed.values()], possible);
    const results = this.#dataPlane.apply(operations);
    operations.forEach((operation, index) => {
      const result = results[index] as DataPlaneResult;
      if (result.kind === 'ok' || isGone(operation, result)) this.#note(operation);
      else refuse(policyOf(operation), result.code, result.detail);
    });
    this.#writeDown([...this.#installed.values()]);
    this.#refused = new Set(refusals.keys());
    return [...refusals.values()];
  }

  #isOurs(policy: DataPlanePolicy): boolean {
    return policy.templates.length === 0
      ? this.#unmarked.has(policyKey(policy))
      : policy.templates.some(({ reqid }) => isOurReqid(reqid));
  }

  /**
   * Once written down, a key means "ours" to the next run: so what somebody else has installed must
   * not be written down, not even for the moment until the data plane refuses it.
   */
  #takenByOthers(desired: readonly DataPlanePolicy[]): ReadonlySet<string> {
    const newlyUnmarked = desired
      .filter(({ templates }) => templates.length === 0)
      .map(policyKey)
      .filter((key) => !this.#installed.has(key));
    if (newlyUnmarked.length === 0) return new Set();
    const present = new Set(this.#dataPlane.snapshot().policies.map(policyKey));
    return new Set(newlyUnmarked.filter((key) => present.has(key)));
  }

  #writeDown(policies: readonly DataPlanePolicy[]): void {
    const keys = policies.filter(({ templates }) => templates.length === 0).map(policyKey);
    this.#unmarked = new Set(keys);
    this.#record([...this.#unmarked]);
  }

  #note(operation: DataPlaneOperation): void {
    if (operation.kind === 'removePolicy') this.#installed.delete(policyKey(operation.policy));
    else if (operation.kind === 'installPolicy' || operation.kind === 'updatePolicy') {
      this.#installed.set(policyKey(operation.policy), operation.policy);
    }
  }
}

/** Somebody else removed it: that is what was wanted. */
function isGone(operation: DataPlaneOperation, result: DataPlaneResult): boolean {
  return operation.kind === 'removePolicy' && result.kind === 'refused' && result.code === 'ENOENT';
}

function policyOf(operation: DataPlaneOperation): PolicyRefusal['policy'] {
  if ('policy' in operation) return operation.policy;
  throw new TypeError(`a policy operation was expected, not ${operation.kind}`);
}
