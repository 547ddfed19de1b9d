/** Two routers with many tunnels between them, each its own pair of /24 networks. */
import type { PairOptions, Router } from './world.js';
import { pair } from './world.js';

/** A host in network `index` behind the first (side 0) or the second router (side 1). */
const host = (side: 0 | 1, index: number, last: number) =>
  `10.${2 * (index >> 8) + side}.${index & 255}.${last}`;

export function many(policies: number, options: PairOptions = {}) {
  const { world, a, b } = pair(options);
  for (const router of [a, b]) {
    const [policy] = router.config.policies;
    if (policy === undefined) throw new Error('no policy');
    const side = router === a ? 0 : 1;
    const other = router === a ? 1 : 0;
    router.configure({
      ...router.config,
      policies: Array.from({ length: policies }, (_, index) => ({
        ...policy,
        id: index + 1,
        reqid: policy.reqid + index,
        label: `/ip ipsec policy ${index}`,
        mode: 'tunnel' as const,
        selector: {
          ...policy.selector,
          source: { address: host(side, index, 0), length: 24 },
          destination: { address: host(other, index, 0), length: 24 },
        },
      })),
    });
  }
  return { world, a, b };
}

/** One packet through each of the tunnels; the different results. */
export function pingAll(
  { a, b }: { readonly a: Router; readonly b: Router },
  policies: number,
  back = false,
) {
  return [
    ...new Set(
      Array.from({ length: policies }, (_, index) => {
        const [near, far] = [host(0, index, 1), host(1, index, 1)];
        return back ? b.ping(a, far, near) : a.ping(b, near, far);
      }),
    ),
  ];
}
