/** Keeps a policy whose negotiation failed quiet for a while, longer each time. */
import type { Instant } from '../base/instant.js';
import { after } from '../base/instant.js';
import { ikeTimes } from './limits.js';

export class Backoff {
  readonly #failures = new Map<number, { readonly count: number; readonly until: Instant }>();

  waits(policyId: number, now: Instant): boolean {
    const until = this.until(policyId);
    return until !== undefined && now < until;
  }

  /** When the quiet ends. */
  until(policyId: number): Instant | undefined {
    return this.#failures.get(policyId)?.until;
  }

  /** Notes a failure and says how many milliseconds to stay quiet. */
  failed(policyId: number, now: Instant): number {
    const count = (this.#failures.get(policyId)?.count ?? 0) + 1;
    const wait = Math.min(ikeTimes.backoffFirstMs * 2 ** (count - 1), ikeTimes.backoffMaxMs);
    this.#failures.set(policyId, { count, until: after(now, wait) });
    return wait;
  }

  succeeded(policyId: number): void {
    this.#failures.delete(policyId);
  }

  /** The administrator changed something: try at once. */
  clear(): void {
    this.#failures.clear();
  }
}
