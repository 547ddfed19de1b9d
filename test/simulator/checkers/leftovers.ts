/** No SA that nobody knows, no SA known that is not there, no negotiation without end, no timers left. */
import { saKey } from '../../../lib/core/dataplane/sa-key.js';
import { ikeTimes } from '../../../lib/core/ike/limits.js';
import type { Checker } from '../checker.js';
import { Violation } from '../checker.js';
import type { SimulatedRouter } from '../router.js';
import type { World } from '../world.js';

/** An exchange ends so long after its last message at the latest; twice, for slow clocks and jobs. */
const exchangeMsMax = 2 * ikeTimes.retransmitMs * (ikeTimes.retransmissions + 1);

export class LeftoversChecker implements Checker {
  readonly name = 'leftovers';
  /** Since when an SA is there that no pair has. */
  readonly #unknownSince = new Map<string, number>();
  /** Since when a router has never been without a negotiation for a policy. */
  readonly #busySince = new Map<string, number>();

  look(world: World): void {
    for (const router of world.routers) if (!router.isUncertain) this.#look(router, world);
  }

  #look(router: SimulatedRouter, world: World): void {
    const status = router.status();
    if (status === undefined) {
      this.#forget(router);
      return;
    }
    const present = new Map(router.sas().map((sa) => [saKey(sa), sa]));
    const known = new Set(status.childSas.flatMap(({ ids }) => ids.map(saKey)));
    for (const id of known) {
      if (present.has(id)) continue;
      throw new Violation(this.name, `${router.name} believes in SA ${id}, which is not there`);
    }
    for (const [id, { state }] of present) {
      const key = `${router.name} ${id}`;
      if (known.has(id) || state === 'larval') {
        this.#unknownSince.delete(key);
        continue;
      }
      const since = this.#unknownSince.get(key) ?? world.now;
      this.#unknownSince.set(key, since);
      if (status.sizes.negotiations === 0 || world.now - since > exchangeMsMax) {
        throw new Violation(this.name, `${router.name} has SA ${id}, which no pair has`);
      }
    }
    this.#lookAtTimers(router, world);
    this.#lookAtNegotiations(router, world);
  }

  #lookAtTimers(router: SimulatedRouter, world: World): void {
    const sizes = router.status()?.sizes;
    if (sizes === undefined) return;
    const policies = router.config.tables.policy.length;
    // A finished quick mode keeps one for a minute; a pair that is to be renewed has one or two.
    const most = 3 * sizes.ikeSas + 4 * sizes.negotiations + 4 * sizes.childSas + 8 * policies + 8;
    if (sizes.timers <= most) return;
    throw new Violation(
      this.name,
      `${router.name} has ${sizes.timers} timers (${most} at most) in ${world.phase}`,
    );
  }

  #lookAtNegotiations(router: SimulatedRouter, world: World): void {
    for (const [id, state] of router.status()?.policies ?? []) {
      const key = `${router.name} ${id}`;
      if (state === 'established' || state === 'expired') {
        this.#busySince.delete(key);
        continue;
      }
      const since = this.#busySince.get(key) ?? world.now;
      this.#busySince.set(key, since);
      // Faults may have it begin anew again and again.
      if (world.phase === 'calm' || world.phase === 'faults') this.#busySince.set(key, world.now);
      if (world.now - since <= 2 * exchangeMsMax) continue;
      throw new Violation(
        this.name,
        `${router.name} negotiates for policy ${id} without end (${state})`,
      );
    }
  }

  restarted(router: SimulatedRouter): void {
    this.#forget(router);
  }

  #forget({ name }: SimulatedRouter): void {
    for (const map of [this.#unknownSince, this.#busySince]) {
      for (const key of map.keys()) if (key.startsWith(`${name} `)) map.delete(key);
    }
  }

  emptied(world: World): void {
    for (const router of world.routers) {
      const sas = router.sas();
      if (sas.length > 0) {
        throw new Violation(this.name, `${router.name} still has ${sas.map(saKey).join(', ')}`);
      }
      const status = router.status();
      for (const [what, size] of Object.entries(status?.sizes ?? {})) {
        if (size === 0) continue;
        throw new Violation(this.name, `${router.name} still has ${size} ${what}`);
      }
      if ((status?.peers.size ?? 0) + (status?.policies.size ?? 0) > 0) {
        throw new Violation(this.name, `${router.name} still shows states of disabled rows`);
      }
      if (router.policies().some(({ templates }) => templates.length > 0)) {
        throw new Violation(this.name, `${router.name} still has policies of disabled rows`);
      }
    }
  }
}
