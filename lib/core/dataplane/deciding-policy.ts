/** Which policy of a data plane decides about a packet (E-02). */
import { type Flow, selects } from '../base/flow.js';
import type { DataPlanePolicy } from './types.js';

/** The lowest priority wins; of equal ones the older, which data planes list first. Undefined: none matches. */
export function decidingPolicy(
  policies: Iterable<DataPlanePolicy>,
  direction: DataPlanePolicy['direction'],
  flow: Flow,
): DataPlanePolicy | undefined {
  let best: DataPlanePolicy | undefined;
  for (const policy of policies) {
    if (policy.direction !== direction || !selects(policy.selector, flow)) continue;
    if (best === undefined || policy.priority < best.priority) best = policy;
  }
  return best;
}
