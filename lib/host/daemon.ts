/**
 * The daemon's working part: wires the engine, the tables and the data plane to each other. What it
 * is given is open already; `run-daemon.ts` opens it and decides about the process.
 */
import type { Address } from '../core/base/address.js';
import type { Flow } from '../core/base/flow.js';
import { memoize } from '../core/base/memoize.js';
import type { Config } from '../core/config/config.js';
import type { DaemonStatus } from '../core/control/daemon-status.js';
import type { WatchEvent } from '../core/control/watch-event.js';
import type { CryptoJob, CryptoResult } from '../core/crypto/provider.js';
import type {
  DataPlane,
  DataPlaneEvent,
  DataPlaneSnapshot,
  InstalledSa,
  IpsecSaId,
} from '../core/dataplane/types.js';
import type { PacketFacts } from '../core/explain/facts.js';
import type { NatChain } from '../core/explain/source-nat.js';
import { sourceNatOf } from '../core/explain/source-nat.js';
import type { EngineEvent, IkeEngine } from '../core/ike/effect.js';
import { ikeConfigOf } from '../core/ike/ike-config-of.js';
import { filterTable, policiesDroppingOwn } from '../core/nftables/filter-table.js';
import { reqidOfPolicy } from '../core/policy/manual-sas.js';
import { EventCounters } from '../core/stats/event-counters.js';
import type { Clock } from './clock.js';
import { Configuration } from './configuration.js';
import { configuredHosts } from './configured-hosts.js';
import type { ConsoleFiles } from './console-files.js';
import { openConsoleSession } from './console-service.js';
import type { ControlService, ControlSession, TableService } from './control-connection.js';
import type { CounterStore, CounterStoreOptions } from './counter-store.js';
import { EngineRunner } from './engine-runner.js';
import { IpsecError } from './errors.js';
import { EventLog } from './event-log.js';
import { FloodReport } from './flood-report.js';
import { IkeTraffic } from './ike-traffic.js';
import { InvalidRows } from './invalid-rows.js';
import { LastFailures } from './last-failures.js';
import { liveStatus } from './live-status.js';
import type { Log } from './log.js';
import { ManualSas } from './manual-sas.js';
import { NatTraps } from './nat/nat-traps.js';
import type { Nft } from './nft.js';
import { PacketAccounts } from './packet-accounts.js';
import { PacketCounts } from './packet-counts.js';
import { packetRoute } from './packet-route.js';
import { PolicyKeeper } from './policy-keeper.js';
import type { RuntimeState, RuntimeStateHooks } from './runtime-state.js';
import { SaKeeper } from './sa-keeper.js';
import { activityOf, policiesToSpeakFirst } from './speak-first.js';
import { openTableService } from './table-service.js';
import type { UdpSocket, UdpSocketOptions } from './udp.js';
import { Watchers } from './watchers.js';
import { WeakRows } from './weak-rows.js';
import type { XfrmStatistics } from './xfrm-statistics.js';

export interface DaemonParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: IkeEngine;
  /** `getSa`, where there is one, reads the counters of an SA that is about to go. */
  readonly dataPlane: DataPlane & { getSa?(id: IpsecSaId): InstalledSa | undefined };
  readonly compute: (job: CryptoJob) => CryptoResult | Promise<CryptoResult>;
  readonly openSocket: (options: UdpSocketOptions) => UdpSocket;
  readonly port: number;
  readonly addresses: () => readonly Address[];
  /** Name and version, for the header of exports. */
  readonly product: string;
  readonly files: Pick<ConsoleFiles, 'read' | 'write'>;
  readonly config: Config;
  readonly save: (config: Config) => void;
  readonly openRuntimeState: (hooks: RuntimeStateHooks) => RuntimeState;
  /** Where the data plane is the kernel: who else counts packets there. */
  readonly kernelCounters?: {
    readonly nft: Nft;
    readonly statistics: () => XfrmStatistics;
    readonly openStore: (hooks: Pick<CounterStoreOptions, 'onWriteError'>) => CounterStore;
  };
  /** What the firewalls of this machine do to sources. */
  readonly natChains?: () => readonly NatChain[];
  /** A bug of ours: nothing works any more, and the kernel's state is left to the next start. */
  readonly onFatal: (error: unknown) => void;
}

/** Lost events come in crowds; the tables are compared once for all of them. */
const resyncMs = 50;
const resyncRetryMs = 1_000;
/** After the last of several changes. */
const natTrapMs = 1_000;
/** Whoever is in the way of a policy or a socket does not tell us when it leaves. */
const repairMs = 5_000;

/** Whether the kernel's policies change with the SAs: with level=require they look the same (E-13). */
const followsSas = memoize((policies: Config['tables']['policy']): boolean =>
  policies.some(({ disabled, level }) => !disabled && level !== 'require'),
);

export class Daemon implements ControlService {
  readonly #parts: DaemonParts;
  readonly #runner: EngineRunner;
  readonly #traffic: IkeTraffic;
  readonly #runtimeState: RuntimeState;
  readonly #policies: PolicyKeeper;
  readonly #configuration: Configuration;
  readonly #eventLog: EventLog;
  readonly #floods: FloodReport;
  readonly #counters = new EventCounters();
  readonly #failures: LastFailures;
  readonly #sas: SaKeeper;
  readonly #manualSas: ManualSas;
  readonly #invalidRows = new InvalidRows();
  readonly #weakRows = new WeakRows();
  readonly #natTraps: NatTraps;
  readonly #watchers: Watchers;
  readonly #packets: PacketAccounts | undefined;
  readonly #startedAt: number;
  #isRunning = false;
  #resyncTimer: NodeJS.Timeout | undefined;
  #repairTimer: NodeJS.Timeout | undefined;
  #natTimer: NodeJS.Timeout | undefined;

  constructor(parts: DaemonParts) {
    const { clock, log, dataPlane, engine, port, openSocket } = parts;
    this.#parts = parts;
    this.#startedAt = clock.now();
    const isConfigured = (remote: Address) =>
      configuredHosts(this.#configuration.settled).has(remote);
    this.#eventLog = new EventLog({ log, clock, isConfigured });
    this.#failures = new LastFailures({ isConfigured });
    this.#floods = new FloodReport({
      log,
      later: (milliseconds, action) => setTimeout(action, milliseconds).unref(),
    });
    this.#traffic = new IkeTraffic({
      port,
      bypassPolicy: dataPlane.capabilities.name === 'xfrm',
      addresses: parts.addresses,
      openSocket,
      onDatagram: (datagram) => this.#runner.enqueue({ kind: 'datagram', datagram }),
      log,
      eventLog: this.#eventLog,
    });
    this.#runner = new EngineRunner(engine, {
      clock,
      send: (datagram) => this.#traffic.send(datagram),
      apply: (operations) => this.#sas.apply(operations),
      compute: parts.compute,
      onEvent: (event) => this.#onEngineEvent(event),
      onSettled: () => this.#onSettled(),
      onFatal: parts.onFatal,
    });
    this.#runtimeState = parts.openRuntimeState({
      activity: () => activityOf(engine.status()),
      onWriteError: (error) =>
        this.#eventLog.failure('warn', { event: 'stateNotWritten' }, String(error)),
    });
    this.#sas = new SaKeeper({
      dataPlane,
      log,
      eventLog: this.#eventLog,
      onUncertain: () => this.#resyncSoon(),
    });
    this.#manualSas = new ManualSas({
      apply: (operations) => this.#sas.apply(operations),
      eventLog: this.#eventLog,
    });
    this.#policies = new PolicyKeeper({
      dataPlane,
      runtimeState: this.#runtimeState,
      environment: () => ({
        localAddresses: parts.addresses(),
        withSas: this.#policiesWithSas(),
      }),
      log,
      eventLog: this.#eventLog,
    });
    this.#configuration = new Configuration(parts.config, {
      install: (config) => this.#install(config),
      save: (config) => this.#save(config),
      onSaved: (config) => this.#onSaved(config),
    });
    this.#packets = this.#openPacketAccounts();
    this.#natTraps = new NatTraps({
      chains: parts.natChains ?? (() => []),
      routeOf: (flow) => this.#routeOf(flow),
    });
    this.#watchers = new Watchers({
      config: parts.config,
      status: () => this.#liveStatus(),
      epochSeconds: () => this.epochSeconds(),
    });
  }

  /** Opens the sockets of all local addresses. Throws an `IpsecError` when one cannot be opened. */
  listen(): void {
    this.#traffic.open();
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
    this.#tellWeakRows(config);
    this.#runner.enqueue({ kind: 'configured', config: ikeConfigOf(config) });
    this.#resyncSas(snapshot.sas, config);
    this.#policies.enforce(config);
    this.#packets?.start();
    this.#isRunning = true;
    this.#watchFaults();
    this.#tellNatTrapsSoon();
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
    const policiesGone = this.#policies.removeAll(this.#configuration.settled);
    const sasGone = this.#sas.removeAll();
    this.#packets?.close();
    this.#traffic.close();
    if (policiesGone && sasGone) this.#runtimeState.clear();
    else this.#runtimeState.abandon();
  }

  /** Stops at once and leaves the data plane as it is. */
  abandon(): void {
    this.#quiesce();
    this.#runner.close();
    this.#packets?.abandon();
    this.#traffic.close();
    this.#runtimeState.abandon();
  }

  onAddressesChanged(): void {
    const { addresses, log } = this.#parts;
    log.info({ event: 'addresses', addresses: addresses() }, 'the local addresses changed');
    this.#traffic.follow();
    this.#refreshPolicies();
  }

  openSession(): ControlSession {
    const { clock, files, product } = this.#parts;
    return openConsoleSession({
      clock,
      files,
      product,
      configuration: this.#configuration,
      status: () => this.#liveStatus(),
      packetFacts: () => this.#packetFacts(),
      flushSas: (protocols) =>
        this.#runner.enqueue({ kind: 'command', command: { kind: 'flush', protocols } }),
    });
  }

  openTables(): TableService {
    return openTableService({
      configuration: this.#configuration,
      status: () => this.#liveStatus(),
      initiate: (policyId) =>
        this.#runner.enqueue({ kind: 'command', command: { kind: 'initiate', policyId } }),
    });
  }

  watch(listener: (event: WatchEvent) => void): () => void {
    return this.#watchers.add(listener);
  }

  epochSeconds(): number {
    const { clock } = this.#parts;
    return clock.epochSecondsOf(clock.now());
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
      listening: this.#traffic.addresses,
      peers: Object.fromEntries([...peers].map(([id, { state }]) => [id, state])),
      policies: Object.fromEntries(policies),
      installedSas: this.#sas.look().length,
      refusedPolicies: this.#policies.refusalTexts(this.#configuration.settled),
      events: this.#counters.snapshot(),
    };
  }

  // --- tables ---

  #save(config: Config): void {
    try {
      this.#parts.save(config);
    } catch (error) {
      this.#parts.log.error({ event: 'saveFailed' }, String(error));
      throw error;
    }
  }

  #onSaved(config: Config): void {
    const { policy, peer } = config.tables;
    this.#parts.log.info(
      { event: 'configured', policies: policy.length, peers: peer.length },
      'the configuration was changed',
    );
    this.#eventLog.configurationChanged();
    this.#watchers.onSaved(config);
    this.#tellInvalidRows(config);
    this.#tellWeakRows(config);
    this.#tellNatTrapsSoon();
    const ikeConfig = ikeConfigOf(config);
    this.#sas.forgetOthers(() => new Set(policy.map(reqidOfPolicy)));
    this.#failures.clear();
    this.#runner.enqueue({ kind: 'configured', config: ikeConfig });
  }

  #tellInvalidRows(config: Config): void {
    for (const { policyId, rule, message } of this.#invalidRows.newly(config)) {
      this.#parts.log.warn({ event: 'policyInvalid', reason: rule, policy: policyId }, message);
    }
  }

  #tellWeakRows(config: Config): void {
    const { log } = this.#parts;
    const { rows, more } = this.#weakRows.newly(config);
    for (const { property, message } of rows) {
      log.warn({ event: 'weakRow', reason: property }, message);
    }
    if (more === 0) return;
    const words = `${more} more rows of peer and pre-shared-secret are weak: explain tells of each`;
    log.warn({ event: 'weakRow', rows: more }, words);
  }

  /** Programs have to be asked: once for many changes, and not while somebody waits for an answer. */
  #tellNatTrapsSoon(): void {
    clearTimeout(this.#natTimer);
    this.#natTimer = setTimeout(() => {
      for (const { policyId, message } of this.#natTraps.newly(this.#configuration.settled)) {
        this.#parts.log.warn({ event: 'policyBehindNat', policy: policyId }, message);
      }
    }, natTrapMs).unref();
  }

  #install(config: Config): string | undefined {
    // Manual SAs first: a policy must not ask for what is about to come (E-30).
    this.#manualSas.apply(config);
    const refusal = this.#policies.install(config);
    this.#packets?.changed();
    this.#watchFaults();
    return refusal;
  }

  // --- data plane ---

  #refreshPolicies(): void {
    if (!this.#isRunning) return;
    this.#policies.refresh(this.#configuration.settled);
    this.#watchFaults();
  }

  // --- what may mend itself ---

  /** As long as something that is wanted was refused, it is tried again. */
  #watchFaults(): void {
    clearTimeout(this.#repairTimer);
    const isFaulty = this.#policies.isFaulty || this.#traffic.isFaulty;
    if (!isFaulty || !this.#isRunning) return;
    this.#repairTimer = setTimeout(() => {
      this.#traffic.follow();
      this.#refreshPolicies();
    }, repairMs).unref();
  }

  #quiesce(): void {
    this.#isRunning = false;
    clearTimeout(this.#resyncTimer);
    clearTimeout(this.#repairTimer);
    clearTimeout(this.#natTimer);
  }

  // --- events of the data plane ---

  #onDataPlaneEvent(event: DataPlaneEvent): void {
    if (event.kind === 'overrun') {
      this.#resyncSoon();
      return;
    }
    this.#sas.onEvent(event);
    if (event.kind === 'removed') this.#manualSas.onRemoved(event.id);
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
    this.#resyncSas(snapshot.sas, this.#configuration.settled);
    this.#refreshPolicies();
  }

  #resyncSas(sas: readonly InstalledSa[], config: Config): void {
    const negotiated = this.#manualSas.adopt(config, this.#sas.observe(sas));
    this.#manualSas.apply(config);
    this.#runner.enqueue({ kind: 'command', command: { kind: 'resync', sas: negotiated } });
  }

  #liveStatus() {
    const { clock, engine } = this.#parts;
    const sas = this.#sas.look();
    const policies = this.#configuration.current.tables.policy;
    const { totals } = this.#sas;
    const manual = this.#manualSas;
    const packets = this.#packets?.look() ?? new PacketCounts();
    return liveStatus({ engine: engine.status(), manual, sas, totals, packets, policies, clock });
  }

  #openPacketAccounts(): PacketAccounts | undefined {
    const { kernelCounters, addresses, clock, log } = this.#parts;
    if (kernelCounters === undefined) return undefined;
    const { nft, statistics, openStore } = kernelCounters;
    const store = openStore({
      onWriteError: (error) =>
        this.#eventLog.failure('warn', { event: 'countersNotWritten' }, String(error)),
    });
    const config = () => this.#configuration.settled;
    return new PacketAccounts({
      kernel: { nft, statistics, store },
      sas: this.#sas.accounting,
      wanted: () => filterTable(config(), this.#policiesWithSas()),
      policyIds: () => new Set(config().tables.policy.map(({ id }) => id)),
      withSas: () => this.#policiesWithSas(),
      droppingOwn: () => policiesDroppingOwn(config(), this.#policiesWithSas(), addresses()),
      now: () => clock.now(),
      log,
      eventLog: this.#eventLog,
    });
  }

  #policiesWithSas(): ReadonlySet<number> {
    const { policiesWithSas } = this.#parts.engine.status();
    return new Set([...policiesWithSas, ...this.#manualSas.policiesWithSas]);
  }

  /** Throws an `IpsecError` when the data plane cannot be read. */
  #packetFacts(): PacketFacts {
    const { addresses, clock, dataPlane } = this.#parts;
    const localAddresses = addresses();
    const now = clock.now();
    return {
      localAddresses,
      snapshot: dataPlane.snapshot(),
      failureOf: (policy) => this.#failures.of(policy, now),
      troubleOf: (policy) => this.#failures.troubleOf(policy, now),
      routeOf: (flow) => this.#routeOf(flow),
      refusedInClear: this.#packets?.mismatchedSinceChange ?? 0,
      hasPacketFilter: this.#packets?.isFilterInForce ?? false,
      sourceNatOf: (flow, route) => sourceNatOf(this.#parts.natChains?.() ?? [], flow, route),
    };
  }

  #routeOf(flow: Flow) {
    return packetRoute(flow, this.#parts.addresses().includes(flow.source));
  }

  // --- engine ---

  #onEngineEvent(event: EngineEvent): void {
    this.#counters.count(event);
    this.#floods.count(event);
    this.#eventLog.engineEvent(event);
    this.#watchers.onEngineEvent(event);
    this.#failures.onEngineEvent(event, this.#parts.clock.now());
    if (/^(phase|sa)/.test(event.name)) this.#runtimeState.touch();
  }

  #onSettled(): void {
    if (!this.#sas.takeChanges()) return;
    this.#packets?.changed();
    if (followsSas(this.#configuration.settled.tables.policy)) this.#refreshPolicies();
  }

  #speakFirst(): void {
    const ids = policiesToSpeakFirst({
      rows: ikeConfigOf(this.#configuration.settled).policies,
      policiesWithSas: this.#parts.engine.status().policiesWithSas,
      leftovers: this.#runtimeState.leftovers,
    });
    for (const policyId of ids) {
      const command = { kind: 'initiate', policyId, cause: 'restart' } as const;
      this.#runner.enqueue({ kind: 'command', command });
    }
  }
}
