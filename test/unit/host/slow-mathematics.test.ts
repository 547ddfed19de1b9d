/** Slow Diffie-Hellman with one peer, or with many, keeps no other peer waiting. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { instant } from '../../../lib/core/base/instant.js';
import type { DhGroupName } from '../../../lib/core/crypto/algorithms.js';
import type { CryptoJob, CryptoProvider, CryptoResult } from '../../../lib/core/crypto/provider.js';
import { MemoryDataPlane } from '../../../lib/core/dataplane/memory/memory-data-plane.js';
import type { EngineEvent } from '../../../lib/core/ike/effect.js';
import { Engine } from '../../../lib/core/ike/engine.js';
import type { IkeConfig } from '../../../lib/core/ike/ike-config.js';
import type { Datagram } from '../../../lib/core/ike/input.js';
import { createCryptoProvider, startJob } from '../../../lib/host/crypto.js';
import { EngineRunner } from '../../../lib/host/engine-runner.js';
import { rowsFor } from '../../exchange/world.js';
import { createTestCrypto } from '../../support/crypto.js';
import { computeTestJob } from '../../support/dh.js';

type Compute = (job: CryptoJob) => CryptoResult | Promise<CryptoResult>;

interface NodeOptions {
  readonly config: IkeConfig;
  readonly crypto: CryptoProvider;
  readonly compute: Compute;
}

const epoch = instant(1_000);

/** Routers that hand each other their datagrams, each in a turn of the event loop of its own. */
class Network {
  readonly #nodes = new Map<string, EngineRunner>();

  add(address: string, { config, crypto, compute }: NodeOptions) {
    const events: EngineEvent[] = [];
    const faults: unknown[] = [];
    const engine = new Engine({ crypto });
    const plane = new MemoryDataPlane({
      random: (length) => crypto.random(length),
      epochAtZero: 0,
      now: epoch,
    });
    const runner = new EngineRunner(engine, {
      clock: { now: () => epoch, epochSecondsOf: () => 0 },
      send: (datagram) => setImmediate(() => this.#deliver(datagram)),
      apply: (operations) => plane.apply(operations),
      compute,
      onEvent: (event) => events.push(event),
      onSettled: () => undefined,
      onFatal: (error) => faults.push(error),
    });
    this.#nodes.set(address, runner);
    runner.enqueue({ kind: 'configured', config });
    return {
      runner,
      faults,
      /** The peers with whom a tunnel is up. */
      tunnels: () =>
        events.filter(({ name }) => name === 'phase2Established').map(({ remote }) => remote),
      sas: () => plane.snapshot().sas.filter(({ state }) => state === 'mature').length,
    };
  }

  close(): void {
    for (const runner of this.#nodes.values()) runner.close();
  }

  #deliver({ local, remote, bytes }: Datagram): void {
    const datagram = { local: remote, remote: local, bytes };
    this.#nodes.get(remote.address)?.enqueue({ kind: 'datagram', datagram });
  }
}

const hub = '1.0.0.1';

/** The rows of a router that has one tunnel with each of these peers. */
function hubConfig(groups: ReadonlyMap<string, DhGroupName>): IkeConfig {
  const parts = [...groups].map(([remote, group], index) =>
    rowsFor(hub, remote, { ...choices(group), policyId: index + 1 }),
  );
  return {
    peers: parts.flatMap(({ peers }) => peers),
    secrets: parts.flatMap(({ secrets }) => secrets),
    policies: parts.flatMap(({ policies }) => policies),
  };
}

const choices = (group: DhGroupName) => ({ group, proposal: { pfsGroup: group } }) as const;

let network: Network;

/** A hub, and peers that compute at once. */
function star(
  groups: ReadonlyMap<string, DhGroupName>,
  own: Pick<NodeOptions, 'crypto' | 'compute'>,
) {
  network = new Network();
  const center = network.add(hub, { config: hubConfig(groups), ...own });
  const peers = new Map(
    [...groups].map(([address, group], index) => {
      const crypto = createTestCrypto(index + 100);
      const compute: Compute = (job) => computeTestJob(crypto, job);
      const config = rowsFor(address, hub, choices(group));
      return [address, network.add(address, { config, crypto, compute })];
    }),
  );
  return {
    center,
    /** The peer wants its tunnel. */
    begin: (address: string) =>
      peers.get(address)?.runner.enqueue({
        kind: 'command',
        command: { kind: 'initiate', policyId: 1 },
      }),
  };
}

/** Lets the event loop turn until that is so; the limit is for what never comes. */
async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2_000_000; turn += 1) {
    if (isSo()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`never: ${what}`);
}

afterEach(() => network.close());

describe('a slow negotiation with one peer', () => {
  const slowPeer = '1.0.0.8';
  const quickPeer = '1.0.0.2';
  const groups = new Map<string, DhGroupName>([
    [slowPeer, 'modp8192'],
    [quickPeer, 'modp1024'],
  ]);

  test('does not keep another from its tunnel, however long a job takes', async () => {
    const crypto = createTestCrypto(1);
    const held: { readonly job: CryptoJob; readonly release: () => void }[] = [];
    const { center, begin } = star(groups, {
      crypto,
      compute: (job) =>
        job.group === 'modp8192'
          ? new Promise((resolve) => {
              held.push({ job, release: () => resolve(computeTestJob(crypto, job)) });
            })
          : computeTestJob(crypto, job),
    });
    begin(slowPeer);
    await until('the slow job begins', () => held.length === 1);
    begin(quickPeer);
    await until('the quick tunnel', () => center.tunnels().includes(quickPeer));
    expect(center.sas()).toBe(2);
    // All that while the first job of the slow one has not ended.
    expect(held).toHaveLength(1);
    expect(center.tunnels()).toEqual([quickPeer]);

    for (let index = 0; !center.tunnels().includes(slowPeer); index += 1) {
      await until(`slow job ${index}`, () => held.length > index);
      held[index]?.release();
      await until(
        `what follows slow job ${index}`,
        () => held.length > index + 1 || center.tunnels().includes(slowPeer),
      );
    }
    expect(center.sas()).toBe(4);
    // A pair of keys and a secret for each of both phases, and nothing twice.
    expect(held.map(({ job }) => job.kind)).toEqual([
      ...['dhGenerate', 'dhDerive', 'dhGenerate', 'dhDerive'],
    ]);
    expect(center.faults).toEqual([]);
  });
});

describe('the mathematics of this machine', () => {
  test('twelve slow negotiations at once leave room for a quick one, and all come up', async () => {
    const quickPeer = '1.0.0.2';
    const slowPeers = Array.from({ length: 12 }, (_, index) => `1.0.0.${index + 10}`);
    const groups = new Map<string, DhGroupName>([
      ...slowPeers.map((address) => [address, 'modp8192'] as const),
      [quickPeer, 'modp1024'],
    ]);
    let open = 0;
    const { center, begin } = star(groups, {
      crypto: createCryptoProvider(),
      compute: (job) => {
        const started = startJob(job);
        if (!(started instanceof Promise)) return started;
        open += 1;
        return started.finally(() => {
          open -= 1;
        });
      },
    });
    for (const address of slowPeers) begin(address);
    // More jobs than the pool has threads: whatever goes through it would have to wait.
    await until('every thread of the pool is busy', () => open > 4);
    begin(quickPeer);
    await until('the quick tunnel', () => center.tunnels().includes(quickPeer));
    expect(center.tunnels()).toEqual([quickPeer]);
    expect(open).toBeGreaterThan(0);
    await until('all tunnels', () => center.tunnels().length === groups.size);
    expect(center.faults).toEqual([]);
  }, 12_000_000);

  test('a job of middle size gets its turn among slow ones that never end', async () => {
    network = new Network();
    let stopped = false;
    let ended = 0;
    const slow = async (): Promise<void> => {
      while (!stopped) {
        await startJob({ kind: 'dhGenerate', group: 'modp8192' });
        ended += 1;
      }
    };
    // As many again as the pool has threads are always waiting.
    const running = Array.from({ length: 8 }, slow);
    const middle = startJob({ kind: 'dhGenerate', group: 'modp3072' });
    expect(middle).toBeInstanceOf(Promise);
    expect((await middle).kind).toBe('dhGenerated');
    // First come, first served: not after all that came later. Threads may be held up themselves.
    expect(ended).toBeLessThan(8 * 4);
    stopped = true;
    await Promise.all(running);
  }, 12_000_000);
});
