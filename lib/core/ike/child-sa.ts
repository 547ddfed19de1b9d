/** Pairs of IPsec SAs and who needs them: one pair from one quick mode, or adopted after a restart. */

import type { Address } from '../base/address.js';
import type { Instant } from '../base/instant.js';
import { saKey } from '../dataplane/sa-key.js';
import type { IpsecProtocol, IpsecSaId } from '../dataplane/types.js';
import type { Payload } from '../wire/message.js';
import type { EngineEvent } from './effect.js';
import type { Role } from './exchange.js';

export interface ChildSa {
  readonly policyId: number;
  /** Names the policy row in messages. */
  readonly label: string;
  /** `adopted`: found in the data plane at start, whoever negotiated it. */
  readonly role: Role | 'adopted';
  readonly local: Address;
  readonly remote: Address;
  /** In the order of the policy's protocols. */
  readonly inbound: readonly IpsecSaId[];
  /** Empty where the peer never confirmed the pair: then we only listen. */
  readonly outbound: readonly IpsecSaId[];
  readonly pfs: boolean;
  /** When its negotiation began, and when it was installed. */
  readonly startedAt: Instant;
  readonly installedAt: Instant;
  /** Counts up as pairs are added to the table. */
  order: number;
  /** A soft limit has passed. */
  dying: boolean;
  /** Made beside an equal pair by both ends at once, and the one of the two not to be renewed. */
  redundant: boolean;
  /** Renewed: its successor is in place, and only packets on their way may still need it. */
  superseded: boolean;
  /**
   * Stops answering for the quick mode that made it; defined as long as that goes on. With a DELETE, that is
   * the answer from then on.
   */
  release?: ((deletes?: readonly Payload[]) => void) | undefined;
}

/** How a pair ends. */
export interface ChildRemoval {
  /** Send the peer a DELETE. */
  readonly tell: boolean;
  readonly why: string;
  readonly level: EngineEvent['level'];
}

/** All pairs, found by policy and by SPI. */
export class ChildSaTable {
  readonly #children = new Set<ChildSa>();
  readonly #byPolicy = new Map<number, Set<ChildSa>>();
  readonly #byId = new Map<string, ChildSa>();
  #order = 0;

  get size(): number {
    return this.#children.size;
  }

  /** In order of installation. */
  all(): IterableIterator<ChildSa> {
    return this.#children.values();
  }

  ofPolicy(policyId: number): readonly ChildSa[] {
    return [...(this.#byPolicy.get(policyId) ?? [])];
  }

  /** Those that protect packets in both directions. */
  completeOfPolicy(policyId: number): readonly ChildSa[] {
    return this.ofPolicy(policyId).filter(({ outbound }) => outbound.length > 0);
  }

  /** Whether packets of the policy can be protected in both directions. */
  hasPolicy(policyId: number): boolean {
    return this.completeOfPolicy(policyId).length > 0;
  }

  policies(): ReadonlySet<number> {
    return new Set([...this.#byPolicy.keys()].filter((policyId) => this.hasPolicy(policyId)));
  }

  find(id: IpsecSaId): ChildSa | undefined {
    return this.#byId.get(saKey(id));
  }

  /** The pair whose outbound SPI the peer names as its own inbound one. */
  findOutbound(
    protocol: IpsecProtocol,
    spi: number,
    local: Address,
    remote: Address,
  ): ChildSa | undefined {
    return this.find({ protocol, spi, source: local, destination: remote });
  }

  has(child: ChildSa): boolean {
    return this.#children.has(child);
  }

  add(child: ChildSa): void {
    child.order = this.#order++;
    this.#children.add(child);
    const ofPolicy = this.#byPolicy.get(child.policyId);
    if (ofPolicy === undefined) this.#byPolicy.set(child.policyId, new Set([child]));
    else ofPolicy.add(child);
    for (const id of idsOf(child)) this.#byId.set(saKey(id), child);
    this.#settle(child);
  }

  /** False when it was not there any more. */
  remove(child: ChildSa): boolean {
    if (!this.#children.delete(child)) return false;
    const ofPolicy = this.#byPolicy.get(child.policyId);
    ofPolicy?.delete(child);
    if (ofPolicy?.size === 0) this.#byPolicy.delete(child.policyId);
    for (const id of idsOf(child)) this.#byId.delete(saKey(id));
    // Whoever was spare because of this pair may now be the only one.
    for (const other of ofPolicy ?? []) other.redundant = false;
    return true;
  }

  /**
   * Both ends may negotiate for one policy at once and end up with two pairs. Both stay, so that no
   * packet is lost; but only one is renewed: the one with the highest SPI, which both ends see alike.
   */
  #settle(child: ChildSa): void {
    for (const other of this.ofPolicy(child.policyId)) {
      const half = other.outbound.length === 0 || child.outbound.length === 0;
      if (other === child || half || other.dying || other.role === child.role) continue;
      if (other.startedAt >= child.installedAt || child.startedAt >= other.installedAt) continue;
      const spare = highestSpi(other) > highestSpi(child) ? child : other;
      spare.redundant = true;
    }
  }
}

/** Both directions, outbound first (spec A-21). */
export function idsOf(child: ChildSa): readonly IpsecSaId[] {
  return [...child.outbound, ...child.inbound];
}

function highestSpi(child: ChildSa): number {
  return Math.max(...idsOf(child).map(({ spi }) => spi));
}
