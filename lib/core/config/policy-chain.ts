/** Which policies a packet meets after it was encrypted: the static form of nesting (R-10 to R-15, E-14). */
import type { Address } from '../base/address.js';
import { addressToNumber, netmask } from '../base/address.js';
import type { PolicyItem } from './menus/policy.js';
import { effectiveSelector } from './policy-selector.js';
import { protocolNumbers } from './values/protocol.js';

/** Most transforms one kernel policy can carry (XFRM_MAX_DEPTH, E-14). */
export const transformsMax = 6;

/** Policies whose prefixes have the same lengths and whose protocol is the same. */
interface Shape {
  readonly sourceMask: number;
  readonly destinationMask: number;
  readonly protocol: number;
  /** Position of the first policy, by its two networks. */
  readonly positions: Map<string, number>;
}

/**
 * Finds the first policy for an encrypted packet, in time that grows with the number of different
 * shapes and not of policies: every configuration change asks once for every policy.
 */
export class PolicyIndex {
  readonly #policies: readonly PolicyItem[];
  readonly #shapes = new Map<string, Shape>();

  /** `policies`: the enabled valid ones in order. */
  constructor(policies: readonly PolicyItem[]) {
    this.#policies = policies;
    for (const [position, policy] of policies.entries()) this.#insert(policy, position);
  }

  #insert(policy: PolicyItem, position: number): void {
    const { source, destination, protocol, sourcePorts, destinationPorts } =
      effectiveSelector(policy);
    // An AH or ESP packet has no ports to match.
    if (sourcePorts !== 'any' || destinationPorts !== 'any') return;
    const name = `${source.length} ${destination.length} ${protocol}`;
    const shape = this.#shapes.get(name) ?? {
      sourceMask: netmask(source.length),
      destinationMask: netmask(destination.length),
      protocol,
      positions: new Map(),
    };
    this.#shapes.set(name, shape);
    const key = `${addressToNumber(source.address)} ${addressToNumber(destination.address)}`;
    if (!shape.positions.has(key)) shape.positions.set(key, position);
  }

  /** The first policy that a packet without ports matches. */
  first(source: Address, destination: Address, protocol: number): PolicyItem | undefined {
    const from = addressToNumber(source);
    const to = addressToNumber(destination);
    let best = Number.POSITIVE_INFINITY;
    for (const shape of this.#shapes.values()) {
      if (shape.protocol !== protocolNumbers.all && shape.protocol !== protocol) continue;
      const key = `${(from & shape.sourceMask) >>> 0} ${(to & shape.destinationMask) >>> 0}`;
      best = Math.min(best, shape.positions.get(key) ?? best);
    }
    return this.#policies[best];
  }
}

/**
 * The encrypted packet of a policy has a header known beforehand, so the policies it meets next are
 * known as well. The first link is the policy itself; the chain ends at no match, at accept or drop
 * (that link included), and before a repetition.
 */
export function policyChain(policy: PolicyItem, index: PolicyIndex): readonly PolicyItem[] {
  const chain = [policy];
  for (let link = policy; link.action === 'encrypt'; ) {
    const outermost = link['ipsec-protocols'].includes('ah') ? 'ah' : 'esp';
    const next = index.first(
      link['sa-src-address'],
      link['sa-dst-address'],
      protocolNumbers[outermost],
    );
    if (next === undefined || chain.includes(next)) break;
    chain.push(next);
    link = next;
  }
  return chain;
}

/** Transforms of the whole chain. */
export function transformCount(chain: readonly PolicyItem[]): number {
  return chain
    .filter(({ action }) => action === 'encrypt')
    .reduce((count, link) => count + link['ipsec-protocols'].length, 0);
}
