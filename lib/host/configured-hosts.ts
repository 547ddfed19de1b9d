/** The hosts an administrator has named: what they send is worth more of the log than a stranger's. */
import { memoize } from '../core/base/memoize.js';
import type { Config } from '../core/config/config.js';
import { ikeConfigOf } from '../core/ike/ike-config-of.js';

/** Addresses that rows name one by one; collected when a peer first asks for them. */
export const configuredHosts = memoize((config: Config): ReadonlySet<string> => {
  const { peers, policies } = ikeConfigOf(config);
  const single = peers.filter(({ address }) => address.length === 32);
  return new Set([
    ...single.map(({ address }) => address.address),
    ...policies.map(({ remote }) => remote),
  ]);
});
