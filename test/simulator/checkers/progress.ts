/** Every wanted tunnel carries packets both ways at the end of the calm, and within a time after the faults. */
import type { Checker, Passage } from '../checker.js';
import { Violation } from '../checker.js';
import type { TunnelEnd, TunnelPlan } from '../plan.js';
import { accepts, endsFrom } from '../plan.js';
import { pairOf } from '../tables.js';
import type { World } from '../world.js';
import { isReplaced } from './replaced.js';

export class ProgressChecker implements Checker {
  readonly name = 'progress';
  /** `tunnel router`: the last packet of that direction came through. */
  readonly #works = new Map<string, boolean>();
  /** How long after the faults the last packet was lost. */
  recoveryMs = 0;
  #healedAt: number | undefined;

  passed(passage: Passage, world: World): void {
    const { tunnel, from, outcome, sentAt } = passage;
    const works = outcome.kind === 'delivered' && outcome.encrypted;
    const key = `${tunnel.index} ${from.name}`;
    // Where a datagram was lost in the calm, lives of some seconds may end before they are renewed.
    const isCalm = world.phase === 'calm';
    const isForgiven = isCalm && (world.options.lostInCalm > 0 || isLate(passage));
    this.#works.set(key, works || (isForgiven && this.#works.get(key) === true));
    if (works || this.#healedAt === undefined || world.phase !== 'healing') return;
    if (!canBothAsk(world, tunnel)) return;
    this.recoveryMs = Math.max(this.recoveryMs, sentAt - this.#healedAt);
  }

  healed(world: World): void {
    this.#healedAt = world.now;
  }

  /** Everything that must be up is up. */
  isDone(world: World): boolean {
    return this.#missing(world) === undefined;
  }

  due(world: World): void {
    const missing = this.#missing(world);
    if (missing === undefined) return;
    throw new Violation(this.name, `${missing} in ${world.phase}`);
  }

  #missing(world: World): string | undefined {
    for (const tunnel of world.plan.tunnels) {
      if (world.phase !== 'calm' && !canBothAsk(world, tunnel)) continue;
      const { index, ends } = tunnel;
      for (const { router } of ends) {
        const { name } = world.router(router);
        if (this.#works.get(`${index} ${name}`) === true) continue;
        return `t${index} carries no packets of ${name}`;
      }
    }
    return undefined;
  }
}

function isLate(passage: Passage): boolean {
  const { outcome } = passage;
  return outcome.kind === 'dropped' && outcome.reason === 'InNoStates' && isReplaced(passage);
}

/**
 * An end that cannot ask, or whose offers the other refuses, waits after a crash until the other end's
 * SAs have reached their limit: IKEv1 has nothing to tell it sooner. No time is promised for these.
 */
function canBothAsk({ plan }: World, tunnel: TunnelPlan): boolean {
  const [a, b] = tunnel.ends;
  const pair = pairOf(plan, tunnel);
  const check = (end: TunnelEnd) => endsFrom(pair, end.router)?.[0].check ?? 'strict';
  const isHeard = (from: TunnelEnd, to: TunnelEnd) =>
    from.level !== 'use' && accepts(to, check(to), from);
  return isHeard(a, b) && isHeard(b, a);
}
