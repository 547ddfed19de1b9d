/** Which policy a peer means by the identities it sends in quick mode. */
import type { Address } from '../base/address.js';
import type { TrafficSelector } from '../base/selector.js';
import { formatSelector } from '../base/selector.js';
import type { PolicyItem } from '../config/menus/policy.js';
import { policySelector } from '../config/policy-selector.js';

/** What quick mode says, seen from this router: the source is our side (IDcr when we answer). */
export interface Identities {
  /** The ends of phase 1. */
  readonly local: Address;
  readonly remote: Address;
  readonly selector: TrafficSelector;
}

/**
 * The first of the enabled valid policies that says exactly the same, with automatic keys; undefined
 * when the two routers' policies do not mirror each other.
 */
export function matchIdentities(
  policies: readonly PolicyItem[],
  { local, remote, selector }: Identities,
): PolicyItem | undefined {
  const wanted = formatSelector(selector);
  return policies.find(
    (policy) =>
      policy.action === 'encrypt' &&
      policy['manual-sa'] === undefined &&
      policy['sa-src-address'] === local &&
      policy['sa-dst-address'] === remote &&
      formatSelector(policySelector(policy)) === wanted,
  );
}
