/** Our daemon in a router: started, watched through its log lines, stopped or killed, started again. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { repositoryRoot } from '../repository.js';
import { BackgroundProcess, type ProcessExit } from './process.js';
import type { Router } from './router.js';
import { waitUntil } from './wait.js';

export interface DaemonOptions {
  /** Default: a folder of the router that lives as long as the lab, so that a restart finds it. */
  readonly stateDir?: string;
  /** Default: the router's socket, which `router.ctl` uses. */
  readonly socket?: string;
  /** Default `debug`. */
  readonly logLevel?: string;
  readonly dataplane?: 'auto' | 'xfrm' | 'memory';
  readonly env?: Readonly<Record<string, string>>;
  /** Capabilities to run without, such as `net_admin`. */
  readonly without?: readonly string[];
}

/** One structured line of the daemon; the usual fields of pino and whatever the event carries. */
export interface LogEntry {
  /** 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** It loads the kernel modules of every algorithm: half a minute where other guests are busy too. */
const readySeconds = 240;
const program = 'cli/ipsecd.js';
const spareProgram = 'test/lab/guest/spare-daemon.js';
const levels: Readonly<Record<string, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
};

export class Daemon {
  readonly #router: Router;
  readonly #name: string;
  readonly #options: DaemonOptions;
  readonly #earlier: LogEntry[] = [];
  #process: BackgroundProcess;
  /** The successor, if it has been prepared. */
  #spare: BackgroundProcess | undefined;

  constructor(router: Router, name: string, options: DaemonOptions) {
    this.#router = router;
    this.#name = name;
    this.#options = options;
    this.#process = this.#spawn(program);
    router.lab.onEnd(`stop ${name}`, async () => {
      await Promise.all([this.#process.stop(3), this.#spare?.stop(3)]);
    });
  }

  get stateDir(): string {
    return this.#options.stateDir ?? join(this.#router.directory, 'state');
  }

  get socket(): string {
    return this.#options.socket ?? this.#router.socket;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** How it ended, or undefined while it runs. */
  get exit(): ProcessExit | undefined {
    return this.#process.exit;
  }

  /** All structured lines so far, those of earlier starts included. */
  get log(): readonly LogEntry[] {
    return [...this.#earlier, ...this.#process.lines.flatMap(parseEntry)];
  }

  /** Everything it wrote since its last start, structured or not. */
  get output(): readonly string[] {
    return this.#process.lines;
  }

  /** Waits until the control socket accepts. @throws Error with the end of the log when the daemon ends or hangs. */
  async ready(seconds: number = readySeconds): Promise<void> {
    const daemon = this.#process;
    await waitUntil(`${this.#name} to answer`, seconds, () => {
      if (daemon.exit !== undefined) {
        throw new Error(`${this.#name} ended with exit ${daemon.exit.code}:\n${daemon.tail()}`);
      }
      return accepts(this.socket);
    });
  }

  /**
   * The first log line for which `predicate` holds, among those already written (from index `after` of
   * `log` on) or to come. @throws Error with the end of the log after `seconds`, default 10.
   */
  async waitForLog(
    what: string,
    predicate: (entry: LogEntry) => boolean,
    { seconds = 10, after = 0 }: { seconds?: number; after?: number } = {},
  ): Promise<LogEntry> {
    try {
      return await waitUntil(what, seconds, () => this.log.slice(after).find(predicate));
    } catch (error) {
      throw new Error(`${(error as Error).message} in ${this.#name}:\n${this.#process.tail()}`);
    }
  }

  /** Sends the signal and waits for the end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL', seconds = 10): Promise<ProcessExit> {
    this.#process.signal(signal);
    return this.#process.exited(seconds);
  }

  /** Stops it in its tracks, so that nobody sees to its SAs; `thaw` lets it go on. */
  freeze(): void {
    this.#process.signal('SIGSTOP');
  }

  thaw(): void {
    this.#process.signal('SIGCONT');
  }

  /** Asks it to stop (SIGTERM) and waits for the end. */
  stop(seconds?: number): Promise<ProcessExit> {
    return this.kill('SIGTERM', seconds);
  }

  /** Waits for it to end by itself. */
  exited(seconds = 15): Promise<ProcessExit> {
    return this.#process.exited(seconds);
  }

  /** Has the code of the next start loaded beforehand, so that `restart` takes over at once. */
  async prepareRestart(): Promise<void> {
    const spare = this.#spawn(spareProgram);
    this.#spare = spare;
    await waitUntil(`a spare ${this.#name}`, readySeconds, () => spare.lines.includes('loaded'));
  }

  /** Starts it again with the same options (after kill or stop, else it is stopped first). */
  async restart(): Promise<void> {
    if (this.#process.exit === undefined) await this.stop();
    this.#earlier.push(...this.#process.lines.flatMap(parseEntry));
    this.#spare?.signal('SIGUSR2');
    this.#process = this.#spare ?? this.#spawn(program);
    this.#spare = undefined;
    await this.ready();
  }

  #spawn(file: string): BackgroundProcess {
    const { logLevel = 'debug', dataplane, without = [], env } = this.#options;
    const removed = without.map((name) => `-${name}`).join(',');
    const confine =
      removed === '' ? [] : ['setpriv', `--bounding-set=${removed}`, `--inh-caps=${removed}`];
    const argv = [
      ...this.#router.enter,
      ...confine,
      process.execPath,
      join(repositoryRoot, 'dist', file),
      ...['--state-dir', this.stateDir, '--socket', this.socket, '--log-level', logLevel],
      ...(dataplane === undefined ? [] : ['--dataplane', dataplane]),
    ];
    const logFile = join(this.#router.lab.outDirectory, `${this.#name}.log`);
    return new BackgroundProcess(this.#name, argv, logFile, env);
  }
}

function parseEntry(line: string): LogEntry[] {
  if (!line.startsWith('{')) return [];
  try {
    const entry = JSON.parse(line) as { level: string | number; msg: string };
    // The daemon writes the word, for readers; tests compare.
    const level = Number(levels[entry.level] ?? entry.level);
    return [{ ...entry, level }];
  } catch {
    return [];
  }
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
