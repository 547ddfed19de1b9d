/** What is done to the two routers of a set-up beside their rows. */
import type { Router } from '../../lab/guest.js';
import { matureSas, type Side } from '../support.js';
import type { Disturbance } from './set-up.js';

/** Lines for ip(8) in a router; what takes them back. */
export function ip(side: Side, [install, remove]: readonly [string, string]): Disturbance {
  return async ({ two }) => {
    const router = side === 1 ? two.r1 : two.r2;
    await router.ip(install);
    return () => router.ip(remove);
  };
}

/** Another program's policy for what a router sends. */
export function foreign(side: Side, action: 'allow' | 'block'): Disturbance {
  const policy = `dir out src 10.${side}.0.0/16 dst 10.${3 - side}.0.0/16`;
  return ip(side, [
    `xfrm policy add ${policy} priority 5 action ${action}`,
    `xfrm policy delete ${policy}`,
  ]);
}

/** Rules for the first router's source NAT, in the words of iptables. */
export function sourceNat(...rules: readonly string[]): Disturbance {
  const restore = (router: Router, lines: readonly string[]) =>
    router.must(['iptables-legacy-restore'], {
      input: ['*nat', ...lines, 'COMMIT', ''].join('\n'),
    });
  return async ({ two: { r1 } }) => {
    await restore(
      r1,
      rules.map((rule) => `-A POSTROUTING ${rule}`),
    );
    return () => restore(r1, []);
  };
}

/** The second router lets no ESP in. */
export const espRefused: Disturbance = async ({ two: { r2 } }) => {
  const rule = ['INPUT', '-p', 'esp', '-j', 'DROP'];
  await r2.must(['iptables-legacy', '-A', ...rule]);
  return () => r2.must(['iptables-legacy', '-D', ...rule]);
};

/** The second router's kernel begins to count anew under the same keys, while its daemon cannot see to it. */
export const countsAnew: Disturbance = async ({ two: { r2, h1 }, daemon2 }) => {
  await h1.ping('10.2.0.2', { count: 8, intervalSeconds: 0.02 });
  const sa = (await matureSas(r2)).find(({ source }) => source === '1.0.0.2');
  if (sa?.encryption === undefined || sa.integrity === undefined) {
    throw new Error('router 2 has no SA to send by');
  }
  daemon2.freeze();
  const id = `src 1.0.0.2 dst 1.0.0.1 proto esp spi ${sa.spi}`;
  const keys = `auth ${sa.integrity.name} 0x${sa.integrity.key} enc ${sa.encryption.name} 0x${sa.encryption.key}`;
  await r2.ip(`
    xfrm state delete ${id}
    xfrm state add ${id} reqid ${sa.reqid} mode tunnel ${keys} replay-window 32`);
  return async () => daemon2.thaw();
};
