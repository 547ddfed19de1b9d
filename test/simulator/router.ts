/** One router: the product's engine, policy compiler and memory data plane on a machine that may fail. */
import type { Address } from '../../lib/core/base/address.js';
import type { Instant } from '../../lib/core/base/instant.js';
import type { Config } from '../../lib/core/config/config.js';
import type { CryptoProvider } from '../../lib/core/crypto/provider.js';
import type {
  ReceiveResult,
  SendResult,
} from '../../lib/core/dataplane/memory/memory-data-plane.js';
import { MemoryDataPlane } from '../../lib/core/dataplane/memory/memory-data-plane.js';
import type { EncryptedPacket, Packet } from '../../lib/core/dataplane/memory/packet.js';
import { isOurReqid } from '../../lib/core/dataplane/ownership.js';
import type { DataPlanePolicy, InstalledSa } from '../../lib/core/dataplane/types.js';
import type { Effect, IkeEngine } from '../../lib/core/ike/effect.js';
import { drive } from '../../lib/core/ike/effect.js';
import type { IkeConfig } from '../../lib/core/ike/ike-config.js';
import { ikeConfigOf } from '../../lib/core/ike/ike-config-of.js';
import type { Command, Datagram, Input } from '../../lib/core/ike/input.js';
import type { EngineStatus } from '../../lib/core/ike/status.js';
import { compilePolicies, policyKey } from '../../lib/core/policy/compile.js';
import { diffPolicies } from '../../lib/core/policy/diff.js';
import type { Activity } from '../../lib/host/runtime-state.js';
import { activityOf, policiesToSpeakFirst } from '../../lib/host/speak-first.js';
import { MachineClock } from './clock.js';
import { computeSimulatedJob, simulatedCrypto } from './crypto.js';
import { describeDatagram } from './event-log.js';
import { addressOf } from './plan.js';
import type { Random } from './random.js';
import type { World } from './world.js';

export type EngineClass = new (options: { readonly crypto: CryptoProvider }) => IkeEngine;

export interface RouterOptions {
  readonly index: number;
  readonly engine: EngineClass;
  readonly random: Random;
  readonly clockRate: number;
  readonly computeMsMax: number;
  readonly config: Config;
}

export class SimulatedRouter {
  readonly index: number;
  readonly address: Address;
  plane: MemoryDataPlane;
  config: Config;
  readonly #world: World;
  readonly #options: RouterOptions;
  readonly #random: Random;
  readonly #crypto: CryptoProvider;
  #clock: MachineClock;
  #engine: IkeEngine | undefined;
  #isMachineUp = true;
  #enforced: Config | undefined;
  /** Ids of the policies that had SAs then. */
  #withSas = '';
  /** Events were lost, and nobody has looked yet. */
  isUncertain = false;
  /** What the daemon has written down for its successor. */
  #leftovers: Activity = { policies: [], remotes: [] };
  /** When it has something to do; undefined: look. */
  #due: number | undefined;

  constructor(world: World, options: RouterOptions) {
    this.#world = world;
    this.#options = options;
    this.index = options.index;
    this.address = addressOf(options.index);
    this.config = options.config;
    this.#random = options.random;
    this.#crypto = simulatedCrypto(options.random.fork('crypto'));
    this.#clock = new MachineClock(world.now, options.clockRate);
    this.plane = this.#freshPlane();
  }

  get name(): string {
    return `r${this.index}`;
  }

  get isMachineUp(): boolean {
    return this.#isMachineUp;
  }

  /** The daemon runs. */
  get isUp(): boolean {
    return this.#engine !== undefined;
  }

  /** The tables whose policies a daemon has put in force, if none has taken them back. */
  get enforced(): IkeConfig | undefined {
    return this.#enforced && ikeConfigOf(this.#enforced);
  }

  get localTime(): Instant {
    return this.#clock.at(this.#world.now);
  }

  get ikeConfig(): IkeConfig {
    return ikeConfigOf(this.config);
  }

  /** Of the running daemon. */
  status(): EngineStatus | undefined {
    return this.#engine?.status();
  }

  /** SAs of ours, reservations included. */
  sas(): readonly InstalledSa[] {
    return this.plane.snapshot().sas.filter(({ reqid, spi }) => isOurReqid(reqid) && spi !== 0);
  }

  // --- life of the daemon and of the machine ---

  startDaemon(): void {
    const { engine: EngineOf } = this.#options;
    this.#engine = new EngineOf({ crypto: this.#crypto });
    this.plane.onEvent((event) => this.#input({ kind: 'dataplane', now: this.localTime, event }));
    for (const checker of this.#world.checkers) checker.restarted?.(this, this.#world);
    this.#world.log(`${this.name} daemon starts`);
    this.#tellEngine();
    this.resync();
    this.#enforce();
    this.#speakFirst();
  }

  /** Killed: nothing is said, and the data plane stays as it is. */
  killDaemon(): void {
    if (this.#engine === undefined) return;
    this.#leftovers = activityOf(this.#engine.status());
    this.#endDaemon('is killed');
  }

  /** A clean stop. */
  stopDaemon(): void {
    if (this.#engine === undefined) return;
    this.command({ kind: 'shutdown' });
    this.#leftovers = { policies: [], remotes: [] };
    this.#endDaemon('stops');
    this.#enforced = undefined;
    const { policies } = this.plane.snapshot();
    this.plane.apply(policies.map((policy) => ({ kind: 'removePolicy', policy })));
    this.plane.apply(this.sas().map((id) => ({ kind: 'removeSa', id })));
  }

  crashMachine(): void {
    this.killDaemon();
    this.#isMachineUp = false;
    this.#enforced = undefined;
    this.plane.close();
    this.#world.log(`${this.name} machine is off`);
  }

  startMachine(): void {
    if (this.#isMachineUp) return;
    this.#isMachineUp = true;
    this.#clock = new MachineClock(this.#world.now, this.#options.clockRate);
    this.plane = this.#freshPlane();
    this.startDaemon();
  }

  #endDaemon(how: string): void {
    this.#engine = undefined;
    this.plane.close();
    this.#due = undefined;
    this.#world.log(`${this.name} daemon ${how}`);
    for (const checker of this.#world.checkers) checker.restarted?.(this, this.#world);
  }

  #speakFirst(): void {
    const status = this.#engine?.status();
    if (status === undefined) return;
    const ids = policiesToSpeakFirst({
      rows: this.ikeConfig.policies,
      policiesWithSas: status.policiesWithSas,
      leftovers: this.#leftovers,
    });
    for (const policyId of ids) this.command({ kind: 'initiate', policyId, cause: 'restart' });
  }

  #freshPlane(): MemoryDataPlane {
    const random = this.#random.fork('plane');
    return new MemoryDataPlane({
      random: (length) => random.bytes(length),
      epochAtZero: 1_700_000_000,
      now: this.localTime,
    });
  }

  // --- what the administrator and the world do to it ---

  configure(config: Config): void {
    this.config = config;
    if (!this.isUp) return;
    this.#enforce();
    this.#tellEngine();
  }

  #tellEngine(): void {
    for (const checker of this.#world.checkers) checker.configured?.(this, this.#world);
    this.#input({ kind: 'configured', now: this.localTime, config: this.ikeConfig });
  }

  command(command: Command): void {
    this.#input({ kind: 'command', now: this.localTime, command });
  }

  /** Looks at the data plane, as after lost events. */
  resync(): void {
    this.isUncertain = false;
    this.command({ kind: 'resync', sas: this.sas() });
  }

  /** Somebody else removes all SAs; their removal may be told or not. */
  flushKernel(isTold: boolean): void {
    this.#due = undefined;
    if (isTold) {
      this.plane.flushSas();
      return;
    }
    this.plane.apply(this.sas().map((id) => ({ kind: 'removeSa', id })));
    this.isUncertain = true;
    this.#world.schedule.add(this.#world.now + 50, () => {
      if (this.isUp) this.resync();
    });
  }

  receive({ local, remote, bytes }: Datagram): void {
    const datagram = { local: remote, remote: local, bytes };
    this.#input({ kind: 'datagram', now: this.localTime, datagram });
  }

  sendPacket(packet: Packet): SendResult {
    this.#due = undefined;
    return this.plane.sendPacket(packet, this.localTime);
  }

  receivePacket(packet: Packet | EncryptedPacket): ReceiveResult {
    this.#due = undefined;
    return this.plane.receivePacket(packet, this.localTime);
  }

  /** When time alone has something happen here. */
  due(): number {
    this.#due ??= this.#nextDue();
    return this.#due;
  }

  tick(): void {
    this.#due = undefined;
    if (!this.#isMachineUp) return;
    this.plane.advance(this.localTime);
    const due = this.#engine?.nextTimeout();
    if (due !== undefined && due <= this.localTime) {
      this.#input({ kind: 'timeout', now: this.localTime });
    }
  }

  #nextDue(): number {
    if (!this.#isMachineUp) return Number.POSITIVE_INFINITY;
    const local = Math.min(
      this.#engine?.nextTimeout() ?? Number.POSITIVE_INFINITY,
      this.plane.nextTimeout() ?? Number.POSITIVE_INFINITY,
    );
    return local === Number.POSITIVE_INFINITY ? local : this.#clock.worldTimeOf(local);
  }

  // --- the engine ---

  #input(input: Input): void {
    const engine = this.#engine;
    if (engine === undefined) return;
    // A kernel's clock runs by itself: what is installed now begins its life now.
    if (input.kind !== 'dataplane') this.plane.advance(this.localTime);
    this.#due = undefined;
    let touched = false;
    const observed: IkeEngine = {
      handle: (next) => {
        const effects = engine.handle(next);
        touched ||= effects.some(({ kind }) => kind === 'dataplane');
        this.#world.handled(this, next, effects);
        return effects;
      },
      nextTimeout: () => engine.nextTimeout(),
      status: () => engine.status(),
    };
    drive(observed, input, (effect) => this.#perform(engine, effect));
    if (touched || input.kind === 'dataplane') this.#followSas();
  }

  #perform(engine: IkeEngine, effect: Effect): Input | undefined {
    const now = this.localTime;
    switch (effect.kind) {
      case 'send':
        this.#world.network.send(effect.datagram);
        return undefined;
      case 'event':
        return undefined;
      case 'compute': {
        const result = computeSimulatedJob(this.#crypto, effect.job);
        const wait = this.#random.integer(0, this.#options.computeMsMax);
        if (wait === 0) return { kind: 'completed', now, id: effect.id, result };
        this.#world.schedule.add(this.#world.now + wait, () => {
          // A crash in between takes the job with it.
          if (this.#engine !== engine) return;
          this.#input({ kind: 'completed', now: this.localTime, id: effect.id, result });
        });
        return undefined;
      }
      case 'dataplane': {
        const [result] = this.plane.apply([effect.operation]);
        if (result === undefined) return undefined;
        if (effect.operation.kind === 'installSa' && result.kind === 'ok') {
          this.#world.installed(this, effect.operation.sa);
        }
        return { kind: 'completed', now, id: effect.id, result };
      }
    }
  }

  // --- policies ---

  /** What is not `require` depends on which SAs there are (E-13). */
  #followSas(): void {
    if (this.config.tables.policy.every(({ level }) => level === 'require')) return;
    const withSas = [...(this.#engine?.status().policiesWithSas ?? [])].join();
    if (withSas !== this.#withSas) this.#enforce();
  }

  #enforce(): void {
    this.#enforced = this.config;
    const withSas = this.#engine?.status().policiesWithSas ?? new Set();
    this.#withSas = [...withSas].join();
    const { policies } = this.plane.snapshot();
    const installed = new Map(policies.map((policy) => [policyKey(policy), policy]));
    const desired = compilePolicies(this.config, {
      localAddresses: [this.address],
      withSas,
      installedPriority: (key) => installed.get(key)?.priority,
    });
    const operations = diffPolicies(policies, desired);
    for (const [index, result] of this.plane.apply(operations).entries()) {
      if (result.kind === 'ok') continue;
      throw new Error(`${operations[index]?.kind} is refused: ${result.detail}`);
    }
  }

  /** The policies in force, for checkers. */
  policies(): readonly DataPlanePolicy[] {
    return this.plane.snapshot().policies;
  }
}

/** An effect or input in a few words, for the log. */
export function describeInput(input: Input): string {
  switch (input.kind) {
    case 'datagram':
      return `receives from ${input.datagram.remote.address} ${describeDatagram(input.datagram.bytes)}`;
    case 'dataplane':
      return `data plane ${input.event.kind}${input.event.kind === 'expire' ? (input.event.hard ? ' hard' : ' soft') : ''}`;
    case 'command':
      return `command ${input.command.kind}`;
    default:
      return input.kind;
  }
}
