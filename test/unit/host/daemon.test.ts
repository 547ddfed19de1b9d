import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { instant } from '../../../lib/core/base/instant.js';
import { Secret } from '../../../lib/core/base/secret.js';
import { formatSelector } from '../../../lib/core/base/selector.js';
import type { Config } from '../../../lib/core/config/config.js';
import { emptyConfig } from '../../../lib/core/config/tables.js';
import { MemoryDataPlane } from '../../../lib/core/dataplane/memory/memory-data-plane.js';
import { reqidOf } from '../../../lib/core/dataplane/ownership.js';
import type {
  DataPlaneOperation,
  DataPlanePolicy,
  DataPlaneResult,
  IpsecSa,
} from '../../../lib/core/dataplane/types.js';
import type { Effect, EngineEvent, IkeEngine } from '../../../lib/core/ike/effect.js';
import type { Input } from '../../../lib/core/ike/input.js';
import type { EngineStatus, Phase2State } from '../../../lib/core/ike/status.js';
import type { Clock } from '../../../lib/host/clock.js';
import { ConsoleFiles } from '../../../lib/host/console-files.js';
import type { ControlSession } from '../../../lib/host/control-connection.js';
import { Daemon } from '../../../lib/host/daemon.js';
import { IpsecError } from '../../../lib/host/errors.js';
import { RuntimeState } from '../../../lib/host/runtime-state.js';
import type { UdpSocketOptions } from '../../../lib/host/udp.js';

/** Notes what it is given and shows the state the test gives it. */
class FakeEngine implements IkeEngine {
  readonly inputs: Input[] = [];
  effects: readonly Effect[] = [];
  policies = new Map<number, Phase2State>();
  policiesWithSas = new Set<number>();
  activeRemotes = new Set<string>();

  handle(input: Input): readonly Effect[] {
    this.inputs.push(input);
    const { effects } = this;
    this.effects = [];
    return effects;
  }

  nextTimeout(): undefined {
    return undefined;
  }

  status(): EngineStatus {
    return {
      peers: new Map(),
      policies: this.policies,
      childSas: [],
      policiesWithSas: this.policiesWithSas,
      activeRemotes: this.activeRemotes,
      sizes: { ikeSas: 0, halfOpen: 0, negotiations: 0, childSas: 0, timers: 0, openRequests: 0 },
    };
  }

  commands(kind: string): unknown[] {
    return this.inputs.flatMap((input) =>
      input.kind === 'command' && input.command.kind === kind ? [input.command] : [],
    );
  }
}

/** A kernel with a will of its own: refuses what the test tells it to. */
class StubbornDataPlane extends MemoryDataPlane {
  refuses: (operation: DataPlaneOperation) => boolean = () => false;
  /** What breaks, as a netlink socket does that is out of memory. */
  breaksAt: (operation: DataPlaneOperation | 'snapshot') => boolean = () => false;

  override snapshot() {
    if (this.breaksAt('snapshot')) throw broken();
    return super.snapshot();
  }

  override apply(operations: readonly DataPlaneOperation[]): readonly DataPlaneResult[] {
    return operations.map((operation) => {
      if (this.breaksAt(operation)) throw broken();
      return this.refuses(operation)
        ? { kind: 'refused', code: 'EINVAL', detail: 'Invalid address family' }
        : (super.apply([operation])[0] as DataPlaneResult);
    });
  }
}

const broken = () => new IpsecError('ERR_IPSEC_DATAPLANE', 'netlink failed (ENOBUFS)');

const clock: Clock = { now: () => instant(0), epochSecondsOf: () => 0 };

let directory: string;
let dataPlane: StubbornDataPlane;
let engine: FakeEngine;
let addresses: string[];
let logLines: { event?: string; msg: string }[];
let openSockets: Set<string>;
let takenAddresses: Set<string>;
let saved: Config[];
const strayEvent: EngineEvent = {
  ...({ name: 'datagramDropped', level: 'debug' } as const),
  ...{ reason: 'unknown-sa', message: 'dropped', remote: '192.0.2.9' },
};

let saveFails: boolean;
let daemons: Daemon[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ipsec-daemon-'));
  dataPlane = new StubbornDataPlane({
    random: (length) => new Uint8Array(length).fill(1),
    epochAtZero: 0,
    now: instant(0),
  });
  addresses = ['10.0.0.1'];
  logLines = [];
  openSockets = new Set();
  takenAddresses = new Set();
  saved = [];
  saveFails = false;
  daemons = [];
  jest.useFakeTimers();
});

afterEach(() => {
  for (const daemon of daemons) daemon.abandon();
  jest.useRealTimers();
  rmSync(directory, { recursive: true });
});

/** A daemon on the kernel and the disk of this test: a second one finds what the first left. */
function makeDaemon(config: Config = saved.at(-1) ?? emptyConfig()): Daemon {
  engine = new FakeEngine();
  const daemon = new Daemon({
    clock,
    log: pino({}, { write: (line) => logLines.push(JSON.parse(line)) }),
    engine,
    dataPlane,
    compute: () => new Promise(() => {}),
    openSocket: (options) => fakeSocket(options),
    port: 500,
    addresses: () => addresses,
    product: 'ipsecctl 0.0.0',
    files: new ConsoleFiles(directory),
    config,
    save: (next) => {
      if (saveFails) throw new Error('ENOSPC: no space left on device');
      saved.push(next);
    },
    openRuntimeState: (hooks) => new RuntimeState({ ...hooks, directory, kernel: 'boot' }),
    onFatal: (error) => {
      throw error;
    },
  });
  daemons.push(daemon);
  return daemon;
}

function startDaemon(): Daemon {
  const daemon = makeDaemon();
  daemon.listen();
  daemon.start();
  return daemon;
}

/** As a process does that is killed: nothing is written or removed. */
function kill(daemon: Daemon): void {
  daemon.abandon();
  dataPlane.close();
}

function fakeSocket({ address, port = 500 }: UdpSocketOptions) {
  if (takenAddresses.has(address)) {
    throw new IpsecError('ERR_IPSEC_PORT_TAKEN', `UDP port ${port} of ${address} is taken`);
  }
  openSockets.add(address);
  return {
    address,
    port,
    bypassesPolicy: false,
    send: () => {},
    close: () => openSockets.delete(address),
    unref: () => {},
  };
}

async function run(session: ControlSession, text: string): Promise<string> {
  const { output, error } = await session.execute(text, {});
  if (error !== undefined) throw new Error(error.text);
  return output;
}

async function refusalOf(session: ControlSession, text: string): Promise<string> {
  const { error } = await session.execute(text, {});
  return error?.text ?? 'not refused';
}

/** What is installed, as `out 10.0.0.1 > 10.0.0.2 protect`; exemptions of IKE are left out. */
function installed(): string[] {
  const isExemption = ({ priority }: DataPlanePolicy) => priority === 1;
  return dataPlane
    .snapshot()
    .policies.filter((policy) => !isExemption(policy))
    .map(shown)
    .sort();
}

function shown({ direction, selector, action }: DataPlanePolicy): string {
  return `${direction} ${selector.source.address} > ${selector.destination.address} ${action}`;
}

const encrypt = (to: string, more = '') =>
  `/ip ipsec policy add sa-src-address=10.0.0.1 sa-dst-address=${to} action=encrypt ${more}`;
const drop = (to: string) =>
  `/ip ipsec policy add src-address=10.0.0.1 dst-address=${to} action=drop`;

function threeWays(other: string, action: string): string[] {
  return [
    `fwd ${other} > 10.0.0.1 ${action}`,
    `in ${other} > 10.0.0.1 ${action}`,
    `out 10.0.0.1 > ${other} ${action}`,
  ];
}

const foreign: DataPlanePolicy = {
  direction: 'out',
  selector: {
    source: { address: '10.0.0.1', length: 32 },
    destination: { address: '10.0.0.9', length: 32 },
    protocol: 0,
    sourcePorts: 'any',
    destinationPorts: 'any',
  },
  priority: 77,
  action: 'discard',
  templates: [],
};

describe('a command', () => {
  test('puts its policies into the data plane, saves the tables, and tells the engine', async () => {
    const session = startDaemon().openSession();
    await run(session, encrypt('10.0.0.2'));
    expect(installed()).toEqual(threeWays('10.0.0.2', 'protect'));
    expect(saved).toHaveLength(1);
    const configured = engine.inputs.filter(({ kind }) => kind === 'configured');
    expect(configured.at(-1)).toMatchObject({ config: { policies: [{ remote: '10.0.0.2' }] } });
  });

  test('that the data plane refuses changes nothing and is answered in its words with the row', async () => {
    const session = startDaemon().openSession();
    await run(session, drop('10.0.0.3'));
    dataPlane.refuses = (operation) =>
      operation.kind === 'installPolicy' && operation.policy.direction === 'fwd';
    const text = await refusalOf(session, encrypt('10.0.0.2'));
    expect(text).toMatch(
      /^failure: the kernel refuses \/ip ipsec policy 1 .*Invalid address family/,
    );
    expect(installed()).toEqual(threeWays('10.0.0.3', 'discard'));
    expect((await run(session, '/ip ipsec policy print count-only')).trim()).toBe('1');
    expect(saved).toHaveLength(1);
  });

  test('that cannot be saved is taken back everywhere', async () => {
    const session = startDaemon().openSession();
    await run(session, drop('10.0.0.3'));
    saveFails = true;
    expect(await refusalOf(session, encrypt('10.0.0.2'))).toMatch(
      /^failure: .*ENOSPC.*nothing was changed/,
    );
    expect(installed()).toEqual(threeWays('10.0.0.3', 'discard'));
    expect((await run(session, '/ip ipsec policy print count-only')).trim()).toBe('1');
    saveFails = false;
    await run(session, encrypt('10.0.0.2'));
    expect(saved).toHaveLength(2);
  });

  test('in a script is kept up to the first error, and the disk is waited for once', async () => {
    const session = startDaemon().openSession();
    const script = [drop('10.0.0.2'), drop('10.0.0.3'), 'nonsense', drop('10.0.0.4')].join('\n');
    expect((await session.execute(script, {})).error).toMatchObject({ line: 3 });
    expect(installed()).toHaveLength(6);
    expect(saved).toHaveLength(1);
  });

  test('that touches no policy does not ask the data plane', async () => {
    const session = startDaemon().openSession();
    dataPlane.refuses = () => true;
    await run(session, '/ip ipsec peer add address=10.0.0.2');
    expect(saved).toHaveLength(1);
  });
});

describe("somebody else's policy", () => {
  test('with the selector of a new row refuses the row and says where to look', async () => {
    dataPlane.apply([{ kind: 'installPolicy', policy: foreign }]);
    const session = startDaemon().openSession();
    expect(await refusalOf(session, drop('10.0.0.9'))).toMatch(
      /policy 0 \(out .*another program.*EEXIST.*ip xfrm policy list dir out/,
    );
    expect(dataPlane.snapshot().policies).toContainEqual(foreign);
    expect(installed()).toEqual([shown(foreign)]);
  });

  test('that came while we were down keeps its place; the other rows serve', async () => {
    const daemon = startDaemon();
    await run(daemon.openSession(), drop('10.0.0.9'));
    await run(daemon.openSession(), drop('10.0.0.3'));
    daemon.stop();
    expect(dataPlane.snapshot().policies).toEqual([]);

    dataPlane.apply([{ kind: 'installPolicy', policy: foreign }]);
    const successor = startDaemon();
    expect(installed()).toContain(shown(foreign));
    expect(installed()).toEqual(expect.arrayContaining(threeWays('10.0.0.3', 'discard')));
    expect(logLines.map(({ msg }) => msg).join('\n')).toMatch(/policy 0 .*another program/);
    expect(successor.status().refusedPolicies).toHaveLength(1);

    // An old refusal is no reason to refuse a new row, and is repaired when its cause is gone.
    await run(successor.openSession(), drop('10.0.0.4'));
    jest.advanceTimersByTime(12_000);
    expect(logLines.filter(({ event }) => event === 'policyRefused')).toHaveLength(1);
    dataPlane.apply([{ kind: 'removePolicy', policy: foreign }]);
    jest.advanceTimersByTime(5_000);
    expect(installed()).toEqual(expect.arrayContaining(threeWays('10.0.0.9', 'discard')));
    expect(successor.status().refusedPolicies).toEqual([]);
  });

  test('is not taken for ours by a successor although ours had the same selector in mind', async () => {
    dataPlane.apply([{ kind: 'installPolicy', policy: foreign }]);
    const daemon = startDaemon();
    await refusalOf(daemon.openSession(), drop('10.0.0.9'));
    kill(daemon);
    startDaemon();
    expect(dataPlane.snapshot().policies).toContainEqual(foreign);
  });

  test('stays when we stop', async () => {
    dataPlane.apply([{ kind: 'installPolicy', policy: foreign }]);
    const daemon = startDaemon();
    await run(daemon.openSession(), encrypt('10.0.0.2'));
    daemon.stop();
    expect(dataPlane.snapshot().policies).toEqual([foreign]);
  });
});

describe('E-34 after a kill', () => {
  test('policies without a mark are known by the list, and orphans go', async () => {
    const daemon = startDaemon();
    await run(daemon.openSession(), drop('10.0.0.3'));
    await run(daemon.openSession(), encrypt('10.0.0.2'));
    kill(daemon);
    dataPlane.apply([{ kind: 'installPolicy', policy: foreign }]);
    // The disk has a state without these rows: as if they had been installed and never saved.
    saved.length = 0;
    startDaemon();
    expect(installed()).toEqual([shown(foreign)]);
  });

  test('what is desired and there is left alone', async () => {
    const daemon = startDaemon();
    await run(daemon.openSession(), encrypt('10.0.0.2'));
    kill(daemon);
    let changes = 0;
    dataPlane.refuses = () => {
      changes += 1;
      return false;
    };
    startDaemon();
    expect(changes).toBe(0);
    expect(installed()).toEqual(threeWays('10.0.0.2', 'protect'));
  });

  test('E-02 rows that were moved about keep the priorities they have in the kernel', async () => {
    const daemon = startDaemon();
    const session = daemon.openSession();
    for (const to of ['10.0.0.2', '10.0.0.3', '10.0.0.4']) await run(session, encrypt(to));
    await run(session, '/ip ipsec policy move 2 0');
    const before = dataPlane.snapshot().policies;
    kill(daemon);
    let changes = 0;
    dataPlane.refuses = () => {
      changes += 1;
      return false;
    };
    startDaemon();
    expect(changes).toBe(0);
    expect(dataPlane.snapshot().policies).toEqual(before);
    const outbound = before.filter(
      ({ direction, priority }) => direction === 'out' && priority > 1,
    );
    expect(
      outbound
        .sort((a, b) => a.priority - b.priority)
        .map(({ selector }) => selector.destination.address),
    ).toEqual(['10.0.0.4', '10.0.0.2', '10.0.0.3']);
  });

  test('the engine is given the SAs of ours, and nobody else’s', async () => {
    const daemon = startDaemon();
    await run(daemon.openSession(), encrypt('10.0.0.2'));
    const policyId = saved[0]?.tables.policy[0]?.id ?? 0;
    kill(daemon);
    const ours = ipsecSa(0x1001, reqidOf(policyId));
    dataPlane.apply([
      { kind: 'installSa', sa: ours },
      { kind: 'installSa', sa: ipsecSa(0x1002, 5) },
    ]);
    startDaemon();
    expect(engine.commands('resync')).toMatchObject([{ sas: [{ spi: 0x1001 }] }]);
  });

  test('peers of policies that were in use and have no SAs are spoken to', async () => {
    const daemon = startDaemon();
    for (const to of ['10.0.0.2', '10.0.0.3', '10.0.0.4'])
      await run(daemon.openSession(), encrypt(to));
    const [first, second, third] = (saved.at(-1)?.tables.policy ?? []).map(({ id }) => id);
    engine.policies = new Map([[first ?? 0, 'msg1-sent']]);
    engine.activeRemotes = new Set(['10.0.0.2', '10.0.0.4']);
    engine.effects = [phase2Event];
    await run(daemon.openSession(), '/ip ipsec peer add address=10.0.0.2');
    jest.advanceTimersByTime(1_000);
    kill(daemon);
    startDaemon();
    const initiate = (policyId: number | undefined) => ({
      kind: 'initiate',
      policyId,
      cause: 'restart',
    });
    expect(engine.commands('initiate')).toEqual([initiate(first), initiate(third)]);
    expect(second).toBeDefined();
  });

  test('nobody is spoken to after a clean stop', async () => {
    const daemon = startDaemon();
    await run(daemon.openSession(), encrypt('10.0.0.2'));
    engine.activeRemotes = new Set(['10.0.0.2']);
    daemon.stop();
    expect(engine.commands('shutdown')).toHaveLength(1);
    startDaemon();
    expect(engine.commands('initiate')).toEqual([]);
  });
});

describe('a clean stop', () => {
  test('removes our policies and SAs, those the engine does not know included', async () => {
    const daemon = startDaemon();
    await run(daemon.openSession(), encrypt('10.0.0.2'));
    const policyId = saved[0]?.tables.policy[0]?.id ?? 0;
    dataPlane.apply([
      { kind: 'installSa', sa: ipsecSa(0x1001, reqidOf(policyId)) },
      { kind: 'installSa', sa: ipsecSa(0x1002, 5) },
    ]);
    daemon.stop();
    const { policies, sas } = dataPlane.snapshot();
    expect(policies).toEqual([]);
    expect(sas.map(({ spi }) => spi)).toEqual([0x1002]);
    expect(openSockets.size).toBe(0);
  });
});

describe('while it runs', () => {
  test('E-19 the exemptions and the sockets follow the local addresses', () => {
    const daemon = startDaemon();
    const exempt = () =>
      dataPlane
        .snapshot()
        .policies.filter(({ priority, direction }) => priority === 1 && direction === 'out')
        .map(({ selector }) => formatSelector(selector).split(' ')[0]);
    expect(exempt()).toEqual(['10.0.0.1/32:500']);
    addresses = ['10.0.0.1', '10.0.0.7'];
    daemon.onAddressesChanged();
    expect(exempt()).toEqual(['10.0.0.1/32:500', '10.0.0.7/32:500']);
    expect([...openSockets]).toEqual(['10.0.0.1', '10.0.0.7']);
    addresses = ['10.0.0.7'];
    daemon.onAddressesChanged();
    expect(exempt()).toEqual(['10.0.0.7/32:500']);
    expect([...openSockets]).toEqual(['10.0.0.7']);
  });

  test('a taken port of a new address is logged; at the start it is refused', () => {
    const daemon = startDaemon();
    takenAddresses.add('10.0.0.8');
    addresses = ['10.0.0.1', '10.0.0.8'];
    daemon.onAddressesChanged();
    expect(logLines).toContainEqual(
      expect.objectContaining({ event: 'listen', reason: 'ERR_IPSEC_PORT_TAKEN' }),
    );
    expect(() => makeDaemon().listen()).toThrow('10.0.0.8');
  });

  test('a port is taken as soon as it is free, and until then the log tells it once', () => {
    const daemon = startDaemon();
    takenAddresses.add('10.0.0.8');
    addresses = ['10.0.0.1', '10.0.0.8'];
    daemon.onAddressesChanged();
    jest.advanceTimersByTime(20_000);
    expect(logLines.filter(({ event }) => event === 'listen')).toHaveLength(1);
    expect([...openSockets]).toEqual(['10.0.0.1']);
    takenAddresses.clear();
    jest.advanceTimersByTime(5_000);
    expect([...openSockets]).toEqual(['10.0.0.1', '10.0.0.8']);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('lost events are answered with one look at the tables, which repairs them', async () => {
    const daemon = startDaemon();
    await run(daemon.openSession(), encrypt('10.0.0.2'));
    for (const policy of dataPlane.snapshot().policies) {
      dataPlane.apply([{ kind: 'removePolicy', policy }]);
    }
    const before = engine.commands('resync').length;
    dataPlane.overrun();
    dataPlane.overrun();
    jest.runOnlyPendingTimers();
    expect(installed()).toEqual(threeWays('10.0.0.2', 'protect'));
    expect(engine.commands('resync')).toHaveLength(before + 1);
  });

  test('E-13 level=acquire lets packets pass until SAs are there, and again when they go', async () => {
    const daemon = startDaemon();
    await run(daemon.openSession(), encrypt('10.0.0.2', 'tunnel=yes level=acquire'));
    const policyId = saved[0]?.tables.policy[0]?.id ?? 0;
    const mode = () =>
      dataPlane.snapshot().policies.find(({ direction, priority }) => {
        return direction === 'out' && priority !== 1;
      })?.templates[0];
    expect(mode()).toMatchObject({ optional: true, mode: 'transport' });
    engine.policiesWithSas = new Set([policyId]);
    settleWithNewSa(policyId);
    expect(mode()).toMatchObject({ optional: false, mode: 'tunnel' });
    engine.policiesWithSas = new Set();
    dataPlane.flushSas();
    expect(mode()).toMatchObject({ optional: true, mode: 'transport' });
  });

  test('events of the engine become log lines and counts', async () => {
    const daemon = startDaemon();
    engine.effects = [phase2Event, phase2Event];
    await run(daemon.openSession(), '/ip ipsec peer add address=10.0.0.2');
    expect(logLines.filter(({ event }) => event === 'phase2Failed')).toEqual([
      expect.objectContaining({ reason: 'no-proposal-chosen', remote: '10.0.0.2', policy: 2 }),
    ]);
    expect(daemon.status().events).toEqual({ 'phase2Failed/no-proposal-chosen': 2 });
  });
});

describe('what the log is told to beware of', () => {
  test('weak rows at the change that brings them, after a restart too, and never a secret', async () => {
    const session = startDaemon().openSession();
    await run(session, '/ip ipsec peer add address=10.0.0.2 exchange-mode=aggressive');
    await run(session, '/ip ipsec pre-shared-secret add address=10.0.0.2 secret=sviestapika');
    const weak = () => logLines.filter(({ event }) => event === 'weakRow').map(({ msg }) => msg);
    expect(weak()).toEqual([
      expect.stringMatching(/^\/ip ipsec peer 0: exchange-mode is weak: /),
      expect.stringMatching(/^\/ip ipsec pre-shared-secret 0: secret is weak: /),
    ]);
    logLines = [];
    startDaemon();
    expect(weak()).toHaveLength(2);
    expect(JSON.stringify(logLines)).not.toContain('sviestapika');
  });

  test('a flood, once its ten seconds are over', async () => {
    const daemon = startDaemon();
    engine.effects = Array.from({ length: 2000 }, () => ({
      kind: 'event' as const,
      event: strayEvent,
    }));
    await run(daemon.openSession(), '/ip ipsec peer add address=10.0.0.2');
    const floods = () => logLines.filter(({ event }) => event === 'flood');
    expect(floods()).toEqual([]);
    jest.advanceTimersByTime(10_000);
    expect(floods()).toEqual([expect.objectContaining({ dropped: 2000, sources: 1 })]);
    expect(daemon.status().events).toEqual({ 'datagramDropped/unknown-sa': 2000 });
  });
});

describe('a data plane that fails for a moment', () => {
  test('C-63 refuses what is printed then, and the daemon goes on', async () => {
    const daemon = startDaemon();
    const session = daemon.openSession();
    dataPlane.breaksAt = (what) => what === 'snapshot';
    const { output, error } = await session.execute('/ip ipsec installed-sa print', {});
    expect({ output, error }).toEqual({
      output: '',
      error: { text: 'failure: netlink failed (ENOBUFS)', rule: 'C-63', line: 1, column: 24 },
    });
    expect(() => daemon.status()).toThrow(IpsecError);
    dataPlane.breaksAt = () => false;
    expect(await run(session, '/ip ipsec installed-sa print')).not.toContain('failure');
    expect(daemon.status().installedSas).toBe(0);
  });

  test('keeps the commands that were carried out before a print that fails', async () => {
    const session = startDaemon().openSession();
    dataPlane.breaksAt = (what) => what === 'snapshot';
    const script = '/ip ipsec peer add address=10.0.0.2\n/ip ipsec installed-sa print';
    expect((await session.execute(script, {})).error?.text).toMatch(/^failure: /);
    expect(saved).toHaveLength(1);
  });

  test('leaves no part of a refused command behind', async () => {
    const session = startDaemon().openSession();
    await run(session, drop('10.0.0.3'));
    let left = 2;
    dataPlane.breaksAt = (what) => what !== 'snapshot' && left-- === 0;
    expect(await refusalOf(session, drop('10.0.0.4'))).toBe('failure: netlink failed (ENOBUFS)');
    expect(installed()).toEqual(threeWays('10.0.0.3', 'discard'));
  });

  test('is put right later when the command could not be taken back at once', async () => {
    const session = startDaemon().openSession();
    await run(session, drop('10.0.0.3'));
    let left = 2;
    dataPlane.breaksAt = (what) => {
      if (what !== 'snapshot') left -= 1;
      return left < 0;
    };
    await refusalOf(session, drop('10.0.0.4'));
    dataPlane.breaksAt = () => false;
    expect(installed()).toHaveLength(5);
    jest.advanceTimersByTime(5_000);
    expect(installed()).toEqual(threeWays('10.0.0.3', 'discard'));
    expect(jest.getTimerCount()).toBe(0);
  });

  test('makes no stop a clean one whose end nobody saw: the next start finishes it', async () => {
    const daemon = startDaemon();
    await run(daemon.openSession(), drop('10.0.0.3'));
    let left = 1;
    dataPlane.breaksAt = (what) => what === 'snapshot' || left-- <= 0;
    daemon.stop();
    dataPlane.breaksAt = () => false;
    expect(openSockets.size).toBe(0);
    expect(logLines.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['policyLeft', 'saLeft']),
    );
    expect(installed()).not.toEqual([]);
    saved.length = 0;
    startDaemon();
    expect(logLines.at(-1)).toMatchObject({ event: 'uncleanStop' });
    expect(installed()).toEqual([]);
  });

  test('costs the engine an answer, not the daemon, and is followed by a look at the SAs', async () => {
    const daemon = startDaemon();
    await run(daemon.openSession(), encrypt('10.0.0.2'));
    const before = engine.commands('resync').length;
    dataPlane.breaksAt = (what) => what !== 'snapshot' && what.kind === 'installSa';
    settleWithNewSa(saved[0]?.tables.policy[0]?.id ?? 0);
    expect(engine.inputs.at(-1)).toMatchObject({
      kind: 'completed',
      result: { kind: 'refused', code: 'ERR_IPSEC_DATAPLANE' },
    });
    jest.runOnlyPendingTimers();
    expect(engine.commands('resync')).toHaveLength(before + 1);
  });
});

test('kernel.json names the policies without a mark before they are installed', async () => {
  const seen: string[] = [];
  dataPlane.refuses = (operation) => {
    if (operation.kind === 'installPolicy' && operation.policy.templates.length === 0) {
      const file = JSON.parse(readFileSync(join(directory, 'kernel.json'), 'utf8'));
      const { direction, selector, action, priority } = operation.policy;
      const name = `${direction} ${formatSelector(selector)} ${action} ${priority}`;
      if (file.unmarkedPolicies.includes(name)) seen.push(name);
    }
    return false;
  };
  await run(startDaemon().openSession(), drop('10.0.0.3'));
  // Two exemptions of IKE and the three directions of the row.
  expect(seen).toHaveLength(5);
});

const phase2Event: Effect = {
  kind: 'event',
  event: {
    name: 'phase2Failed',
    level: 'warn',
    message: 'phase 2 failed',
    reason: 'no-proposal-chosen',
    remote: '10.0.0.2',
    policyId: 2,
  },
};

/** Lets the engine install an SA, as at the end of a quick mode. */
function settleWithNewSa(policyId: number): void {
  const sa = ipsecSa(0x2001, reqidOf(policyId));
  engine.effects = [{ kind: 'dataplane', id: 1, operation: { kind: 'installSa', sa } }];
  const packet = { source: '10.0.0.1', destination: '10.0.0.2', protocol: 1, bytes: 84 };
  dataPlane.sendPacket(packet, instant(0));
}

function ipsecSa(spi: number, reqid: number): IpsecSa {
  return {
    protocol: 'esp',
    spi,
    source: '10.0.0.2',
    destination: '10.0.0.1',
    direction: 'in',
    reqid,
    mode: 'tunnel',
    encryption: '3des',
    integrity: 'sha1',
    encryptionKey: new Secret(Uint8Array.from({ length: 24 }, (_, index) => index)),
    integrityKey: new Secret(new Uint8Array(20)),
    replayWindow: 32,
    lifetime: { softSeconds: 0, hardSeconds: 0, softBytes: 0, hardBytes: 0 },
  };
}
