/** What a policy does at this moment to packets without an SA of their own, in each direction. */
import type { PolicyItem } from '../config/menus/policy.js';
import type { PolicyIndex } from '../config/policy-chain.js';
import { passesWithoutSas, policyChain } from '../config/policy-chain.js';

/** `protect`: the packet is encrypted. */
export type OutboundVerdict = 'pass' | 'drop' | 'protect';
/** `refuse`: it arrived in clear where encryption is expected (R-25 a, R-78). */
export type InboundVerdict = 'pass' | 'drop' | 'refuse';

/** `withSas`: ids of the policies that have all their SAs. */
export function outboundVerdict(
  policy: PolicyItem,
  index: PolicyIndex,
  withSas: ReadonlySet<number>,
): OutboundVerdict {
  if (policy.action === 'accept') return 'pass';
  if (policy.action === 'drop') return 'drop';
  if (passesWithoutSas(policy, withSas)) return 'pass';
  const chain = policyChain(policy, index);
  const next = chain[appliedLinks(chain, withSas).length];
  const passes = next === undefined || next.action === 'accept' || passesWithoutSas(next, withSas);
  return passes ? 'protect' : 'drop';
}

/** The policies that encrypt the packet one after the other, the outermost last. */
export function appliedLinks(
  chain: readonly PolicyItem[],
  withSas: ReadonlySet<number>,
): readonly PolicyItem[] {
  const end = chain.findIndex(({ id, action }) => action !== 'encrypt' || !withSas.has(id));
  return end < 0 ? chain : chain.slice(0, end);
}

/** */
export function inboundVerdict(policy: PolicyItem, withSas: ReadonlySet<number>): InboundVerdict {
  if (policy.action === 'accept') return 'pass';
  if (policy.action === 'drop') return 'drop';
  if (withSas.has(policy.id)) return 'refuse';
  return policy.level === 'require' ? 'drop' : 'pass';
}
