/** Names of the counters in our nftables table. */

/** What is counted for one policy; `in-refused` are those dropped by R-25 (a). */
export const policyCounts = [
  'in-accepted',
  'in-dropped',
  'in-refused',
  'out-accepted',
  'out-dropped',
] as const;
export type PolicyCount = (typeof policyCounts)[number];

/** What is counted for all packets together. */
export const globalCounters = [
  'out-accept',
  'out-accept-isakmp',
  'in-accept',
  'in-accept-isakmp',
] as const;
export type GlobalCounter = (typeof globalCounters)[number];

/** In place of the id of a row: what was counted for rows that are no more. */
export const removedPolicies = 0;

export function policyCounter(id: number, count: PolicyCount): string {
  return `policy-${id}-${count}`;
}

/** Undefined for the counters of all packets. */
export function parsePolicyCounter(
  name: string,
): { readonly id: number; readonly count: PolicyCount } | undefined {
  const [, id, words] = /^policy-(\d+)-(.+)$/.exec(name) ?? [];
  const count = policyCounts.find((each) => each === words);
  return id === undefined || count === undefined ? undefined : { id: Number(id), count };
}
