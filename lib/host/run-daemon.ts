/** Runs the daemon as this process: opens its parts, waits for a signal, answers with an exit code. */
import { Engine } from '../core/ike/engine.js';
import { addon } from './addon.js';
import { type LocalAddresses, watchAddresses } from './addresses.js';
import { systemClock } from './clock.js';
import { ConsoleFiles } from './console-files.js';
import { openControlServer } from './control-server.js';
import { CounterStore } from './counter-store.js';
import { createCryptoProvider, startJob } from './crypto.js';
import { Daemon } from './daemon.js';
import { chooseDataPlane, type DataPlaneChoice } from './dataplane/choose.js';
import { IpsecError } from './errors.js';
import { type Log, type LogLevel, openLog } from './log.js';
import { natChains } from './nat/nat-chains.js';
import { systemNft } from './nft.js';
import { kernelIdentity, RuntimeState } from './runtime-state.js';
import { makeStateDirectory } from './state-directory.js';
import { lockStateDirectory } from './state-lock.js';
import { ConfigStore } from './store.js';
import { openUdpSocket } from './udp.js';
import { readXfrmStatistics } from './xfrm-statistics.js';

export interface RunDaemonOptions {
  /** Name and version, for the header of exports. */
  readonly product: string;
  readonly stateDirectory: string;
  readonly socketPath: string;
  readonly dataPlane: DataPlaneChoice;
  readonly logLevel: LogLevel;
  /** UDP port of IKE, 1..65535. */
  readonly port: number;
}

/** The daemon stopped as it was told to. */
const exitOk = 0;
/** It cannot run here; standard error says why. */
const exitCannotRun = 1;
/** A bug of ours (EX_SOFTWARE of sysexits.h). */
const exitBug = 70;

/** Returns the exit code of the process, which the caller is to end at once. */
export async function runDaemon(options: RunDaemonOptions): Promise<number> {
  const { log, flush } = openLog(options.logLevel);
  try {
    return await run(options, log);
  } finally {
    await flush();
  }
}

async function run(options: RunDaemonOptions, log: Log): Promise<number> {
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<{ readonly error: unknown }>((resolve) => {
    fail = (error) => resolve({ error });
  });
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  const stopped = signalled();
  const closers: (() => void)[] = [];
  try {
    const daemon = await open(options, { log, onFatal: fail, closers });
    const ending = await Promise.race([stopped, failed]);
    if (typeof ending !== 'string') {
      daemon.abandon();
      return reportBug(log, ending.error);
    }
    log.info({ event: 'stopping', reason: ending }, 'ipsecd stops and removes what it installed');
    daemon.stop();
    closeAll(closers);
    log.info({ event: 'stopped' }, 'ipsecd has stopped');
    return exitOk;
  } catch (error) {
    closeAll(closers);
    return error instanceof IpsecError ? reportCause(log, error) : reportBug(log, error);
  }
}

interface Surroundings {
  readonly log: Log;
  readonly onFatal: (error: unknown) => void;
  /** Filled as parts are opened; to be called from the last to the first. */
  readonly closers: (() => void)[];
}

/** Refuses whatever it can refuse before the kernel is touched. Throws an `IpsecError`. */
async function open(options: RunDaemonOptions, surroundings: Surroundings): Promise<Daemon> {
  const { log, onFatal, closers } = surroundings;
  const { stateDirectory, port } = options;
  // The process holds secrets: no core file of it may lie about.
  addon().disableCoreDumps();
  makeStateDirectory(stateDirectory);
  const lock = await lockStateDirectory(stateDirectory);
  closers.push(() => lock.release());
  const store = new ConfigStore(stateDirectory);
  const config = store.load();

  let daemon: Daemon | undefined;
  const addresses = await openAddresses({
    onChange: () => daemon?.onAddressesChanged(),
    onError: (error) => log.warn({ event: 'addresses' }, `local addresses: ${error.message}`),
  });
  closers.push(() => addresses.close());
  const { dataPlane, warning } = chooseDataPlane(options.dataPlane, {
    clock: systemClock,
    localAddresses: () => addresses.current(),
  });
  closers.push(() => dataPlane.close());
  if (warning !== undefined) log.warn({ event: 'dataPlane' }, warning);

  daemon = new Daemon({
    clock: systemClock,
    log,
    engine: new Engine({ crypto: createCryptoProvider(), localPort: port }),
    dataPlane,
    compute: startJob,
    openSocket: openUdpSocket,
    port,
    addresses: () => addresses.current(),
    product: options.product,
    files: new ConsoleFiles(stateDirectory),
    config,
    save: (next) => {
      const warning = store.save(next);
      if (warning !== undefined) log.warn({ event: 'stateNotWritten' }, warning);
    },
    openRuntimeState: (hooks) =>
      new RuntimeState({ ...hooks, directory: stateDirectory, kernel: kernelIdentity() }),
    ...(dataPlane.capabilities.name === 'xfrm' && {
      natChains,
      kernelCounters: {
        nft: systemNft,
        statistics: readXfrmStatistics,
        openStore: (hooks) =>
          new CounterStore({ ...hooks, directory: stateDirectory, kernel: kernelIdentity() }),
      },
    }),
    onFatal,
  });
  daemon.listen();
  const control = await openControlServer(options.socketPath, daemon);
  closers.push(() => control.close());
  daemon.start();
  log.info(
    {
      event: 'ready',
      dataPlane: dataPlane.capabilities.name,
      port,
      addresses: addresses.current(),
      policies: config.tables.policy.length,
      socket: options.socketPath,
    },
    'ipsecd is ready',
  );
  return daemon;
}

async function openAddresses(
  watcher: Parameters<typeof watchAddresses>[0],
): Promise<LocalAddresses> {
  try {
    return await watchAddresses(watcher);
  } catch (cause) {
    throw new IpsecError(
      'ERR_IPSEC_SOCKET',
      `the addresses of this host cannot be watched (${String(cause)}): the package "netlink" must be installed for this platform, and AF_NETLINK sockets be allowed`,
      cause,
    );
  }
}

/** The name of the first signal that asks to stop; a second one does not wait for a clean stop. */
function signalled(): Promise<string> {
  // A terminal that is closed and a log rotation send it, and other daemons read their configuration
  // again: nobody who sends it wants all protection removed. There is nothing to read again here.
  process.on('SIGHUP', () => {});
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => resolve(signal));
    }
  });
}

function closeAll(closers: (() => void)[]): void {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) close();
}

function reportCause(log: Log, { code, message }: IpsecError): number {
  log.fatal({ event: 'cannotRun', reason: code }, message);
  process.stderr.write(`ipsecd: ${message}\n`);
  return exitCannotRun;
}

function reportBug(log: Log, error: unknown): number {
  log.fatal(
    { event: 'bug', err: error },
    'a bug of ipsecd: what it installed is left to the next start',
  );
  const words = error instanceof Error ? error.message : String(error);
  process.stderr.write(`ipsecd: internal error: ${words}; please report it with the log\n`);
  return exitBug;
}
