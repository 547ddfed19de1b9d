/** A router: a machine that forwards, and can run our daemon, a strongSwan or a Libreswan. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, connect } from '../../../lib/client/client.js';
import { repositoryRoot } from '../repository.js';
import { Daemon, type DaemonOptions } from './daemon.js';
import { Libreswan } from './libreswan.js';
import { Machine } from './machine.js';
import type { PeerOptions } from './peer-options.js';
import { BackgroundProcess, type RunResult, run } from './process.js';
import { Strongswan, type StrongswanOptions } from './strongswan.js';

export class Router extends Machine {
  #daemons = 0;

  /** The control socket of our daemon in this router. */
  get socket(): string {
    return join(this.directory, 'ipsecd.sock');
  }

  /** Private files of this router: state, sockets, configurations; gone with the lab. */
  get directory(): string {
    const directory = `/run/lab/${this.name}`;
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  /** Starts our daemon and waits until its socket answers. @throws Error with its log when it does not. */
  async startDaemon(options: DaemonOptions = {}): Promise<Daemon> {
    const daemon = this.spawnDaemon(options);
    await daemon.ready();
    return daemon;
  }

  /** Starts our daemon and returns at once, for a daemon that is expected to refuse. */
  spawnDaemon(options: DaemonOptions = {}): Daemon {
    this.#daemons += 1;
    const suffix = this.#daemons === 1 ? '' : `-${this.#daemons}`;
    return new Daemon(this, `${this.name}-ipsecd${suffix}`, options);
  }

  /** Runs one command of the menu language, such as `/ip ipsec policy print`; quotes group words as in a shell. */
  ctl(command: string): Promise<RunResult> {
    return this.#ipsecctl(shellWords(command), '');
  }

  /** Feeds commands, one a line, to ipsecctl's standard input. */
  script(text: string): Promise<RunResult> {
    return this.#ipsecctl([], text);
  }

  /**
   * Runs commands that must succeed in a console session of their own, without a process: one takes a
   * second of a slow guest. Returns what they printed. @throws Error when one is refused.
   */
  async configure(text: string): Promise<string> {
    const client = await connect({ socketPath: this.socket });
    try {
      const { output, error } = await client.execute(text);
      if (error !== undefined) {
        throw new Error(`ipsecd in ${this.name}, line ${error.line}: ${error.text}\n${output}`);
      }
      return output;
    } finally {
      client.close();
    }
  }

  /** Connects to the daemon in here, as a program does: many commands cost no process each. */
  async connect(): Promise<Client> {
    const client = await connect({ socketPath: this.socket });
    this.lab.onEnd(`close a connection to ${this.name}`, async () => client.close());
    return client;
  }

  /** Starts charon in here with one connection and loads it; ready for `initiate()` or for the other side. */
  startStrongswan(options: StrongswanOptions): Promise<Strongswan> {
    return Strongswan.start(this, options);
  }

  /** As startStrongswan, with pluto. */
  startLibreswan(options: PeerOptions): Promise<Libreswan> {
    return Libreswan.start(this, options);
  }

  /** Starts `ipsecctl --watch`; its lines are events as JSON. */
  watch(): BackgroundProcess {
    const name = `${this.name}-watch`;
    const argv = [...this.#program, '--json', '--watch'];
    const watcher = new BackgroundProcess(name, argv, join(this.lab.outDirectory, `${name}.log`));
    this.lab.onEnd(`stop ${name}`, () => watcher.stop(3));
    return watcher;
  }

  #ipsecctl(args: readonly string[], input: string): Promise<RunResult> {
    return run([...this.#program, ...args], { input, timeoutSeconds: 60 });
  }

  /** Unix sockets do not care for network namespaces: no need to enter. */
  get #program(): readonly string[] {
    const program = join(repositoryRoot, 'dist', 'cli', 'ipsecctl.js');
    return [process.execPath, program, '--socket', this.socket];
  }
}

/** Splits at blanks outside double quotes; the quotes vanish. */
export function shellWords(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word.replaceAll('"', ''));
}
