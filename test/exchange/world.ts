/** Routers with the production engine and the memory data plane, in virtual time on a wire we control. */
import type { Address, Prefix } from '../../lib/core/base/address.js';
import { utf8 } from '../../lib/core/base/bytes.js';
import { type Instant, instant } from '../../lib/core/base/instant.js';
import { Secret } from '../../lib/core/base/secret.js';
import type { TrafficSelector } from '../../lib/core/base/selector.js';
import { reverseSelector } from '../../lib/core/base/selector.js';
import type { CryptoJob, CryptoProvider, CryptoResult } from '../../lib/core/crypto/provider.js';
import { MemoryDataPlane } from '../../lib/core/dataplane/memory/memory-data-plane.js';
import type { Packet } from '../../lib/core/dataplane/memory/packet.js';
import { reqidOf } from '../../lib/core/dataplane/ownership.js';
import type {
  DataPlaneOperation,
  DataPlanePolicy,
  DataPlaneResult,
  IpsecMode,
} from '../../lib/core/dataplane/types.js';
import { drive, type Effect, type EngineEvent } from '../../lib/core/ike/effect.js';
import { Engine } from '../../lib/core/ike/engine.js';
import type {
  IkeConfig,
  PeerConfig,
  PolicyConfig,
  ProposalConfig,
} from '../../lib/core/ike/ike-config.js';
import type { Command, Datagram, Input } from '../../lib/core/ike/input.js';
import { createTestCrypto } from '../support/crypto.js';
import { computeTestJob } from '../support/dh.js';

/** What becomes of a datagram: when it arrives, several times perhaps, and with which bytes. */
export type Fate = readonly { readonly delayMs: number; readonly bytes?: Uint8Array }[];

export interface WireEntry {
  readonly at: Instant;
  readonly datagram: Datagram;
}

interface Arrival {
  readonly at: number;
  readonly order: number;
  readonly datagram: Datagram;
}

interface Deferred {
  readonly at: number;
  readonly action: () => void;
}

/** A Diffie-Hellman job a router ran, with copies of what the engine will wipe. */
export interface Computation {
  readonly kind: CryptoJob['kind'];
  readonly group: CryptoJob['group'];
  readonly privateKey?: Uint8Array;
  readonly publicValue?: Uint8Array;
  readonly peerPublic?: Uint8Array;
  readonly sharedSecret?: Uint8Array;
}

const latencyMs = 5;

export class World {
  now: Instant = instant(1_000);
  readonly routers = new Map<Address, Router>();
  /** Everything ever sent, in order. */
  readonly wire: WireEntry[] = [];
  /** Decides what the wire does with a datagram; by default it delivers it once. */
  fate: (datagram: Datagram, index: number) => Fate = () => [{ delayMs: latencyMs }];
  /** How long a Diffie-Hellman job takes; 0 = it is answered within the same input. */
  computeMs = 0;
  #arrivals: Arrival[] = [];
  #deferred: Deferred[] = [];
  #order = 0;

  router(address: Address, seed: number, crypto = createTestCrypto(seed)): Router {
    const router = new Router(this, address, crypto);
    this.routers.set(address, router);
    return router;
  }

  /** Puts a datagram on the wire as if its source had sent it. */
  transmit(datagram: Datagram): void {
    this.wire.push({ at: this.now, datagram });
    for (const { delayMs, bytes } of this.fate(datagram, this.wire.length - 1)) {
      this.#arrivals.push({
        at: this.now + delayMs,
        order: this.#order++,
        datagram: bytes === undefined ? datagram : { ...datagram, bytes },
      });
    }
  }

  /** Does something that many milliseconds from now. */
  later(milliseconds: number, action: () => void): void {
    this.#deferred.push({ at: this.now + milliseconds, action });
  }

  /** Lets everything happen that is due within that time, in order. */
  run(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (;;) {
      const next = this.#nextEvent();
      if (next === undefined || next > end) break;
      if (next > this.now) this.now = instant(next);
      this.#step();
    }
    this.now = instant(end);
  }

  #nextEvent(): number | undefined {
    const times = [...this.#arrivals, ...this.#deferred].map(({ at }) => at);
    for (const router of this.routers.values()) {
      for (const at of [router.engine.nextTimeout(), router.plane.nextTimeout()]) {
        if (at !== undefined) times.push(at);
      }
    }
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #step(): void {
    for (const router of this.routers.values()) router.tick();
    const actions = this.#deferred.filter(({ at }) => at <= this.now);
    this.#deferred = this.#deferred.filter(({ at }) => at > this.now);
    for (const { action } of actions) action();
    const due = this.#arrivals
      .filter(({ at }) => at <= this.now)
      .sort((a, b) => a.at - b.at || a.order - b.order);
    this.#arrivals = this.#arrivals.filter(({ at }) => at > this.now);
    for (const { datagram } of due) this.routers.get(datagram.remote.address)?.deliver(datagram);
  }
}

export class Router {
  readonly address: Address;
  engine: Engine;
  plane: MemoryDataPlane;
  readonly events: EngineEvent[] = [];
  config: IkeConfig = { peers: [], secrets: [], policies: [] };
  /** Every Diffie-Hellman job since the start, in order. */
  readonly computations: Computation[] = [];
  /** Lets the data plane refuse what it returns a result for. */
  refuse: (operation: DataPlaneOperation) => DataPlaneResult | undefined = () => undefined;
  readonly #world: World;
  readonly #crypto: CryptoProvider;

  constructor(world: World, address: Address, crypto: CryptoProvider) {
    this.#world = world;
    this.address = address;
    this.#crypto = crypto;
    this.engine = new Engine({ crypto: this.#crypto });
    this.plane = this.#freshPlane();
  }

  #freshPlane(): MemoryDataPlane {
    const plane = new MemoryDataPlane({
      random: (length) => this.#crypto.random(length),
      epochAtZero: 1_700_000_000,
      now: this.#world.now,
    });
    plane.onEvent((event) => this.input({ kind: 'dataplane', now: this.#world.now, event }));
    return plane;
  }

  /** A crash: the engine's memory is gone; with the machine, the data plane's too. */
  crash(what: 'daemon' | 'machine'): void {
    this.engine = new Engine({ crypto: this.#crypto });
    if (what === 'machine') {
      this.plane.close();
      this.plane = this.#freshPlane();
    }
    const { config } = this;
    this.configure(config);
    this.command({ kind: 'resync', sas: this.plane.snapshot().sas });
  }

  configure(config: IkeConfig): void {
    this.config = config;
    const installed = this.plane.snapshot().policies;
    this.plane.apply([
      ...installed.map((policy) => ({ kind: 'removePolicy', policy }) as const),
      ...config.policies
        .flatMap(kernelPolicies)
        .map((policy) => ({ kind: 'installPolicy', policy }) as const),
    ]);
    this.input({ kind: 'configured', now: this.#world.now, config });
  }

  command(command: Command): void {
    this.input({ kind: 'command', now: this.#world.now, command });
  }

  deliver({ local, remote, bytes }: Datagram): void {
    const datagram = { local: remote, remote: local, bytes };
    this.input({ kind: 'datagram', now: this.#world.now, datagram });
  }

  tick(): void {
    const { now } = this.#world;
    this.plane.advance(now);
    const due = this.engine.nextTimeout();
    if (due !== undefined && due <= now) this.input({ kind: 'timeout', now });
  }

  input(input: Input): void {
    drive(this.engine, input, (effect) => this.#perform(effect));
  }

  #perform(effect: Effect): Input | undefined {
    const { now } = this.#world;
    switch (effect.kind) {
      case 'send':
        this.#world.transmit(effect.datagram);
        return undefined;
      case 'event':
        this.events.push(effect.event);
        return undefined;
      case 'compute': {
        const result = computeTestJob(this.#crypto, effect.job);
        this.computations.push(computation(effect.job, result));
        if (this.#world.computeMs === 0) {
          return { kind: 'completed', now, id: effect.id, result };
        }
        const { engine } = this;
        this.#world.later(this.#world.computeMs, () => {
          // A crash in between takes the job with it.
          if (this.engine !== engine) return;
          this.input({ kind: 'completed', now: this.#world.now, id: effect.id, result });
        });
        return undefined;
      }
      case 'dataplane': {
        const refusal = this.refuse(effect.operation);
        const [result] = refusal ? [refusal] : this.plane.apply([effect.operation]);
        if (result === undefined) return undefined;
        return { kind: 'completed', now, id: effect.id, result };
      }
    }
  }

  /** Sends a packet of 84 bytes to another router: how it left, and whether it arrived. */
  ping(other: Router, from: Address = this.address, to: Address = other.address): string {
    const packet: Packet = { source: from, destination: to, protocol: 1, bytes: 84 };
    const sent = this.plane.sendPacket(packet, this.#world.now);
    if (sent.kind === 'dropped') return `dropped ${sent.reason}`;
    const received = other.plane.receivePacket(
      sent.kind === 'encrypted' ? sent.packet : packet,
      this.#world.now,
    );
    return received.kind === 'delivered' ? sent.kind : `lost ${received.reason}`;
  }

  /** SPIs of the mature and dying SAs, sorted, with direction. */
  sas(): string[] {
    return this.plane
      .snapshot()
      .sas.filter(({ state }) => state !== 'larval')
      .map(({ spi, source, destination }) => `${spi.toString(16)} ${source}->${destination}`)
      .sort();
  }

  keys(): string[] {
    return this.plane
      .snapshot()
      .sas.filter(({ state }) => state !== 'larval')
      .map(
        ({ spi, encryptionKey, integrityKey }) =>
          `${spi.toString(16)} ${Buffer.from(encryptionKey.reveal()).toString('hex')} ${Buffer.from(integrityKey.reveal()).toString('hex')}`,
      )
      .sort();
  }

  warnings(): string[] {
    return this.events
      .filter(({ level }) => level === 'warn' || level === 'error')
      .map(({ message }) => message);
  }

  names(): string[] {
    return this.events.filter(({ level }) => level !== 'debug').map(({ name }) => name);
  }
}

function computation(job: CryptoJob, result: CryptoResult): Computation {
  const { kind, group } = job;
  if (result.kind === 'dhGenerated') {
    const privateKey = result.privateKey.reveal().slice();
    return { kind, group, privateKey, publicValue: result.publicValue.slice() };
  }
  const peerPublic = job.kind === 'dhDerive' ? job.peerPublic.slice() : new Uint8Array(0);
  if (result.kind === 'dhInvalid') return { kind, group, peerPublic };
  return { kind, group, peerPublic, sharedSecret: result.sharedSecret.reveal().slice() };
}

/** The `in`, `out` and `fwd` entries of a policy with level require. */
function kernelPolicies(policy: PolicyConfig): DataPlanePolicy[] {
  const template = (outbound: boolean) =>
    policy.protocols.map((protocol, index) => ({
      protocol,
      mode: index === 0 ? policy.mode : ('transport' as const),
      source: outbound ? policy.local : policy.remote,
      destination: outbound ? policy.remote : policy.local,
      reqid: policy.reqid,
      optional: false,
    }));
  const make = (direction: DataPlanePolicy['direction']): DataPlanePolicy => ({
    direction,
    selector: direction === 'out' ? policy.selector : reverseSelector(policy.selector),
    priority: 1000,
    action: 'protect',
    templates: template(direction === 'out'),
  });
  return [make('out'), make('in'), make('fwd')];
}

export interface PairOptions {
  readonly mode?: IpsecMode;
  readonly exchangeMode?: PeerConfig['exchangeMode'];
  /** The secret's row names the peer's identity in place of its address. */
  readonly identString?: string;
  readonly encryption?: PeerConfig['encryption'];
  readonly hash?: PeerConfig['hash'];
  readonly group?: PeerConfig['group'];
  readonly secret?: string;
  readonly proposal?: Partial<ProposalConfig>;
  readonly check?: PeerConfig['proposalCheck'];
  readonly policyId?: number;
  readonly protocols?: PolicyConfig['protocols'];
  /** No perfect forward secrecy, which the rows have by default. */
  readonly pfs?: false;
  readonly sendInitialContact?: boolean;
}

/** Rows for a tunnel from `local` to `remote`, as the manual's minimal example has them. */
export function rowsFor(local: Address, remote: Address, options: PairOptions = {}): IkeConfig {
  const mode = options.mode ?? 'transport';
  const id = options.policyId ?? 1;
  const net = (address: Address): Prefix =>
    mode === 'tunnel'
      ? { address: `10.${address.split('.').at(-1)}.0.0`, length: 24 }
      : { address, length: 32 };
  const selector: TrafficSelector = {
    source: net(local),
    destination: net(remote),
    protocol: 0,
    sourcePorts: 'any',
    destinationPorts: 'any',
  };
  return {
    peers: [
      {
        id: 100 + id,
        label: `/ip ipsec peer 0 (address=${remote}:500)`,
        address: { address: remote, length: 32 },
        port: 500,
        exchangeMode: options.exchangeMode ?? 'main',
        sendInitialContact: options.sendInitialContact ?? true,
        proposalCheck: options.check ?? 'strict',
        hash: options.hash ?? 'md5',
        encryption: options.encryption ?? '3des',
        group: options.group ?? 'modp1024',
      },
    ],
    secrets: [
      {
        id: 200 + id,
        label: `/ip ipsec pre-shared-secret 0 (address=${remote})`,
        ...(options.identString === undefined
          ? { address: remote }
          : { identString: options.identString }),
        preSharedKey: new Secret(utf8(options.secret ?? 'roberkenon')),
      },
    ],
    policies: [
      {
        id,
        label: '/ip ipsec policy 0',
        clearsDf: true,
        reqid: reqidOf(id),
        selector,
        local,
        remote,
        mode,
        protocols: options.protocols ?? ['esp'],
        level: 'require',
        proposal: {
          label: '/ip ipsec proposal 0 (name=default)',
          encryptions: ['3des'],
          integrities: ['sha1'],
          lifetimeSeconds: 1800,
          lifetimeBytes: 0,
          ...(options.pfs === false ? {} : { pfsGroup: 'modp1024' }),
          ...options.proposal,
        },
      },
    ],
  };
}

/** Two routers, 1.0.0.1 and 1.0.0.2, configured for each other. */
export function pair(options: PairOptions = {}, remoteOptions: PairOptions = options) {
  const world = new World();
  const a = world.router('1.0.0.1', 11);
  const b = world.router('1.0.0.2', 22);
  a.configure(rowsFor('1.0.0.1', '1.0.0.2', options));
  b.configure(rowsFor('1.0.0.2', '1.0.0.1', remoteOptions));
  return { world, a, b };
}
