/**
 * A shell that stays in a namespace and runs programs one after the other. In user-mode-linux a process as
 * large as this one takes half a second to start another; a shell takes next to nothing.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { RunOptions, RunResult } from './process.js';
import { within } from './wait.js';

export class Shell {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #files: string;
  #statuses: ((status: number) => void)[] = [];
  /** The programs before: each waits for its turn. */
  #turn: Promise<unknown> = Promise.resolve();

  /** `enter` is the command prefix that enters the namespace; files named `files`.out and so on are written. */
  constructor(enter: readonly string[], files: string) {
    const [file = '', ...args] = [...enter, 'sh'];
    this.#files = files;
    // A group of its own, so that what hangs ends with it.
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#statuses.shift()?.(Number(line));
    });
  }

  /** As `run` of process.ts. @throws Error when the program hangs; then this shell is of no more use. */
  run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const result = this.#turn.then(() => this.#run(argv, options));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  stop(): void {
    if (this.#child.pid !== undefined && this.#child.exitCode === null) {
      process.kill(-this.#child.pid, 'SIGKILL');
    }
  }

  async #run(argv: readonly string[], options: RunOptions): Promise<RunResult> {
    const { input = '', timeoutSeconds = 20, env = {} } = options;
    const [stdin, stdout, stderr] = ['in', 'out', 'err'].map((end) => `${this.#files}.${end}`) as [
      string,
      string,
      string,
    ];
    writeFileSync(stdin, input);
    const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const words = [...(settings.length === 0 ? [] : ['env', ...settings]), ...argv].map(quoted);
    const ended = new Promise<number>((resolve) => this.#statuses.push(resolve));
    this.#child.stdin.write(`${words.join(' ')} <${stdin} >${stdout} 2>${stderr}; echo $?\n`);
    try {
      const exitCode = await within(`the end of: ${argv.join(' ')}`, timeoutSeconds, ended);
      return {
        exitCode,
        stdout: readFileSync(stdout, 'utf8'),
        stderr: readFileSync(stderr, 'utf8'),
      };
    } catch (error) {
      this.stop();
      throw error;
    }
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
