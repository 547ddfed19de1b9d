/**
 * A tunnel that is up stays up while nothing is wrong: no router was touched, and the network has lost,
 * damaged and delayed nothing, since before it came up and at least the time in which every exchange of
 * earlier trouble has ended. A stranger without keys is nothing wrong. Forgiven is a packet on its way
 * while its SA was replaced: its sender must be using another one a moment later. Nor are bytes that were lost
 * earlier: who sent them is nearer to the limit of the pair than its initiator, who is to renew it.
 */
import type { IpsecSa } from '../../../lib/core/dataplane/types.js';
import type { Checker, Passage } from '../checker.js';
import { Violation } from '../checker.js';
import type { SimulatedRouter } from '../router.js';
import type { World } from '../world.js';
import { isReplaced } from './replaced.js';

export class ContinuityChecker implements Checker {
  readonly name = 'continuity';
  /** `tunnel router`: the directions that have carried a packet since all has been well. */
  readonly #carried = new Set<string>();
  /** `source destination` of the SAs that were installed since the network is without a fault. */
  readonly #sound = new Set<string>();

  installed(_router: SimulatedRouter, { source, destination }: IpsecSa, world: World): void {
    if (world.phase === 'steady') this.#sound.add(`${source} ${destination}`);
  }

  passed(passage: Passage, world: World): void {
    const { tunnel, from, to, outcome } = passage;
    // A datagram lost in the middle of an exchange lets the lives of its two ends begin far apart.
    const isCalm = world.phase === 'calm' && world.options.lostInCalm === 0;
    if (!isCalm && world.phase !== 'steady') {
      this.#carried.clear();
      return;
    }
    const there = `${tunnel.index} ${from.name}`;
    const back = `${tunnel.index} ${to.name}`;
    if (outcome.kind === 'delivered' && outcome.encrypted) {
      this.#carried.add(there);
      return;
    }
    if (!this.#carried.has(there) || !this.#carried.has(back)) return;
    if (outcome.kind === 'dropped' && outcome.reason === 'OutStateExpired') {
      const isByBytes = tunnel.ends.some(({ lifetimeBytes }) => lifetimeBytes > 0);
      if (isByBytes && !this.#sound.has(`${from.address} ${to.address}`)) {
        this.#carried.delete(there);
        return;
      }
    }
    const isLate = outcome.kind === 'dropped' && outcome.reason === 'InNoStates';
    if (!isLate) throw this.#violation(passage);
    world.schedule.add(world.now + replacedMs, () => {
      if (!isReplaced(passage)) throw this.#violation(passage);
    });
  }

  #violation({ tunnel, from, to, sentAt, outcome }: Passage): Violation {
    const how =
      outcome.kind === 'dropped' ? `${outcome.at} drops it (${outcome.reason})` : outcome.kind;
    return new Violation(
      this.name,
      `packet of t${tunnel.index} ${from.name} > ${to.name} sent at ${sentAt}, though nothing is wrong: ${how}`,
    );
  }
}

/** Messages of the renewal may be on their way for so long. */
const replacedMs = 1_000;
