/** The commands typed in earlier shells: a file of the user's own, bounded, without secrets (C-37). */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { givesSecret } from './secrets.js';

export const historyLimit = 1000;

/** Where the XDG base directory specification puts what programs remember. */
export function historyPath({ XDG_STATE_HOME = '' }: NodeJS.ProcessEnv = process.env): string {
  const state = isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(homedir(), '.local', 'state');
  return join(state, 'ipsecctl', 'history');
}

export class History {
  readonly #path: string;
  /** As readline wants them: the newest first. */
  readonly earlier: readonly string[];
  /** Why nothing is remembered; undefined while all is well. */
  failure: string | undefined;

  constructor(path: string = historyPath()) {
    this.#path = path;
    this.earlier = this.#read().reverse();
  }

  /** Remembers a command, unless it gives a secret. */
  add(command: string): void {
    if (command.trim() === '' || givesSecret(command)) return;
    this.#attempt(() => appendFileSync(this.#path, `${command}\n`, { mode: 0o600 }));
  }

  /** The lines of the file, oldest first; a file that has grown too long is cut. */
  #read(): string[] {
    const lines: string[] = [];
    this.#attempt(() => {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      if (!existsSync(this.#path)) return;
      chmodSync(this.#path, 0o600);
      const all = readFileSync(this.#path, 'utf8').split('\n').filter(Boolean);
      lines.push(...all.slice(-historyLimit));
      if (all.length > historyLimit) this.#replace(lines);
    });
    return lines;
  }

  /** At once, so that a shell that ends now leaves one file or the other. */
  #replace(lines: readonly string[]): void {
    const next = `${this.#path}.${process.pid}`;
    writeFileSync(next, `${lines.join('\n')}\n`, { mode: 0o600 });
    renameSync(next, this.#path);
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.failure ??= error instanceof Error ? error.message : String(error);
    }
  }
}
