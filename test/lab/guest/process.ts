/** Programs run to their end, and programs that stay: both bounded, both with everything they wrote. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { within } from './wait.js';

export interface RunOptions {
  /** Text for standard input. */
  readonly input?: string;
  /** Killed after this many seconds; default 20. */
  readonly timeoutSeconds?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunResult {
  /** -1 when a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program; a non-zero exit is a result, not an error. @throws Error when it cannot start or hangs. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [file = '', ...args] = argv;
  const seconds = options.timeoutSeconds ?? 20;
  const child = spawn(file, args, { env: { ...process.env, ...options.env } });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // A program may end without reading its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const closed = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  try {
    const exitCode = await within(`the end of: ${argv.join(' ')}`, seconds, closed);
    return { exitCode, stdout: stdout(), stderr: stderr() };
  } finally {
    child.kill('SIGKILL');
  }
}

/** As `run`, for what must succeed. @throws Error with the program's own words. Returns standard output. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  return mustSucceed(argv, await run(argv, options));
}

/** What the program printed. @throws Error with its own words when it failed. */
export function mustSucceed(argv: readonly string[], result: RunResult): string {
  if (result.exitCode !== 0) {
    const words = `${result.stdout}${result.stderr}`.trim();
    throw new Error(`exit ${result.exitCode} of: ${argv.join(' ')}\n${words}`);
  }
  return result.stdout;
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program in the background. Every line it writes is kept and goes to its log file. */
export class BackgroundProcess {
  readonly lines: string[] = [];
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #log: WriteStream;
  readonly #exited: Promise<ProcessExit>;
  readonly #lineListeners = new Set<(line: string) => void>();
  #exit: ProcessExit | undefined;

  /** `logFile` is appended to. */
  constructor(
    name: string,
    argv: readonly string[],
    logFile: string,
    env: Readonly<Record<string, string>> = {},
  ) {
    const [file = '', ...args] = argv;
    this.#name = name;
    this.#log = createWriteStream(logFile, { flags: 'a' });
    this.#child = spawn(file, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null)
        createInterface({ input: stream }).on('line', (line) => this.#hear(line));
    }
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#hear(error.message);
        resolve({ code: 127, signal: null });
      });
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
    void this.#exited.then((exit) => {
      this.#exit = exit;
      this.#log.end();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How it ended, or undefined while it runs. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  onLine(listener: (line: string) => void): () => void {
    this.#lineListeners.add(listener);
    return () => this.#lineListeners.delete(listener);
  }

  /** Does not wait for the end. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** @throws Error when it still runs after `seconds`. */
  async exited(seconds: number): Promise<ProcessExit> {
    return within(`the end of ${this.#name}`, seconds, this.#exited);
  }

  /** Ends it: SIGTERM, then SIGKILL after `graceSeconds`. */
  async stop(graceSeconds = 5): Promise<ProcessExit> {
    this.#child.kill('SIGTERM');
    try {
      return await this.exited(graceSeconds);
    } catch {
      this.#child.kill('SIGKILL');
      return this.exited(graceSeconds);
    }
  }

  tail(count = 20): string {
    return this.lines.slice(-count).join('\n');
  }

  #hear(line: string): void {
    this.lines.push(line);
    this.#log.write(`${line}\n`);
    for (const listener of this.#lineListeners) listener(line);
  }
}
