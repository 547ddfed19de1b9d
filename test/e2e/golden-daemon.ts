/**
 * A program: the product's daemon and control server, with an engine and a data plane that report one
 * of the manual's states. Arguments: name of the state, state directory, path of the socket.
 */
import { pino } from 'pino';
import { instant } from '../../lib/core/base/instant.js';
import { emptyConfig } from '../../lib/core/config/tables.js';
import { MemoryDataPlane } from '../../lib/core/dataplane/memory/memory-data-plane.js';
import type { DataPlaneSnapshot, InstalledSa } from '../../lib/core/dataplane/types.js';
import type { Effect, IkeEngine } from '../../lib/core/ike/effect.js';
import type { Input } from '../../lib/core/ike/input.js';
import type { EngineStatus } from '../../lib/core/ike/status.js';
import type { Clock } from '../../lib/host/clock.js';
import { Configuration } from '../../lib/host/configuration.js';
import { ConsoleFiles } from '../../lib/host/console-files.js';
import { openConsoleSession } from '../../lib/host/console-service.js';
import type { ControlSession } from '../../lib/host/control-connection.js';
import { openControlServer } from '../../lib/host/control-server.js';
import { Daemon, type DaemonParts } from '../../lib/host/daemon.js';
import { liveStatus } from '../../lib/host/live-status.js';
import { PacketCounts } from '../../lib/host/packet-counts.js';
import { RuntimeState } from '../../lib/host/runtime-state.js';
import { makeStateDirectory } from '../../lib/host/state-directory.js';
import { type GoldenState, goldenStates } from './golden-states.js';

const product = 'ipsecctl 0.0.0';

// The manual's times are those of a router in UTC.
process.env['TZ'] = 'UTC';

const clock: Clock = { now: () => instant(0), epochSecondsOf: (at) => at / 1000 };

/** Says of itself what the state says, of every peer there is. */
class GoldenEngine implements IkeEngine {
  readonly #state: GoldenState;
  #peerIds: readonly number[] = [];

  constructor(state: GoldenState) {
    this.#state = state;
  }

  handle(input: Input): readonly Effect[] {
    if (input.kind === 'configured') this.#peerIds = input.config.peers.map(({ id }) => id);
    return [];
  }

  nextTimeout(): undefined {
    return undefined;
  }

  status(): EngineStatus {
    const { peer, sas } = this.#state;
    return {
      peers: new Map(peer === undefined ? [] : this.#peerIds.map((id) => [id, peer])),
      policies: new Map(),
      childSas: sas.length === 0 ? [] : [{ policyId: 1, ids: sas, pfs: false, dying: false }],
      policiesWithSas: new Set(),
      activeRemotes: new Set(),
      sizes: { ikeSas: 0, halfOpen: 0, negotiations: 0, childSas: 0, timers: 0, openRequests: 0 },
    };
  }
}

class GoldenDataPlane extends MemoryDataPlane {
  readonly #sas: readonly InstalledSa[];

  constructor(sas: readonly InstalledSa[]) {
    super({ random: (length) => new Uint8Array(length), epochAtZero: 0, now: instant(0) });
    this.#sas = sas;
  }

  override snapshot(): DataPlaneSnapshot {
    return { ...super.snapshot(), sas: this.#sas };
  }
}

/**
 * Packets that no SA handles are counted by nothing that could be put in the place of the data plane
 * (E-42): where the state has such counts, its sessions show those.
 */
class GoldenDaemon extends Daemon {
  readonly #state: GoldenState;
  readonly #files: ConsoleFiles;

  constructor(state: GoldenState, files: ConsoleFiles, parts: DaemonParts) {
    super(parts);
    this.#state = state;
    this.#files = files;
  }

  override openSession(): ControlSession {
    const { counters } = this.#state;
    if (counters === undefined) return super.openSession();
    const engine = new GoldenEngine(this.#state).status();
    const idle = liveStatus({
      ...{ engine, clock },
      manual: { ids: [], policiesWithSas: [] },
      sas: [],
      totals: new Map(),
      packets: new PacketCounts(),
      policies: [],
    });
    return openConsoleSession({
      clock,
      product,
      files: this.#files,
      configuration: new Configuration(emptyConfig(), {
        install: () => undefined,
        save: () => {},
        onSaved: () => {},
      }),
      status: () => ({ ...idle, counters }),
      flushSas: () => {},
      packetFacts: () => {
        throw new Error('no state of the manual explains a packet');
      },
    });
  }
}

function startDaemon(state: GoldenState, stateDirectory: string): Daemon {
  const files = new ConsoleFiles(stateDirectory);
  const daemon = new GoldenDaemon(state, files, {
    clock,
    log: pino({ level: 'silent' }),
    engine: new GoldenEngine(state),
    dataPlane: new GoldenDataPlane(state.sas),
    compute: () => new Promise(() => {}),
    openSocket: () => {
      throw new Error('a daemon without addresses opens no socket');
    },
    port: 500,
    addresses: () => [],
    product,
    files,
    config: emptyConfig(),
    save: () => {},
    openRuntimeState: (hooks) =>
      new RuntimeState({ ...hooks, directory: stateDirectory, kernel: 'golden' }),
    onFatal: fail,
  });
  daemon.start();
  return daemon;
}

function fail(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}

const [name = '', stateDirectory = '', socketPath = ''] = process.argv.slice(2);
const state = goldenStates[name];
if (state === undefined) throw new Error(`there is no state ${name}`);
makeStateDirectory(stateDirectory);
await openControlServer(socketPath, startDaemon(state, stateDirectory));
process.stdout.write('serving\n');
