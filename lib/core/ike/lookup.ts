/** Finding rows: the peer of an address, its secret, the policy that mirrors an offer. */
import type { Address } from '../base/address.js';
import { formatPrefix } from '../base/address.js';
import { groupBy } from '../base/group-by.js';
import { LongestPrefix } from '../base/longest-prefix.js';
import { memoize } from '../base/memoize.js';
import type { TrafficSelector } from '../base/selector.js';
import { formatPorts, formatSelector, selectorText } from '../base/selector.js';
import type { IkeConfig, PeerConfig, PolicyConfig, SecretConfig } from './ike-config.js';
import type { Mismatch, Refusal } from './v1/mismatch.js';
import { misfit, nearestMisfit, refusalOf } from './v1/mismatch.js';

/** The enabled peer row for an address, the longest mask first, the first of equal rows. */
export function findPeer(config: IkeConfig, remote: Address): PeerConfig | undefined {
  return peersByNetwork(config.peers).find(remote);
}

/** Rows change seldom. */
const peersByNetwork = memoize(
  (rows: readonly PeerConfig[]) => new LongestPrefix(rows, ({ address }) => address),
);

/**
 * By what the peer calls itself, where that is known, then by its address; the first of equal
 * rows wins.
 */
export function findSecret(
  { secrets }: IkeConfig,
  remote: Address,
  identity?: string,
): SecretConfig | undefined {
  const byIdentity = identity === undefined ? undefined : secretsByIdentity(secrets).get(identity);
  return byIdentity ?? secretsByAddress(secrets).get(remote);
}

const secretsByAddress = memoize(
  (rows: readonly SecretConfig[]): ReadonlyMap<Address | undefined, SecretConfig> =>
    new Map([...rows].reverse().map((row) => [row.address, row])),
);

const secretsByIdentity = memoize(
  (rows: readonly SecretConfig[]): ReadonlyMap<string | undefined, SecretConfig> =>
    new Map([...rows].reverse().map((row) => [row.identString, row])),
);

export function peerById({ peers }: IkeConfig, id: number): PeerConfig | undefined {
  return peersById(peers).get(id);
}

export function policyById({ policies }: IkeConfig, id: number): PolicyConfig | undefined {
  return policiesById(policies).get(id);
}

/** The policy whose selector and endpoints are exactly these, seen from here, or why none is. */
export function findMirrorPolicy(
  config: IkeConfig,
  local: Address,
  remote: Address,
  selector: TrafficSelector,
): PolicyConfig | Refusal {
  const wanted = selectorText(selector);
  const policy = policiesByMirror(config.policies).get(mirrorKey(local, remote, wanted));
  if (policy !== undefined) return policy;
  const misfits = policiesWith(config, remote)
    .filter((candidate) => candidate.local === local)
    .map((row) => ({ ...misfit(selectorMismatches(row, selector)), row }));
  const nearest = nearestMisfit(misfits);
  if (nearest === undefined) {
    const message = `no enabled and valid encrypt policy has sa-src-address=${local} and sa-dst-address=${remote}: add one for ${wanted}`;
    return { message, attributes: [] };
  }
  const { row } = nearest;
  return refusalOf(
    `no policy mirrors the peer's: it wants ${wanted}, ${row.label} has ${formatSelector(row.selector)}: src-address and dst-address must be the peer's exchanged: `,
    nearest,
  );
}

/** In what a row is not what the peer wants, and how it would be. */
function selectorMismatches(
  { selector: own }: PolicyConfig,
  wanted: TrafficSelector,
): readonly Mismatch[] {
  const parts: readonly (readonly [string, (selector: TrafficSelector) => string])[] = [
    ['src-address', (one) => `${formatPrefix(one.source)}:${formatPorts(one.sourcePorts)}`],
    [
      'dst-address',
      (one) => `${formatPrefix(one.destination)}:${formatPorts(one.destinationPorts)}`,
    ],
    ['protocol', ({ protocol }) => (protocol === 0 ? 'all' : `${protocol}`)],
  ];
  return parts.flatMap(([attribute, textOf]) =>
    textOf(own) === textOf(wanted)
      ? []
      : [
          {
            attribute,
            text: () => `set ${attribute}=${textOf(wanted)} there, or the peer's to match`,
          },
        ],
  );
}

function mirrorKey(local: Address, remote: Address, selector: string): string {
  return `${local} ${remote} ${selector}`;
}

/** The first of equal rows. */
const policiesByMirror = memoize(
  (rows: readonly PolicyConfig[]): ReadonlyMap<string, PolicyConfig> =>
    new Map(
      [...rows]
        .reverse()
        .map((row) => [mirrorKey(row.local, row.remote, formatSelector(row.selector)), row]),
    ),
);

/** The policies whose SAs are shared with that address, in the order of the table. */
export function policiesWith({ policies }: IkeConfig, remote: Address): readonly PolicyConfig[] {
  return policiesByRemote(policies).get(remote) ?? [];
}

const policiesByRemote = memoize(
  (rows: readonly PolicyConfig[]): ReadonlyMap<Address, readonly PolicyConfig[]> =>
    groupBy(rows, ({ remote }) => remote),
);

export function policyByReqid({ policies }: IkeConfig, reqid: number): PolicyConfig | undefined {
  return policiesByReqid(policies).get(reqid);
}

const policiesByReqid = memoize(
  (rows: readonly PolicyConfig[]): ReadonlyMap<number, PolicyConfig> =>
    new Map(rows.map((row) => [row.reqid, row])),
);

/** The policy as configured now, if SAs made for `policy` still fit it. */
export function currentPolicy(config: IkeConfig, policy: PolicyConfig): PolicyConfig | undefined {
  const candidate = policyById(config, policy.id);
  return candidate !== undefined && stillFits(candidate, policy) ? candidate : undefined;
}

/** Whether SAs made for `before` fit the same row as it is now. */
export function stillFits(now: PolicyConfig, before: PolicyConfig): boolean {
  return (
    now === before ||
    (now.local === before.local &&
      now.remote === before.remote &&
      now.mode === before.mode &&
      now.protocols.join() === before.protocols.join() &&
      formatSelector(now.selector) === formatSelector(before.selector))
  );
}

function byIdOf<R extends { readonly id: number }>() {
  return memoize(
    (rows: readonly R[]): ReadonlyMap<number, R> => new Map(rows.map((row) => [row.id, row])),
  );
}

const peersById = byIdOf<PeerConfig>();
const policiesById = byIdOf<PolicyConfig>();
