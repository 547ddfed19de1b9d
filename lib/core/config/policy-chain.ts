/** Which policies a packet meets after it was encrypted: the static form of nesting (R-10 to R-15, E-14). */
import { addressToNumber, netmask } from '../base/address.js';
import { listMapper } from '../base/list-mapper.js';
import type { PolicyItem } from './menus/policy.js';
import { effectiveSelector } from './policy-selector.js';
import { protocolNumbers } from './values/protocol.js';

/** Most transforms one kernel policy can carry (XFRM_MAX_DEPTH, E-14). */
export const transformsMax = 6;

/** What an index needs to know of a policy; addresses and masks are signed numbers. */
interface Route {
  readonly policy: PolicyItem;
  /** What it matches; none when it matches ports: an AH or ESP packet has none. */
  readonly matches: Match | undefined;
  /** What a packet looks like once the policy has encrypted it; none when it does not. */
  readonly packet: EncryptedPacket | undefined;
}

interface Match {
  /** Equal for policies whose prefixes have the same lengths and whose protocol is the same. */
  readonly shape: string;
  readonly sourceMask: number;
  readonly destinationMask: number;
  readonly protocol: number;
  readonly source: number;
  readonly networks: string;
}

interface EncryptedPacket {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
}

/** The policies of one shape. */
interface Shape extends Pick<Match, 'sourceMask' | 'destinationMask' | 'protocol'> {
  /** The source networks there are: most packets are known by theirs to match nothing. */
  readonly sources: Set<number>;
  /** Positions of its policies. */
  readonly members: number[];
  /** Position of the first policy, by its two networks; made when a packet may match. */
  positions?: ReadonlyMap<string, number>;
}

const routesOf = listMapper(
  (policy: PolicyItem): Route => ({
    policy,
    matches: matchOf(policy),
    packet: encryptedPacket(policy),
  }),
);

function matchOf(policy: PolicyItem): Match | undefined {
  const { source, destination, protocol, sourcePorts, destinationPorts } =
    effectiveSelector(policy);
  if (sourcePorts !== 'any' || destinationPorts !== 'any') return undefined;
  const from = addressToNumber(source.address) | 0;
  const to = addressToNumber(destination.address) | 0;
  return {
    shape: `${source.length} ${destination.length} ${protocol}`,
    sourceMask: netmask(source.length),
    destinationMask: netmask(destination.length),
    protocol,
    source: from,
    networks: `${from} ${to}`,
  };
}

function encryptedPacket(policy: PolicyItem): EncryptedPacket | undefined {
  if (policy.action !== 'encrypt') return undefined;
  const outermost = policy['ipsec-protocols'].includes('ah') ? 'ah' : 'esp';
  return {
    source: addressToNumber(policy['sa-src-address']) | 0,
    destination: addressToNumber(policy['sa-dst-address']) | 0,
    protocol: protocolNumbers[outermost],
  };
}

/**
 * Finds the first policy for an encrypted packet, in time that grows with the number of different
 * shapes and not of policies: every configuration change asks once for every policy.
 */
export class PolicyIndex {
  readonly #policies: readonly PolicyItem[];
  readonly #routes: readonly Route[];
  readonly #shapes = new Map<string, Shape>();
  /** The policy that a packet meets next, of those whose packets meet one. */
  readonly #next = new Map<PolicyItem, PolicyItem>();

  /** `policies`: the enabled valid ones in order. */
  constructor(policies: readonly PolicyItem[]) {
    this.#policies = policies;
    this.#routes = routesOf(policies);
    for (const [position, { matches }] of this.#routes.entries()) {
      if (matches !== undefined) this.#insert(matches, position);
    }
    for (const { policy, packet } of this.#routes) {
      const next = packet === undefined ? undefined : this.#first(packet);
      if (next !== undefined) this.#next.set(policy, next);
    }
  }

  /** The first policy that what this policy of the index makes of a packet matches. */
  next(policy: PolicyItem): PolicyItem | undefined {
    return this.#next.get(policy);
  }

  /** The policies whose packets meet a next one. */
  nested(): Iterable<PolicyItem> {
    return this.#next.keys();
  }

  #insert(matches: Match, position: number): void {
    let shape = this.#shapes.get(matches.shape);
    if (shape === undefined) {
      const { sourceMask, destinationMask, protocol } = matches;
      shape = { sourceMask, destinationMask, protocol, sources: new Set(), members: [] };
      this.#shapes.set(matches.shape, shape);
    }
    shape.sources.add(matches.source);
    shape.members.push(position);
  }

  #first({ source, destination, protocol }: EncryptedPacket): PolicyItem | undefined {
    let best = Number.POSITIVE_INFINITY;
    for (const shape of this.#shapes.values()) {
      if (shape.protocol !== protocolNumbers.all && shape.protocol !== protocol) continue;
      const from = source & shape.sourceMask;
      if (!shape.sources.has(from)) continue;
      shape.positions ??= this.#positionsIn(shape);
      const position = shape.positions.get(`${from} ${destination & shape.destinationMask}`);
      if (position !== undefined && position < best) best = position;
    }
    return this.#policies[best];
  }

  #positionsIn({ members }: Shape): ReadonlyMap<string, number> {
    const positions = new Map<string, number>();
    for (const position of members) {
      const networks = this.#routes[position]?.matches?.networks ?? '';
      if (!positions.has(networks)) positions.set(networks, position);
    }
    return positions;
  }
}

/**
 * The encrypted packet of a policy has a header known beforehand, so the policies it meets next are
 * known as well. The first link is the policy itself; the chain ends at no match, at accept or drop
 * (that link included), and before a repetition.
 */
export function policyChain(policy: PolicyItem, index: PolicyIndex): readonly PolicyItem[] {
  const chain = [policy];
  let next = index.next(policy);
  while (next !== undefined && !chain.includes(next)) {
    chain.push(next);
    next = index.next(next);
  }
  return chain;
}

/** with this level, and without all its SAs, the policy lets packets pass in clear. */
export function passesWithoutSas({ id, level }: PolicyItem, withSas: ReadonlySet<number>): boolean {
  return level !== 'require' && !withSas.has(id);
}

/** Transforms of the whole chain. */
export function transformCount(chain: readonly PolicyItem[]): number {
  return chain
    .filter(({ action }) => action === 'encrypt')
    .reduce((count, link) => count + link['ipsec-protocols'].length, 0);
}
