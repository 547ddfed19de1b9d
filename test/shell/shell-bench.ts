/** Shells on terminals that talk to a daemon with six policies, and what is thrown away afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiled, Host } from '../e2e/daemon-process.js';
import { Terminal, type TerminalOptions } from './terminal.js';

export interface ShellOptions extends TerminalOptions {
  readonly args?: readonly string[];
  /** Where the history is; two shells of the same place share it. */
  readonly place?: string;
  readonly on?: Pick<Host, 'socketPath'>;
}

export class ShellBench {
  readonly directory = mkdtempSync(join(tmpdir(), 'ipsec-shell-'));
  readonly host = new Host();
  readonly #terminals: Terminal[] = [];

  /** Starts the daemon: the comments of the policies are n0 to n5. */
  async start(): Promise<void> {
    await this.host.start({ logLevel: 'info' });
    const policies = Array.from(
      { length: 6 },
      (_, index) =>
        `add sa-src-address=10.1.0.1 sa-dst-address=10.2.0.${index + 1} comment=n${index}`,
    );
    await this.host.ctl([], ['/ip ipsec policy', ...policies].join('\n'));
  }

  /** A shell, once it shows its prompt. */
  async shell(options: ShellOptions = {}): Promise<Terminal> {
    const { args = [], place = 'shared', on = this.host, environment, ...size } = options;
    const program = [process.execPath, compiled('cli/ipsecctl.js'), '--socket', on.socketPath];
    const terminal = new Terminal([...program, ...args], {
      columns: 100,
      ...size,
      environment: {
        XDG_STATE_HOME: join(this.directory, place),
        IPSECCTL_NAME: 'MikroTik',
        ...environment,
      },
    });
    this.#terminals.push(terminal);
    await terminal.until(/\[.*@.*\] >$/);
    return terminal;
  }

  /** A shell that stands in a menu. */
  async inMenu(path: string, options: ShellOptions = {}): Promise<Terminal> {
    const terminal = await this.shell(options);
    await run(terminal, `/${path}`, `[admin@MikroTik] ${path}>`);
    return terminal;
  }

  closeTerminals(): void {
    for (const terminal of this.#terminals.splice(0)) terminal.close();
  }

  async close(): Promise<void> {
    await this.host.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Types a line, and returns the screen once the next prompt is there. */
export async function run(
  terminal: Terminal,
  line: string,
  wanted: string | RegExp = />$/,
): Promise<string> {
  terminal.type(line);
  await terminal.until(line.trimEnd());
  terminal.keys('Enter');
  return terminal.until(wanted);
}
