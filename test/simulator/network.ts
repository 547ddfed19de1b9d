/** The network between the routers: late, forgetful, repetitive, cut in two, and listened to. */
import type { Address } from '../../lib/core/base/address.js';
import type { Datagram } from '../../lib/core/ike/input.js';
import { describeDatagram } from './event-log.js';
import type { NetworkOptions } from './options.js';
import type { Random } from './random.js';
import type { World } from './world.js';

/** Copies of one datagram that a network may make. */
const copiesMax = 4;
/** Before this no pair is renewed yet. */
const earlyMs = 14_000;

export class Network {
  readonly #world: World;
  readonly #options: NetworkOptions;
  readonly #random: Random;
  /** `from to` of the directions that are cut, and until when. */
  readonly #cuts = new Map<string, number>();
  /** Whoever listens on the path. */
  onDatagram: ((datagram: Datagram) => void) | undefined;
  isFaulty = false;
  #sent = 0;

  constructor(world: World, options: NetworkOptions, random: Random) {
    this.#world = world;
    this.#options = options;
    this.#random = random;
  }

  send(datagram: Datagram): void {
    this.onDatagram?.(datagram);
    this.#sent += 1;
    // A renewal has no time for a repetition: it is spared.
    const isEarly = !this.isFaulty && this.#world.now < earlyMs;
    if (isEarly && this.#sent === this.#world.options.lostInCalm) {
      this.#world.log(`lost ${this.#describe(datagram)}`);
      return;
    }
    this.#carry(datagram, true);
  }

  /** Puts a datagram on the path behind the listener. */
  inject(datagram: Datagram, delayMs: number): void {
    this.#deliver(datagram, delayMs, 'forged ');
  }

  /** How late a packet of the traffic comes, once for each copy. */
  packetDelays(from: Address, to: Address): readonly number[] {
    return this.#delays(from, to);
  }

  cut(a: Address, b: Address, untilMs: number): void {
    const both = !this.#options.oneWay || this.#random.chance(0.5);
    this.#cuts.set(`${a} ${b}`, untilMs);
    if (both) this.#cuts.set(`${b} ${a}`, untilMs);
    this.#world.log(`network cut ${a} ${both ? '<->' : '->'} ${b} until ${untilMs}`);
  }

  heal(): void {
    this.isFaulty = false;
    this.#cuts.clear();
  }

  #carry(datagram: Datagram, mayCorrupt: boolean): void {
    const { local, remote, bytes } = datagram;
    const delays = this.#delays(local.address, remote.address);
    if (delays.length === 0) this.#world.log(`lost ${this.#describe(datagram)}`);
    for (const delay of delays) {
      const corrupt = mayCorrupt && this.isFaulty && this.#random.chance(this.#options.corruption);
      if (corrupt) this.#deliver({ ...datagram, bytes: this.corrupted(bytes) }, delay, 'corrupt ');
      else this.#deliver(datagram, delay, '');
    }
  }

  #delays(from: Address, to: Address): number[] {
    const { latencyMs, jitterMs, loss, copies, spikes, spikeMs } = this.#options;
    const random = this.#random;
    const plain = () => latencyMs + random.integer(0, jitterMs);
    if (!this.isFaulty) return [plain()];
    if ((this.#cuts.get(`${from} ${to}`) ?? 0) > this.#world.now) return [];
    const count = random.chance(copies) ? random.integer(2, copiesMax) : 1;
    return Array.from({ length: count }, plain).flatMap((delay) => {
      if (random.chance(loss)) return [];
      return random.chance(spikes) ? delay + random.skewed(0, spikeMs) : delay;
    });
  }

  #deliver(datagram: Datagram, delayMs: number, how: string): void {
    this.#world.log(`${how}${this.#describe(datagram)} +${delayMs}`);
    this.#world.schedule.add(this.#world.now + delayMs, () => {
      const router = this.#world.routerAt(datagram.remote.address);
      if (router?.isUp) router.receive(datagram);
    });
  }

  corrupted(bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    const at = this.#random.integer(0, copy.length - 1);
    copy[at] = (copy[at] ?? 0) ^ (1 << this.#random.integer(0, 7));
    return copy;
  }

  #describe({ local, remote, bytes }: Datagram): string {
    return `${local.address} > ${remote.address} ${describeDatagram(bytes)}`;
  }
}
