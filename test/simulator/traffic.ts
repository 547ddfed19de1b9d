/** Packets through every tunnel from both sides, for as long as a run wants them. */
import type { Packet } from '../../lib/core/dataplane/memory/packet.js';
import type { TunnelPlan } from './plan.js';
import type { Random } from './random.js';
import type { SimulatedRouter } from './router.js';
import { hostsOf } from './tables.js';
import type { World } from './world.js';

export class Traffic {
  readonly #world: World;
  readonly #random: Random;
  everyMs: number;
  #isOn = true;

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
    this.everyMs = world.options.trafficEveryMs;
    for (const tunnel of world.plan.tunnels) {
      const [a, b] = tunnel.ends.map(({ router }) => world.router(router));
      if (a === undefined || b === undefined) continue;
      this.#next(tunnel, a, b, random.integer(0, this.everyMs));
      this.#next(tunnel, b, a, random.integer(0, this.everyMs));
    }
  }

  stop(): void {
    this.#isOn = false;
  }

  #next(tunnel: TunnelPlan, from: SimulatedRouter, to: SimulatedRouter, wait?: number): void {
    const half = this.everyMs / 2;
    const delay = wait ?? this.#random.integer(Math.ceil(half), Math.ceil(3 * half));
    this.#world.schedule.add(this.#world.now + delay, () => {
      if (!this.#isOn) return;
      this.#send(tunnel, from, to);
      this.#next(tunnel, from, to);
    });
  }

  #send(tunnel: TunnelPlan, from: SimulatedRouter, to: SimulatedRouter): void {
    if (!from.isMachineUp) return;
    const world = this.#world;
    const [source, destination] = hostsOf(tunnel, from.index);
    const protocol = tunnel.ipProtocol === 0 ? 1 : tunnel.ipProtocol;
    const bytes = this.#random.pick([84, 84, 576, 1400]);
    const packet: Packet = { source, destination, protocol, bytes };
    const sent = from.sendPacket(packet);
    const outer = sent.kind === 'encrypted' ? { spi: sent.packet.spi } : {};
    const passage = { tunnel, from, to, sentAt: world.now, ...outer };
    if (sent.kind === 'dropped') {
      world.passed({ ...passage, outcome: { kind: 'dropped', at: 'sender', reason: sent.reason } });
      return;
    }
    const encrypted = sent.kind === 'encrypted';
    world.left(from, tunnel, encrypted);
    const delays = world.network.packetDelays(from.address, to.address);
    if (delays.length === 0) world.passed({ ...passage, outcome: { kind: 'lost' } });
    // Copies are told from the packet by the replay window alone: they are no passage of their own.
    for (const [copy, delay] of delays.entries()) {
      world.schedule.add(world.now + delay, () => {
        const received = to.isMachineUp
          ? to.receivePacket(sent.kind === 'encrypted' ? sent.packet : packet)
          : undefined;
        if (copy > 0) return;
        if (received === undefined) world.passed({ ...passage, outcome: { kind: 'lost' } });
        else if (received.kind === 'delivered') {
          world.passed({ ...passage, outcome: { kind: 'delivered', encrypted } });
        } else {
          const { reason } = received;
          world.passed({ ...passage, outcome: { kind: 'dropped', at: 'receiver', reason } });
        }
      });
    }
  }
}
