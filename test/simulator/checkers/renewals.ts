/** Who began a pair renews it, and nobody else. */
import type { Effect } from '../../../lib/core/ike/effect.js';
import type { Checker } from '../checker.js';
import { Violation } from '../checker.js';
import type { SimulatedRouter } from '../router.js';

export class RenewalsChecker implements Checker {
  readonly name = 'renewals';
  /** `router policy`: SPIs of the pairs the router began or took over. */
  readonly #own = new Map<string, Set<number>>();

  restarted({ name }: SimulatedRouter): void {
    for (const key of this.#own.keys()) if (key.startsWith(`${name} `)) this.#own.delete(key);
  }

  handled(router: SimulatedRouter, _input: unknown, effects: readonly Effect[]): void {
    const retried = new Set<number>();
    const begun = new Map<number, number>();
    const renewed: number[] = [];
    for (const effect of effects) {
      if (effect.kind !== 'event' || effect.event.policyId === undefined) continue;
      const { name, message, policyId } = effect.event;
      const isMade = name === 'phase2Established' || name === 'phase2Renewed';
      if (name === 'saAdopted' || (isMade && message.includes('established as initiator'))) {
        begun.set(policyId, (begun.get(policyId) ?? 0) + 1);
      }
      // A renewal whose phase 1 ended is taken up again, whatever has become of its pair.
      if (name === 'phase2Failed') retried.add(policyId);
      const isRenewal = name === 'phase2Started' && message.includes('soft limit');
      if (isRenewal && !retried.has(policyId)) renewed.push(policyId);
    }
    for (const [policyId, count] of begun) this.#note(router, policyId, count);
    for (const policyId of renewed) this.#check(router, policyId);
  }

  #note(router: SimulatedRouter, policyId: number, count: number): void {
    const key = `${router.name} ${policyId}`;
    const there = this.#spis(router, policyId);
    // The pairs just made are the last ones. What has gone since those before is forgotten.
    const kept = there.filter((spi) => this.#own.get(key)?.has(spi));
    this.#own.set(key, new Set([...kept, ...there.slice(-count)]));
  }

  /** A pair may go in the same moment in which its renewal begins. */
  #check(router: SimulatedRouter, policyId: number): void {
    const own = this.#own.get(`${router.name} ${policyId}`) ?? new Set();
    const there = this.#spis(router, policyId);
    if (there.length === 0 ? own.size > 0 : there.some((spi) => own.has(spi))) return;
    throw new Violation(
      this.name,
      `${router.name} renews a pair of policy ${policyId} that it did not begin`,
    );
  }

  /** One SPI of each pair, in the order the pairs came. */
  #spis(router: SimulatedRouter, policyId: number): number[] {
    const pairs = router.status()?.childSas ?? [];
    return pairs
      .filter((pair) => pair.policyId === policyId)
      .flatMap(({ ids }) => ids.slice(-1).map(({ spi }) => spi));
  }
}
