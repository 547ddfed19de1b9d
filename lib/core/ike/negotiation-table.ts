/** Phase 2 negotiations by policy: ours and the peers', under way or waiting for phase 1 (R-08, R-57). */
import type { Address } from '../base/address.js';
import type { IpsecSaId } from '../dataplane/types.js';
import type { PolicyConfig } from './ike-config.js';
import type { Negotiation } from './negotiation.js';
import type { Timer } from './timer-queue.js';

/** A negotiation that waits for phase 1. */
export interface Waiting {
  readonly negotiation: Negotiation;
  readonly policy: PolicyConfig;
  readonly timer: Timer;
}

export class NegotiationTable {
  readonly #byPolicy = new Map<number, Set<Negotiation>>();
  readonly #waiting = new Map<number, Waiting>();

  get size(): number {
    let size = 0;
    for (const set of this.#byPolicy.values()) size += set.size;
    return size;
  }

  all(): readonly Negotiation[] {
    return [...this.#byPolicy.values()].flatMap((set) => [...set]);
  }

  has(policyId: number): boolean {
    return this.#byPolicy.has(policyId);
  }

  ofPolicy(policyId: number): readonly Negotiation[] {
    return [...(this.#byPolicy.get(policyId) ?? [])];
  }

  add(policyId: number, negotiation: Negotiation): void {
    const set = this.#byPolicy.get(policyId);
    if (set === undefined) this.#byPolicy.set(policyId, new Set([negotiation]));
    else set.add(negotiation);
  }

  remove(policyId: number, negotiation: Negotiation): void {
    const set = this.#byPolicy.get(policyId);
    set?.delete(negotiation);
    if (set?.size === 0) this.#byPolicy.delete(policyId);
    if (this.#waiting.get(policyId)?.negotiation === negotiation) this.stopWaiting(policyId);
  }

  wait(waiting: Waiting): void {
    this.#waiting.set(waiting.policy.id, waiting);
  }

  /** Those that wait for a phase 1 between the two addresses. */
  waitingFor(local: Address, remote: Address): readonly Waiting[] {
    return [...this.#waiting.values()].filter(
      ({ policy }) => policy.local === local && policy.remote === remote,
    );
  }

  stopWaiting(policyId: number): void {
    this.#waiting.get(policyId)?.timer.cancel();
    this.#waiting.delete(policyId);
  }

  /** Whether one of them has reserved or installed that SA. */
  owns(id: IpsecSaId): boolean {
    return this.all().some((negotiation) => negotiation.owns(id));
  }

  /** The one that has installed that SA. A reservation may lapse: its SA is then added as a new one. */
  installerOf(id: IpsecSaId): Negotiation | undefined {
    return this.all().find((negotiation) => negotiation.hasInstalled(id));
  }
}
