/**
 * The selector of a policy row: as written, and as it takes effect. Rows never change,
 * and every command asks for all of them: so each is worked out once.
 */
import { memoize } from '../base/memoize.js';
import type { TrafficSelector } from '../base/selector.js';
import type { PolicyItem } from './menus/policy.js';

/** What the row says: the identities IKE offers and expects. */
export const policySelector = memoize((row: PolicyItem): TrafficSelector => {
  const source = row['src-address'];
  const destination = row['dst-address'];
  return {
    source: { address: source.address, length: source.length },
    destination: { address: destination.address, length: destination.length },
    protocol: row.protocol,
    sourcePorts: source.ports,
    destinationPorts: destination.ports,
  };
});

/** What the row matches: transport mode serves the two ends of the SAs alone. */
export const effectiveSelector = memoize((row: PolicyItem): TrafficSelector => {
  const selector = policySelector(row);
  if (row.action !== 'encrypt' || row.tunnel) return selector;
  return {
    ...selector,
    source: { address: row['sa-src-address'], length: 32 },
    destination: { address: row['sa-dst-address'], length: 32 },
  };
});
