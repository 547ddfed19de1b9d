/**
 * The daemon's working part: wires the engine, the tables and the data plane to each other. What it
 * is given is open already; `run-daemon.ts` opens it and decides about the process.
 */
import type { Address } from '../core/base/address.js';
import type { Config } from '../core/config/config.js';
import type { LiveStatus } from '../core/config/live-status.js';
import { type ConsoleHost, ConsoleSession } from '../core/config/session.js';
import type { DaemonStatus } from '../core/control/daemon-status.js';
import type { ExecuteResult } from '../core/control/messages.js';
import type { CryptoJob, CryptoResult } from '../core/crypto/provider.js';
import { isOurReqid } from '../core/dataplane/ownership.js';
import type {
  DataPlane,
  DataPlaneEvent,
  DataPlaneOperation,
  DataPlanePolicy,
  DataPlaneResult,
  DataPlaneSnapshot,
  InstalledSa,
  IpsecSaId,
} from '../core/dataplane/types.js';
import type { EngineEvent, IkeEngine } from '../core/ike/effect.js';
import { ikeConfigOf } from '../core/ike/ike-config-of.js';
import type { Datagram } from '../core/ike/input.js';
import { compilePolicies } from '../core/policy/compile.js';
import { EventCounters } from '../core/stats/event-counters.js';
import type { Clock } from './clock.js';
import { Configuration } from './configuration.js';
import type { ControlService, ControlSession } from './control-server.js';
import { formatDateTime } from './date-time.js';
import { EngineRunner } from './engine-runner.js';
import { IpsecError } from './errors.js';
import { KernelPolicies, type PolicyRefusal } from './kernel-policies.js';
import { Listeners } from './listeners.js';
import { liveStatus } from './live-status.js';
import { EventLog, type Log } from './log.js';
import { refusalText } from './refusal-text.js';
import type { Activity, RuntimeState, RuntimeStateHooks } from './runtime-state.js';
import { SaAccounting } from './sa-accounting.js';
import type { UdpFailure, UdpSocket, UdpSocketOptions } from './udp.js';

export interface DaemonParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: IkeEngine;
  /** `getSa`, where there is one, reads the counters of an SA that is about to go. */
  readonly dataPlane: DataPlane & { getSa?(id: IpsecSaId): InstalledSa | undefined };
  readonly compute: (job: CryptoJob) => Promise<CryptoResult>;
  readonly openSocket: (options: UdpSocketOptions) => UdpSocket;
  readonly port: number;
  readonly addresses: () => readonly Address[];
  readonly config: Config;
  readonly save: (config: Config) => void;
  readonly openRuntimeState: (hooks: RuntimeStateHooks) => RuntimeState;
  /** A bug of ours: nothing works any more, and the kernel's state is left to the next start. */
  readonly onFatal: (error: unknown) => void;
}

/** Lost events come in crowds; the tables are compared once for all of them. */
const resyncMs = 50;
const resyncRetryMs = 1_000;

export class Daemon implements ControlService {
  readonly #parts: DaemonParts;
  readonly #runner: EngineRunner;
  readonly #listeners: Listeners;
  readonly #runtimeState: RuntimeState;
  readonly #policies: KernelPolicies;
  readonly #configuration: Configuration;
  readonly #eventLog: EventLog;
  readonly #counters = new EventCounters();
  readonly #accounting = new SaAccounting();
  readonly #startedAt: number;
  #refusals: readonly PolicyRefusal[] = [];
  #isRunning = false;
  #sasChanged = false;
  #resyncTimer: NodeJS.Timeout | undefined;

  constructor(parts: DaemonParts) {
    const { clock, log, dataPlane, engine, port, openSocket } = parts;
    this.#parts = parts;
    this.#startedAt = clock.now();
    this.#eventLog = new EventLog(log, clock);
    this.#listeners = new Listeners({
      port,
      bypassPolicy: dataPlane.capabilities.name === 'xfrm',
      onDatagram: (datagram) => this.#onDatagram(datagram),
      onFailure: (failure) => this.#onUdpFailure(failure),
      open: openSocket,
    });
    this.#runner = new EngineRunner(engine, {
      clock,
      send: (datagram) => this.#send(datagram),
      apply: (operations) => this.#applyForEngine(operations),
      compute: parts.compute,
      onEvent: (event) => this.#onEngineEvent(event),
      onSettled: () => this.#onSettled(),
      onFatal: parts.onFatal,
    });
    this.#runtimeState = parts.openRuntimeState({
      activity: () => this.#activity(),
      onWriteError: (error) =>
        this.#eventLog.limited('warn', { event: 'stateNotWritten' }, String(error)),
    });
    this.#policies = new KernelPolicies({
      dataPlane,
      inheritedKeys: this.#runtimeState.leftovers.policyKeys,
      record: (keys) => this.#runtimeState.recordPolicies(keys),
    });
    this.#configuration = new Configuration(parts.config, {
      install: (config) => this.#install(config),
      save: parts.save,
      onSaved: (config) => this.#onSaved(config),
    });
  }

  /** Opens the sockets of all local addresses. Throws an `IpsecError` when one cannot be opened. */
  listen(): void {
    const [failure] = this.#listeners.follow(this.#parts.addresses());
    if (failure !== undefined) throw failure;
  }

  /**
   * Makes the data plane hold what the tables say, adopting what an earlier run left. Policies it
   * refuses are logged, and the others serve.
   */
  start(): void {
    const { dataPlane, config, log } = this.#parts;
    const snapshot = dataPlane.snapshot();
    dataPlane.onEvent((event) => this.#onDataPlaneEvent(event));
    this.#policies.adopt(snapshot.policies);
    // SAs first: policies with level=use or acquire depend on which of them there are.
    this.#runner.enqueue({ kind: 'configured', config: ikeConfigOf(config) });
    this.#resyncSas(snapshot.sas);
    this.#applyPolicies(config);
    this.#isRunning = true;
    this.#runtimeState.touch();
    if (this.#runtimeState.leftovers.unclean) {
      log.warn(
        { event: 'uncleanStop' },
        'the last run did not stop cleanly: its SAs are taken over',
      );
      this.#speakFirst();
    }
  }

  /** Says goodbye to all peers and removes everything of ours from the data plane. */
  stop(): void {
    const { dataPlane } = this.#parts;
    this.#isRunning = false;
    clearTimeout(this.#resyncTimer);
    this.#runner.enqueue({ kind: 'command', command: { kind: 'shutdown' } });
    this.#runner.close();
    const isClean = this.#removePolicies();
    // What the engine does not know as a pair, such as the SPI of a negotiation cut short.
    const leftovers = oursOf(dataPlane.snapshot().sas).filter(({ spi }) => spi !== 0);
    dataPlane.apply(leftovers.map((id) => ({ kind: 'removeSa', id })));
    this.#listeners.close();
    if (isClean) this.#runtimeState.clear();
    else this.#runtimeState.abandon();
  }

  /** Stops at once and leaves the data plane as it is. */
  abandon(): void {
    this.#isRunning = false;
    clearTimeout(this.#resyncTimer);
    this.#runner.close();
    this.#listeners.close();
    this.#runtimeState.abandon();
  }

  onAddressesChanged(): void {
    const { addresses, log } = this.#parts;
    log.info({ event: 'addresses', addresses: addresses() }, 'the local addresses changed');
    for (const { code, message } of this.#listeners.follow(addresses())) {
      log.error({ event: 'listen', reason: code }, message);
    }
    this.#refreshPolicies();
  }

  openSession(): ControlSession {
    const session = new ConsoleSession(this.#consoleHost());
    return {
      execute: (text, options) => {
        const { output, error } = session.execute(text, options);
        return this.#saved({ output, path: session.path, ...(error && { error }) });
      },
    };
  }

  onFatal(error: unknown): void {
    this.#parts.onFatal(error);
  }

  status(): DaemonStatus {
    const { clock, dataPlane, engine, port } = this.#parts;
    const { name, esp, ah } = dataPlane.capabilities;
    const { peers, policies } = engine.status();
    return {
      pid: process.pid,
      uptimeSeconds: Math.floor((clock.now() - this.#startedAt) / 1000),
      dataPlane: { name, esp, ah },
      port,
      listening: this.#listeners.addresses(),
      peers: Object.fromEntries([...peers].map(([id, { state }]) => [id, state])),
      policies: Object.fromEntries(policies),
      installedSas: oursOf(dataPlane.snapshot().sas).length,
      refusedPolicies: this.#refusals.map((refusal) =>
        refusalText(this.#configuration.current, refusal),
      ),
      events: this.#counters.snapshot(),
    };
  }

  // --- tables ---

  #consoleHost(): ConsoleHost {
    return {
      config: () => this.#configuration.current,
      commit: (next) => this.#configuration.commit(next),
      status: () => this.#liveStatus(),
      formatTime: formatDateTime,
    };
  }

  /** A command counts once it is on the disk: an answer must not promise more than a restart keeps. */
  #saved(result: ExecuteResult): ExecuteResult {
    const saved = this.#configuration.save();
    if (saved.ok) return result;
    this.#parts.log.error({ event: 'saveFailed' }, saved.error);
    return { ...result, error: { text: `failure: ${saved.error}`, line: 1, column: 1 } };
  }

  #onSaved(config: Config): void {
    const { policy, peer } = config.tables;
    this.#parts.log.info(
      { event: 'configured', policies: policy.length, peers: peer.length },
      'the configuration was changed',
    );
    this.#accounting.keepOnly(new Set(ikeConfigOf(config).policies.map(({ reqid }) => reqid)));
    this.#runner.enqueue({ kind: 'configured', config: ikeConfigOf(config) });
  }

  /** Puts the policies of a configuration in force; the words for the user when one is refused. */
  #install(config: Config): string | undefined {
    try {
      this.#refusals = this.#policies.apply(this.#compile(config));
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      return error.message;
    }
    const [first, ...others] = this.#refusals.filter(({ isOld }) => !isOld);
    if (first === undefined) return undefined;
    const more = others.length === 0 ? '' : `, and ${others.length} more`;
    return refusalText(config, first) + more;
  }

  // --- data plane ---

  #compile(config: Config): DataPlanePolicy[] {
    return compilePolicies(config, {
      localAddresses: this.#parts.addresses(),
      withSas: this.#parts.engine.status().policiesWithSas,
    });
  }

  /** Makes the data plane hold the policies in force; what it refuses is logged. */
  #applyPolicies(config: Config): void {
    this.#refusals = this.#policies.apply(this.#compile(config));
    for (const refusal of this.#refusals) {
      if (refusal.isOld) continue;
      const fields = { event: 'policyRefused', reason: refusal.code };
      this.#parts.log.error(fields, refusalText(config, refusal));
    }
  }

  /** Whether nothing of ours is left. */
  #removePolicies(): boolean {
    const { log } = this.#parts;
    try {
      const refusals = this.#policies.apply([]);
      for (const refusal of refusals) {
        log.error({ event: 'policyLeft' }, refusalText(this.#configuration.current, refusal));
      }
      return refusals.length === 0;
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      log.error({ event: 'policyLeft', reason: error.code }, error.message);
      return false;
    }
  }

  #refreshPolicies(): void {
    if (!this.#isRunning) return;
    try {
      this.#applyPolicies(this.#configuration.current);
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      this.#eventLog.limited('error', { event: 'policiesNotApplied' }, error.message);
    }
  }

  #onDataPlaneEvent(event: DataPlaneEvent): void {
    if (event.kind === 'overrun') {
      this.#resyncTimer ??= setTimeout(() => this.#resync(), resyncMs);
      return;
    }
    if (event.kind !== 'acquire') this.#sasChanged = true;
    if (event.kind === 'expire' && !event.hard) this.#noteCounters(event.id);
    this.#runner.enqueue({ kind: 'dataplane', event });
  }

  /** Events were lost, or somebody changed what is ours: look, and put it right. */
  #resync(): void {
    this.#resyncTimer = undefined;
    let snapshot: DataPlaneSnapshot;
    try {
      snapshot = this.#parts.dataPlane.snapshot();
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      this.#eventLog.limited('error', { event: 'resyncFailed' }, error.message);
      this.#resyncTimer = setTimeout(() => this.#resync(), resyncRetryMs);
      return;
    }
    this.#policies.adopt(snapshot.policies);
    this.#refreshPolicies();
    this.#resyncSas(snapshot.sas);
  }

  #resyncSas(sas: readonly InstalledSa[]): void {
    const ours = oursOf(sas);
    this.#accounting.observe(ours);
    this.#runner.enqueue({ kind: 'command', command: { kind: 'resync', sas: ours } });
  }

  #applyForEngine(operations: readonly DataPlaneOperation[]): readonly DataPlaneResult[] {
    for (const operation of operations) {
      if (operation.kind === 'removeSa') this.#noteCounters(operation.id);
      if (operation.kind !== 'allocateSpi') this.#sasChanged = true;
    }
    return this.#parts.dataPlane.apply(operations);
  }

  #noteCounters(id: IpsecSaId): void {
    const sa = this.#parts.dataPlane.getSa?.(id);
    if (sa !== undefined) this.#accounting.observeOne(sa);
  }

  #liveStatus(): LiveStatus {
    const { clock, dataPlane, engine } = this.#parts;
    const sas = oursOf(dataPlane.snapshot().sas);
    this.#accounting.observe(sas);
    const policyIds = this.#configuration.current.tables.policy.map(({ id }) => id);
    const totals = this.#accounting.totals();
    return liveStatus({ engine: engine.status(), sas, totals, policyIds, clock });
  }

  // --- engine ---

  #onDatagram(datagram: Datagram): void {
    this.#trace('received', datagram);
    this.#runner.enqueue({ kind: 'datagram', datagram });
  }

  #send(datagram: Datagram): void {
    this.#trace('sent', datagram);
    this.#listeners.send(datagram);
  }

  #trace(event: 'received' | 'sent', { local, remote, bytes }: Datagram): void {
    const { log } = this.#parts;
    if (!log.isLevelEnabled('trace')) return;
    const ends = { local: local.address, remote: `${remote.address}:${remote.port}` };
    log.trace({ event, ...ends, bytes: bytes.length }, 'datagram');
  }

  #onUdpFailure({ operation, code, local, remote }: UdpFailure): void {
    const to = remote === undefined ? '' : ` to ${remote.address}:${remote.port}`;
    this.#eventLog.limited(
      'warn',
      { event: 'udpFailed', reason: code, local: local.address, remote: remote?.address },
      `cannot ${operation} IKE datagrams${to} on ${local.address}:${local.port}: ${code}`,
    );
  }

  #onEngineEvent(event: EngineEvent): void {
    this.#counters.count(event);
    this.#eventLog.engineEvent(event);
    if (/^(phase|sa)/.test(event.name)) this.#runtimeState.touch();
  }

  #onSettled(): void {
    if (!this.#sasChanged) return;
    this.#sasChanged = false;
    const { policy } = this.#configuration.current.tables;
    // Policies with level=require look the same with and without SAs (E-13).
    if (policy.some(({ disabled, level }) => !disabled && level !== 'require')) {
      this.#refreshPolicies();
    }
  }

  #activity(): Activity {
    const { policies, policiesWithSas, activeRemotes } = this.#parts.engine.status();
    const negotiating = [...policies].flatMap(([id, state]) => (state === 'expired' ? [] : [id]));
    return {
      policies: [...new Set([...negotiating, ...policiesWithSas])],
      remotes: [...activeRemotes],
    };
  }

  /**
   * Peers of the killed run may believe in SAs that are gone, and would send into them until these
   * expire: a new negotiation tells them otherwise.
   */
  #speakFirst(): void {
    const { leftovers } = this.#runtimeState;
    const { policiesWithSas } = this.#parts.engine.status();
    const rows = ikeConfigOf(this.#configuration.current).policies;
    const without = rows.filter(({ id, level }) => level !== 'use' && !policiesWithSas.has(id));
    const chosen = without.filter(({ id }) => leftovers.policies.includes(id));
    const served = new Set(
      rows.filter(({ id }) => policiesWithSas.has(id)).map((row) => row.remote),
    );
    for (const row of chosen) served.add(row.remote);
    for (const remote of leftovers.remotes) {
      const row = served.has(remote) ? undefined : without.find((each) => each.remote === remote);
      if (row !== undefined) chosen.push(row);
    }
    for (const { id } of chosen) {
      this.#runner.enqueue({ kind: 'command', command: { kind: 'initiate', policyId: id } });
    }
  }
}

function oursOf(sas: readonly InstalledSa[]): readonly InstalledSa[] {
  return sas.filter(({ reqid }) => isOurReqid(reqid));
}
