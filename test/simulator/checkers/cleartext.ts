/** Nothing leaves or enters in clear that a row in force wants protected. */
import { saIdOf } from '../../../lib/core/dataplane/sa-key.js';
import type { Checker } from '../checker.js';
import { Violation } from '../checker.js';
import type { TunnelPlan } from '../plan.js';
import { addressOf } from '../plan.js';
import type { SimulatedRouter } from '../router.js';
import { hostsOf } from '../tables.js';
import type { World } from '../world.js';

export class CleartextChecker implements Checker {
  readonly name = 'cleartext';

  left(router: SimulatedRouter, tunnel: TunnelPlan, encrypted: boolean, _world: World): void {
    if (encrypted) return;
    const policy = rowOf(router, tunnel);
    if (policy === undefined) return;
    if (policy.level === 'require') {
      throw new Violation(
        this.name,
        `${router.name} sends a packet of t${tunnel.index} in clear though ${policy.label} requires SAs`,
      );
    }
    const known = router.status()?.policiesWithSas.has(policy.id) ?? false;
    if (!known) return;
    throw new Violation(
      this.name,
      `${router.name} sends a packet of t${tunnel.index} in clear though ${policy.label} has SAs: ${JSON.stringify(router.sas().map(saIdOf))}`,
    );
  }

  forgedPacket(router: SimulatedRouter, tunnel: TunnelPlan, delivered: boolean): void {
    const policy = rowOf(router, tunnel);
    if (!delivered || policy?.level !== 'require') return;
    throw new Violation(
      this.name,
      `${router.name} takes a packet of t${tunnel.index} in clear though ${policy.label} requires SAs`,
    );
  }
}

/** The row in force for the packets of a tunnel, if they fall under it at this moment. */
function rowOf(router: SimulatedRouter, tunnel: TunnelPlan) {
  const [near, far] = hostsOf(tunnel, router.index);
  const remote = tunnel.ends.find((end) => end.router !== router.index)?.router ?? 0;
  return router.enforced?.policies.find(
    ({ selector, remote: to }) =>
      to === addressOf(remote) &&
      (selector.protocol === 0 || selector.protocol === (tunnel.ipProtocol || 1)) &&
      samePlace(selector.source.address, near, selector.source.length) &&
      samePlace(selector.destination.address, far, selector.destination.length),
  );
}

function samePlace(network: string, host: string, length: number): boolean {
  return length === 32 ? network === host : host.startsWith(network.replace(/0$/, ''));
}
