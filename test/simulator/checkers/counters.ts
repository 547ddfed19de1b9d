/** What the engine tells adds up to what it has: pairs made less pairs removed are the pairs there. */
import type { IpsecSa } from '../../../lib/core/dataplane/types.js';
import type { Effect } from '../../../lib/core/ike/effect.js';
import type { Checker } from '../checker.js';
import { Violation } from '../checker.js';
import type { SimulatedRouter } from '../router.js';

interface Tally {
  made: number;
  removed: number;
  installed: number;
  told: number;
  /** Pairs of which the peer never confirmed the outbound half are made without a word. */
  readonly halves: Set<string>;
}

export class CountersChecker implements Checker {
  readonly name = 'counters';
  readonly #tallies = new Map<SimulatedRouter, Tally>();

  restarted(router: SimulatedRouter): void {
    this.#tallies.set(router, {
      made: 0,
      removed: 0,
      installed: 0,
      told: 0,
      halves: new Set(),
    });
  }

  installed(router: SimulatedRouter, _sa: IpsecSa): void {
    const tally = this.#tallies.get(router);
    if (tally !== undefined) tally.installed += 1;
  }

  handled(router: SimulatedRouter, _input: unknown, effects: readonly Effect[]): void {
    const tally = this.#tallies.get(router);
    if (tally === undefined) return;
    let touched = false;
    let replaced = 0;
    for (const effect of effects) {
      if (effect.kind !== 'event') continue;
      const { name, policyId } = effect.event;
      touched ||= name.startsWith('phase2') || name.startsWith('sa');
      if (name === 'phase2Established' || name === 'phase2Renewed' || name === 'saAdopted') {
        tally.made += 1;
      }
      // Orphans of an earlier run were never a pair of this one.
      if (name === 'saRemoved' && policyId !== undefined) tally.removed += 1;
      if (name === 'saInstalled') tally.told += 1;
      if (effect.event.message.includes('not confirmed took their place')) replaced += 1;
    }
    if (!touched) return;
    const status = router.status();
    if (status === undefined) return;
    for (const { ids } of status.childSas) {
      if (ids.some(({ source }) => source === router.address)) continue;
      tally.halves.add(ids.map(({ spi }) => spi).join());
    }
    // One unconfirmed pair may take the place of another in the very moment both are kept.
    const unseen = status.sizes.childSas - (tally.made + tally.halves.size - tally.removed);
    if (unseen > 0 && unseen <= replaced) tally.made += unseen;
    const expected = tally.made + tally.halves.size - tally.removed;
    if (status.sizes.childSas === expected) return;
    throw new Violation(
      this.name,
      `${router.name} has ${status.sizes.childSas} pairs, but told of ${tally.made} made, ${tally.halves.size} unconfirmed and ${tally.removed} removed`,
    );
  }

  look(): void {
    for (const [router, { told, installed }] of this.#tallies) {
      // One that was refused in the middle of a pair is taken back without having been told.
      if (told <= installed) continue;
      throw new Violation(this.name, `${router.name} told of ${told} SAs, ${installed} installed`);
    }
  }
}
