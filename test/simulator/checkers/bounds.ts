/** No table of an engine is larger than its limits say, whatever anybody sends. */
import { ikeLimits, ikeTimes } from '../../../lib/core/ike/limits.js';
import type { Checker } from '../checker.js';
import { Violation } from '../checker.js';
import { endsFrom } from '../plan.js';
import type { SimulatedRouter } from '../router.js';
import type { World } from '../world.js';

export class BoundsChecker implements Checker {
  readonly name = 'bounds';

  #look(router: SimulatedRouter, world: World): void {
    const status = router.status();
    if (status === undefined) return;
    const { sizes } = status;
    const remotes = world.plan.pairs.filter((pair) => endsFrom(pair, router.index)).length;
    const policies = router.config.tables.policy.length;
    const { halfOpenPerSource, ikeSasPerPeer, pairsPerPolicy, quickModesPerIkeSa } = ikeLimits;
    this.#atMost(router, 'half-open IKE SAs', sizes.halfOpen, remotes * halfOpenPerSource);
    // One of our own is being made with each peer.
    this.#atMost(router, 'IKE SAs', sizes.ikeSas, sizes.halfOpen + remotes * (ikeSasPerPeer + 2));
    // The one that was not confirmed counts beside the pairs; an edit may leave those of the old row.
    this.#atMost(router, 'pairs', sizes.childSas, policies * (pairsPerPolicy + 1));
    const quickModes = sizes.ikeSas * quickModesPerIkeSa + policies;
    this.#atMost(router, 'negotiations', sizes.negotiations, quickModes);
    for (const [id, { state, establishedAt }] of status.peers) {
      if (state !== 'established' || establishedAt === undefined) continue;
      const age = router.localTime - establishedAt;
      this.#atMost(
        router,
        `ms of life of the phase 1 of peer ${id}`,
        age,
        ikeTimes.phase1LifetimeMs,
      );
    }
  }

  #atMost({ name }: SimulatedRouter, what: string, size: number, bound: number): void {
    if (size <= bound) return;
    throw new Violation(this.name, `${name} has ${size} ${what}, ${bound} at most`);
  }

  look(world: World): void {
    for (const router of world.routers) {
      this.#look(router, world);
      const sizes = router.status()?.sizes;
      if (sizes === undefined) continue;
      // Between inputs nothing but slow jobs is open, one for each exchange; ended ones run out.
      const requests = 2 * (sizes.ikeSas + sizes.negotiations) + 16;
      this.#atMost(router, 'open requests', sizes.openRequests, requests);
    }
  }
}
