/**
 * The daemon's working part: wires the engine, the tables and the data plane to each other. What it
 * is given is open already; `run-daemon.ts` opens it and decides about the process.
 */
import type { Address } from '../core/base/address.js';
import type { Config } from '../core/config/config.js';
import type { LiveStatus } from '../core/config/live-status.js';
import type { ConsoleHost } from '../core/console/console-host.js';
import { ConsoleSession } from '../core/console/session.js';
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
import type { ConsoleFiles } from './console-files.js';
import type { ControlService, ControlSession } from './control-server.js';
import { formatDateTime } from './date-time.js';
import { EngineRunner } from './engine-runner.js';
import { IpsecError } from './errors.js';
import { EventLog } from './event-log.js';
import { InvalidRows } from './invalid-rows.js';
import { KernelPolicies } from './kernel-policies.js';
import { Listeners } from './listeners.js';
import { liveStatus } from './live-status.js';
import type { Log } from './log.js';
import { matcher } from './matcher.js';
import { PolicyKeeper } from './policy-keeper.js';
import type { Activity, RuntimeState, RuntimeStateHooks } from './runtime-state.js';
import { SaAccounting } from './sa-accounting.js';
import { policiesToSpeakFirst } from './speak-first.js';
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
  /** Name and version, for the header of exports. */
  readonly product: string;
  readonly files: Pick<ConsoleFiles, 'read' | 'write'>;
  readonly config: Config;
  readonly save: (config: Config) => void;
  readonly openRuntimeState: (hooks: RuntimeStateHooks) => RuntimeState;
  /** A bug of ours: nothing works any more, and the kernel's state is left to the next start. */
  readonly onFatal: (error: unknown) => void;
}

/** Lost events come in crowds; the tables are compared once for all of them. */
const resyncMs = 50;
const resyncRetryMs = 1_000;
/** Whoever is in the way of a policy or a socket does not tell us when it leaves. */
const repairMs = 5_000;

export class Daemon implements ControlService {
  readonly #parts: DaemonParts;
  readonly #runner: EngineRunner;
  readonly #listeners: Listeners;
  readonly #runtimeState: RuntimeState;
  readonly #policies: PolicyKeeper;
  readonly #configuration: Configuration;
  readonly #eventLog: EventLog;
  readonly #counters = new EventCounters();
  readonly #accounting = new SaAccounting();
  readonly #invalidRows = new InvalidRows();
  readonly #startedAt: number;
  /** Addresses that rows name one by one. */
  #configuredHosts: ReadonlySet<string>;
  #listenFailures: readonly IpsecError[] = [];
  #isRunning = false;
  #sasChanged = false;
  #resyncTimer: NodeJS.Timeout | undefined;
  #repairTimer: NodeJS.Timeout | undefined;

  constructor(parts: DaemonParts) {
    const { clock, log, dataPlane, engine, port, openSocket } = parts;
    this.#parts = parts;
    this.#startedAt = clock.now();
    this.#eventLog = new EventLog({
      log,
      clock,
      isConfigured: (remote) => this.#configuredHosts.has(remote),
    });
    this.#configuredHosts = configuredHosts(parts.config);
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
        this.#eventLog.failure('warn', { event: 'stateNotWritten' }, String(error)),
    });
    this.#policies = new PolicyKeeper({
      policies: this.#kernelPolicies(),
      compile: (config) => this.#compile(config),
      log,
      eventLog: this.#eventLog,
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
    this.#tellInvalidRows(config);
    this.#runner.enqueue({ kind: 'configured', config: ikeConfigOf(config) });
    this.#resyncSas(snapshot.sas);
    this.#policies.enforce(config);
    this.#isRunning = true;
    this.#watchFaults();
    this.#runtimeState.touch();
    if (this.#runtimeState.leftovers.unclean) {
      log.warn(
        { event: 'uncleanStop' },
        'the last run did not stop cleanly: its SAs are taken over',
      );
      this.#speakFirst();
    }
  }

  /**
   * Says goodbye to all peers and removes everything of ours from the data plane. What cannot be
   * removed, or not be seen to be gone, is left to the next start.
   */
  stop(): void {
    this.#quiesce();
    this.#runner.enqueue({ kind: 'command', command: { kind: 'shutdown' } });
    this.#runner.close();
    const policiesGone = this.#policies.removeAll(this.#configuration.current);
    const sasGone = this.#removeSas();
    this.#listeners.close();
    if (policiesGone && sasGone) this.#runtimeState.clear();
    else this.#runtimeState.abandon();
  }

  /** Stops at once and leaves the data plane as it is. */
  abandon(): void {
    this.#quiesce();
    this.#runner.close();
    this.#listeners.close();
    this.#runtimeState.abandon();
  }

  onAddressesChanged(): void {
    const { addresses, log } = this.#parts;
    log.info({ event: 'addresses', addresses: addresses() }, 'the local addresses changed');
    this.#followAddresses();
    this.#refreshPolicies();
  }

  openSession(): ControlSession {
    const session = new ConsoleSession(this.#consoleHost());
    return {
      execute: (text, options) => {
        const result = attempt(() => session.execute(text, options));
        return this.#saved({ ...result, path: session.path });
      },
      complete: (line) => session.complete(line),
      help: (line, options) => session.help(line, options),
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
      refusedPolicies: this.#policies.refusalTexts(this.#configuration.current),
      events: this.#counters.snapshot(),
    };
  }

  // --- tables ---

  #consoleHost(): ConsoleHost {
    return {
      config: () => this.#configuration.current,
      commit: (next) => this.#configuration.commit(next),
      status: () => this.#liveStatus(),
      product: this.#parts.product,
      now: () => Math.floor(this.#parts.clock.epochSecondsOf(this.#parts.clock.now())),
      formatTime: formatDateTime,
      readFile: (name) => this.#parts.files.read(name),
      writeFile: (name, text) => this.#parts.files.write(name, text),
      matcher,
      flushSas: (protocols) =>
        this.#runner.enqueue({ kind: 'command', command: { kind: 'flush', protocols } }),
    };
  }

  /** A command counts once it is on the disk: an answer must not promise more than a restart keeps. */
  #saved(result: ExecuteResult): ExecuteResult {
    const saved = this.#configuration.save();
    if (saved.ok) return result;
    this.#parts.log.error({ event: 'saveFailed' }, saved.error);
    return {
      ...result,
      error: { text: `failure: ${saved.error}`, rule: 'C-63', line: 1, column: 1 },
    };
  }

  #onSaved(config: Config): void {
    const { policy, peer } = config.tables;
    this.#configuredHosts = configuredHosts(config);
    this.#parts.log.info(
      { event: 'configured', policies: policy.length, peers: peer.length },
      'the configuration was changed',
    );
    this.#tellInvalidRows(config);
    const ikeConfig = ikeConfigOf(config);
    this.#accounting.keepOnly(new Set(ikeConfig.policies.map(({ reqid }) => reqid)));
    this.#runner.enqueue({ kind: 'configured', config: ikeConfig });
  }

  #tellInvalidRows(config: Config): void {
    for (const { policyId, rule, message } of this.#invalidRows.newly(config)) {
      this.#parts.log.warn({ event: 'policyInvalid', reason: rule, policy: policyId }, message);
    }
  }

  #install(config: Config): string | undefined {
    const refusal = this.#policies.install(config);
    this.#watchFaults();
    return refusal;
  }

  // --- data plane ---

  #kernelPolicies(): KernelPolicies {
    return new KernelPolicies({
      dataPlane: this.#parts.dataPlane,
      inherited: this.#runtimeState.leftovers.unmarkedPolicies,
      record: (fingerprints) => this.#runtimeState.recordPolicies(fingerprints),
      onStaleRecord: ({ message }) =>
        this.#eventLog.failure('warn', { event: 'stateNotWritten' }, message),
    });
  }

  #compile(config: Config): DataPlanePolicy[] {
    return compilePolicies(config, {
      localAddresses: this.#parts.addresses(),
      withSas: this.#parts.engine.status().policiesWithSas,
    });
  }

  /** Whether no SA of ours is left: those the engine knows are gone already. */
  #removeSas(): boolean {
    const { dataPlane, log } = this.#parts;
    try {
      // What the engine does not know as a pair, such as the SPI of a negotiation cut short.
      const leftovers = oursOf(dataPlane.snapshot().sas).filter(({ spi }) => spi !== 0);
      const results = dataPlane.apply(leftovers.map((id) => ({ kind: 'removeSa', id })));
      return results.every((result) => result.kind === 'ok' || result.code === 'ESRCH');
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      log.error({ event: 'saLeft', reason: error.code }, error.message);
      return false;
    }
  }

  #refreshPolicies(): void {
    if (!this.#isRunning) return;
    this.#policies.refresh(this.#configuration.current);
    this.#watchFaults();
  }

  // --- what may mend itself ---

  /** Opens sockets for the local addresses; each new failure is logged once. */
  #followAddresses(): void {
    const { addresses, log } = this.#parts;
    const known = new Set(this.#listenFailures.map(({ message }) => message));
    this.#listenFailures = this.#listeners.follow(addresses());
    for (const { code, message } of this.#listenFailures) {
      if (!known.has(message)) log.error({ event: 'listen', reason: code }, message);
    }
  }

  /** As long as something that is wanted was refused, it is tried again. */
  #watchFaults(): void {
    clearTimeout(this.#repairTimer);
    const isFaulty = this.#policies.isFaulty || this.#listenFailures.length > 0;
    if (!isFaulty || !this.#isRunning) return;
    this.#repairTimer = setTimeout(() => {
      this.#followAddresses();
      this.#refreshPolicies();
    }, repairMs).unref();
  }

  #quiesce(): void {
    this.#isRunning = false;
    clearTimeout(this.#resyncTimer);
    clearTimeout(this.#repairTimer);
  }

  // --- events of the data plane ---

  #onDataPlaneEvent(event: DataPlaneEvent): void {
    if (event.kind === 'overrun') {
      this.#resyncSoon();
      return;
    }
    if (event.kind !== 'acquire') this.#sasChanged = true;
    if (event.kind === 'expire' && !event.hard) this.#noteCounters(event.id);
    this.#runner.enqueue({ kind: 'dataplane', event });
  }

  #resyncSoon(): void {
    this.#resyncTimer ??= setTimeout(() => this.#resync(), resyncMs);
  }

  /** Events were lost, or somebody changed what is ours: look, and put it right. */
  #resync(): void {
    this.#resyncTimer = undefined;
    if (!this.#isRunning) return;
    let snapshot: DataPlaneSnapshot;
    try {
      snapshot = this.#parts.dataPlane.snapshot();
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      this.#eventLog.failure('error', { event: 'resyncFailed' }, error.message);
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

  /** A data plane that fails for a moment costs the negotiations of that moment, not the daemon. */
  #applyForEngine(operations: readonly DataPlaneOperation[]): readonly DataPlaneResult[] {
    for (const operation of operations) {
      if (operation.kind === 'removeSa') this.#noteCounters(operation.id);
      if (operation.kind !== 'allocateSpi') this.#sasChanged = true;
    }
    try {
      return this.#parts.dataPlane.apply(operations);
    } catch (error) {
      if (!(error instanceof IpsecError)) throw error;
      const { code, message } = error;
      this.#eventLog.failure('error', { event: 'sasNotApplied', reason: code }, message);
      // A part may have been done.
      this.#resyncSoon();
      return operations.map(() => ({ kind: 'refused', code, detail: message }));
    }
  }

  #noteCounters(id: IpsecSaId): void {
    try {
      const sa = this.#parts.dataPlane.getSa?.(id);
      if (sa !== undefined) this.#accounting.observeOne(sa);
    } catch (error) {
      // Counters are not worth more than the SAs they count.
      if (!(error instanceof IpsecError)) throw error;
    }
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
    this.#eventLog.failure(
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

  #speakFirst(): void {
    const ids = policiesToSpeakFirst({
      rows: ikeConfigOf(this.#configuration.current).policies,
      policiesWithSas: this.#parts.engine.status().policiesWithSas,
      leftovers: this.#runtimeState.leftovers,
    });
    for (const policyId of ids) {
      const command = { kind: 'initiate', policyId, cause: 'restart' } as const;
      this.#runner.enqueue({ kind: 'command', command });
    }
  }
}

/**
 * A data plane that cannot be read while something is printed refuses that command (C-63). What the
 * text printed before it is lost; what it changed before it counts.
 */
function attempt(execute: () => Omit<ExecuteResult, 'path'>): Omit<ExecuteResult, 'path'> {
  try {
    return execute();
  } catch (error) {
    if (!(error instanceof IpsecError)) throw error;
    return {
      output: '',
      error: { text: `failure: ${error.message}`, rule: 'C-63', line: 1, column: 1 },
    };
  }
}

function configuredHosts(config: Config): ReadonlySet<string> {
  const { peers, policies } = ikeConfigOf(config);
  const single = peers.filter(({ address }) => address.length === 32);
  return new Set([
    ...single.map(({ address }) => address.address),
    ...policies.map(({ remote }) => remote),
  ]);
}

function oursOf(sas: readonly InstalledSa[]): readonly InstalledSa[] {
  return sas.filter(({ reqid }) => isOurReqid(reqid));
}
