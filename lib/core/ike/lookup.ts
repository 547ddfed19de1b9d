/** Finding rows: the peer of an address, its secret, the policy that mirrors an offer. */
import type { Address } from '../base/address.js';
import { contains } from '../base/address.js';
import type { TrafficSelector } from '../base/selector.js';
import { formatSelector } from '../base/selector.js';
import type { IkeConfig, PeerConfig, PolicyConfig, SecretConfig } from './ike-config.js';

/** The enabled peer row for an address, the longest mask first. */
export function findPeer(config: IkeConfig, remote: Address): PeerConfig | undefined {
  let best: PeerConfig | undefined;
  for (const peer of config.peers) {
    if (!contains(peer.address, remote)) continue;
    if (best === undefined || peer.address.length > best.address.length) best = peer;
  }
  return best;
}

/** Main mode knows the peer by its address alone; the first of equal rows wins. */
export function findSecret(config: IkeConfig, remote: Address): SecretConfig | undefined {
  return config.secrets.find((secret) => secret.address === remote);
}

/** The policy whose selector and endpoints are exactly these, seen from here, or why none is. */
export function findMirrorPolicy(
  config: IkeConfig,
  local: Address,
  remote: Address,
  selector: TrafficSelector,
): PolicyConfig | string {
  const wanted = formatSelector(selector);
  const between = config.policies.filter(
    (policy) => policy.local === local && policy.remote === remote,
  );
  const policy = between.find((candidate) => formatSelector(candidate.selector) === wanted);
  if (policy !== undefined) return policy;
  const [nearest] = between;
  if (nearest === undefined) {
    return `no enabled and valid encrypt policy has sa-src-address=${local} and sa-dst-address=${remote}: add one for ${wanted}`;
  }
  return `no policy mirrors the peer's: it wants ${wanted}, ${nearest.label} has ${formatSelector(nearest.selector)}: src-address and dst-address must be the peer's exchanged`;
}

/** The policy as configured now, if SAs made for `policy` still fit it. */
export function currentPolicy(config: IkeConfig, policy: PolicyConfig): PolicyConfig | undefined {
  return config.policies.find(
    (candidate) =>
      candidate.id === policy.id &&
      candidate.local === policy.local &&
      candidate.remote === policy.remote &&
      candidate.mode === policy.mode &&
      candidate.protocols.join() === policy.protocols.join() &&
      formatSelector(candidate.selector) === formatSelector(policy.selector),
  );
}
