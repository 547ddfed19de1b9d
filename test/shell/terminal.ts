/** A real terminal for tests: a tmux server of its own, keys typed into it, its screen read back. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const deadlineMs = 10_000;
const pollMs = 20;

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** One program on a screen of its own. */
export class Terminal {
  readonly #directory = mkdtempSync(join(tmpdir(), 'ipsec-tmux-'));
  readonly #socket = join(this.#directory, 'tmux');

  /** Starts the program; its exit code is shown as `[exit N]` once it has ended. */
  constructor(argv: readonly string[], options: TerminalOptions = {}) {
    const { columns = 80, rows = 24, environment = {} } = options;
    const size = ['-x', `${columns}`, '-y', `${rows}`];
    // The flags of the test runner are not those of the product.
    const clean = ['env', '-u', 'NODE_OPTIONS', '-u', 'NO_COLOR', '-u', 'VISUAL', '-u', 'EDITOR'];
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const script = '"$@"; echo "[exit $?]"; exec sleep 600';
    this.#tmux(
      ...['-f', '/dev/null', 'new-session', '-d', ...size],
      ...[...clean, ...variables, 'sh', '-c', script, 'sh', ...argv],
    );
  }

  /** Keys by tmux's names: `Enter`, `C-c`, `Tab`, `F1`, or characters. */
  keys(...names: readonly string[]): void {
    this.#tmux('send-keys', ...names);
  }

  type(text: string): void {
    this.#tmux('send-keys', '-l', text);
  }

  /** `marked`: as terminals do for programs that asked for it (bracketed paste). */
  paste(text: string, { marked }: { readonly marked: boolean }): void {
    this.#tmux('set-buffer', text);
    this.#tmux('paste-buffer', ...(marked ? ['-p'] : []));
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`);
  }

  /** What stands on the screen, without the empty rows at its end. */
  screen(): string {
    return this.#tmux('capture-pane', '-p').trimEnd();
  }

  /** All that was on the screen, with its colours. */
  colouredScreen(): string {
    return this.#tmux('capture-pane', '-p', '-e', '-S', '-').trimEnd();
  }

  /** The screen once it ends with this text, or matches; fails with the screen when it does not in time. */
  async until(wanted: string | RegExp): Promise<string> {
    const matches = (screen: string) =>
      typeof wanted === 'string' ? screen.endsWith(wanted) : wanted.test(screen);
    const end = Date.now() + deadlineMs;
    for (;;) {
      const screen = this.screen();
      if (matches(screen)) return screen;
      if (Date.now() > end) throw new Error(`not in time: ${wanted}\nThe screen:\n${screen}`);
      await delay(pollMs);
    }
  }

  close(): void {
    this.#tmux('kill-server');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #tmux(...args: readonly string[]): string {
    const { error, status, stdout, stderr } = spawnSync('tmux', ['-S', this.#socket, ...args], {
      encoding: 'utf8',
      env: { ...process.env, TERM: 'xterm-256color', TMUX: '' },
    });
    if (error !== undefined) throw new Error(`tmux cannot be run (${error.message}): install tmux`);
    if (status !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`);
    return stdout;
  }
}
