/** The compiled daemon and command line as processes of their own, with a directory that is thrown away. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readyTimeoutMs = 20_000;

/** The path of a compiled file; fails with what to do when it is not there. */
export function compiled(path: string): string {
  const file = join(root, 'dist', path);
  if (!existsSync(file)) throw new Error(`${file} is missing: run "npm run build" first`);
  return file;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running program and what it has written. */
export class Program {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(file: string, args: readonly string[], nodeArgs: readonly string[] = []) {
    // The flags of the test runner are not those of the product.
    const { NODE_OPTIONS: _, ...environment } = process.env;
    const child = spawn(process.execPath, [...nodeArgs, file, ...args], { env: environment });
    this.#child = child;
    child.stdout.on('data', (data) => {
      this.stdout += data;
    });
    child.stderr.on('data', (data) => {
      this.stderr += data;
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  write(text: string | Uint8Array): void {
    this.#child.stdin?.write(text);
  }

  end(text: string | Uint8Array = ''): void {
    this.#child.stdin?.end(text);
  }

  /** The first output that matches, however long it takes within the test's time limit. */
  output(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!pattern.test(this.stdout)) return;
        this.#child.stdout?.off('data', look);
        resolve();
      };
      this.#child.stdout?.on('data', look);
      this.ended.then(({ stderr }) => reject(new Error(`ended without ${pattern}: ${stderr}`)));
      look();
    });
  }

  /** Sends a signal that it is to survive. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.#child.kill(signal);
    return this.ended;
  }
}

export interface DaemonOptions {
  readonly args?: readonly string[];
  readonly port?: number;
  readonly logLevel?: string;
  /** Options of Node itself. */
  readonly nodeArgs?: readonly string[];
}

/** A directory of its own with a state directory and a control socket in it. */
export class Host {
  readonly directory = mkdtempSync(join(tmpdir(), 'ipsec-e2e-'));
  readonly stateDirectory = join(this.directory, 'state');
  readonly socketPath = join(this.directory, 'ipsecd.sock');
  readonly #programs: Program[] = [];
  #port: number | undefined;

  /** The UDP port of this host's daemons: high, and the same for each of them. */
  async port(): Promise<number> {
    this.#port ??= await freePort();
    return this.#port;
  }

  /** Starts a daemon on the memory data plane without waiting for it. */
  async launch(options: DaemonOptions = {}): Promise<Program> {
    const { args = [], port = await this.port(), logLevel = 'trace', nodeArgs } = options;
    const words = [
      ...['--state-dir', this.stateDirectory, '--socket', this.socketPath],
      ...['--dataplane', 'memory', '--port', `${port}`, '--log-level', logLevel, ...args],
    ];
    const daemon = new Program(compiled('cli/ipsecd.js'), words, nodeArgs);
    this.#programs.push(daemon);
    return daemon;
  }

  /** Starts a daemon and returns once it serves. */
  async start(options: DaemonOptions = {}): Promise<Program> {
    const daemon = await this.launch(options);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`not ready in time: ${daemon.stdout}${daemon.stderr}`));
      }, readyTimeoutMs);
    });
    await Promise.race([daemon.output(/"event":"ready"/), late]).finally(() => clearTimeout(timer));
    return daemon;
  }

  /** Starts `ipsecctl` on this host's socket, its standard input open. */
  client(args: readonly string[]): Program {
    const program = new Program(compiled('cli/ipsecctl.js'), [
      ...['--socket', this.socketPath],
      ...args,
    ]);
    this.#programs.push(program);
    return program;
  }

  /** Runs one command, or with `input` a script. */
  ctl(args: readonly string[], input: string | Uint8Array = ''): Promise<Ended> {
    const program = this.client(args);
    program.end(input);
    return program.ended;
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill('SIGKILL')));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.bind(0, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}
