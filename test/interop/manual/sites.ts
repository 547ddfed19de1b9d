/** The networks of the manual's examples: our router, the peer, and a host behind either where there is one. */
import type { Daemon, KernelSa, Lab, Machine, Router, Wire } from '../../lab/guest.js';

export interface Site {
  readonly router: Router;
  readonly daemon: Daemon;
  readonly peer: Router;
  readonly wire: Wire;
  /** In the network behind our router. */
  readonly near: Machine;
  /** At the far end of the tunnel: a host behind the peer, or the peer itself. */
  readonly far: Machine;
  /** What `near` and `far` ping. */
  readonly nearAddress: string;
  readonly farAddress: string;
}

/** 10.0.0.2 -- 10.0.0.1 ros1 10.0.1.1 == serial == 10.0.1.2 cisco 10.0.2.1 -- 10.0.2.2 */
export async function ciscoSite(lab: Lab): Promise<Site> {
  const [router, peer] = [await lab.addRouter('ros1'), await lab.addRouter('cisco')];
  const [near, far] = [await lab.addHost('lan1'), await lab.addHost('lan2')];
  const wire = await lab.addWire('serial');
  await wire.attach(router, '10.0.1.1/24');
  await wire.attach(peer, '10.0.1.2/24');
  await lab.link(router, 'eth1', '10.0.0.1/24', near, 'eth0', '10.0.0.2/24');
  await lab.link(peer, 'eth1', '10.0.2.1/24', far, 'eth0', '10.0.2.2/24');
  await near.ip('route add default via 10.0.0.1');
  await far.ip('route add default via 10.0.2.1');
  await router.ip('route add 10.0.2.0/24 via 10.0.1.2');
  await peer.ip('route add 10.0.0.0/24 via 10.0.1.1');
  const daemon = await router.startDaemon();
  const ends = { nearAddress: '10.0.0.2', farAddress: '10.0.2.2' };
  return { router, daemon, peer, wire, near, far, ...ends };
}

/** 1.1.1.2 -- 1.1.1.1 ros2 10.0.0.204 == office == 10.0.0.81 sonicwall, a client without a network */
export async function sonicwallSite(lab: Lab): Promise<Site> {
  const [router, peer] = [await lab.addRouter('ros2'), await lab.addRouter('sonicwall')];
  const near = await lab.addHost('inside');
  const wire = await lab.addWire('office');
  await wire.attach(router, '10.0.0.204/24');
  await wire.attach(peer, '10.0.0.81/24');
  await lab.link(router, 'eth1', '1.1.1.1/24', near, 'eth0', '1.1.1.2/24');
  await near.ip('route add default via 1.1.1.1');
  await peer.ip('route add 1.1.1.0/24 via 10.0.0.204');
  const daemon = await router.startDaemon();
  const ends = { nearAddress: '1.1.1.2', farAddress: '10.0.0.81' };
  return { router, daemon, peer, wire, near, far: peer, ...ends };
}

/** Algorithms and hard limits of SAs in one line each, sorted, for equality. */
export function algorithmLines(sas: readonly KernelSa[]): string[] {
  return sas
    .map(
      ({ protocol, mode, encryption, integrity, integrityBits }) =>
        `${protocol} ${mode} ${encryption?.name} ${integrity?.name} ${integrityBits}`,
    )
    .sort();
}
