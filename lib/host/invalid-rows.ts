/** Says which policies became invalid with a change, and why; `print` shows only their flag. */
import type { Config } from '../core/config/config.js';
import { invalidPolicies } from '../core/config/validity.js';

export interface InvalidRow {
  readonly policyId: number;
  /** Rule of the specification, such as `A-10.2`. */
  readonly rule: string;
  /** The row, what is wrong with it, and what to change. */
  readonly message: string;
}

export class InvalidRows {
  #told = new Map<number, string>();

  /** The rows that were not invalid, or for another reason, the last time. Disabled ones do not count. */
  newly(config: Config): readonly InvalidRow[] {
    const before = this.#told;
    this.#told = new Map();
    const rows: InvalidRow[] = [];
    const invalid = invalidPolicies(config);
    if (invalid.size === 0) return rows;
    for (const [number, { id: policyId, disabled }] of config.tables.policy.entries()) {
      const reason = disabled ? undefined : invalid.get(policyId);
      if (reason === undefined) continue;
      const { rule, text } = reason;
      this.#told.set(policyId, text);
      if (before.get(policyId) === text) continue;
      rows.push({ policyId, rule, message: `/ip ipsec policy ${number} is invalid: ${text}` });
    }
    return rows;
  }
}
