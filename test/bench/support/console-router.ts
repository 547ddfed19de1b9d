/** A daemon with a table of policies, and the commands whose time is taken on it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, connect } from '../../../lib/client/client.js';

export const dataPlanes = ['memory', 'xfrm'] as const;
export type DataPlaneName = (typeof dataPlanes)[number];

const daemonProgram = fileURLToPath(new URL('../../../cli/ipsecd.js', import.meta.url));
/** Beside whatever listens on the port of IKE. */
const port = '45500';

/** A tunnel to a network and a peer of its own for each number up to 65,535. */
function policyLine(number: number): string {
  const place = `${number >> 8}.${number & 255}`;
  return `add src-address=10.1.0.0/24 ${destination(number)} sa-src-address=192.0.2.1 sa-dst-address=172.16.${place} tunnel=yes action=encrypt`;
}

function destination(number: number): string {
  return `dst-address=11.${number >> 8}.${number & 255}.0/24`;
}

export class ConsoleRouter {
  readonly size: number;
  readonly #directory = mkdtempSync(join(tmpdir(), 'ipsecctl-bench-'));
  readonly #daemon: ChildProcess;
  #client: Client | undefined;
  #changes = 0;

  /** Its kernel policies are in a network namespace that nobody else is in. */
  constructor(size: number, dataPlane: DataPlaneName) {
    this.size = size;
    const argv = [
      ...['--net', process.execPath, daemonProgram, '--state-dir', this.#state],
      ...['--socket', this.socketPath, '--dataplane', dataPlane, '--port', port],
    ];
    this.#daemon = spawn('unshare', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  get socketPath(): string {
    return join(this.#directory, 'ipsecd.sock');
  }

  get #state(): string {
    return join(this.#directory, 'state');
  }

  /** Waits for the daemon and lays the file ready that `import` reads. */
  async open(): Promise<void> {
    await this.#ready();
    const folder = join(this.#state, 'files');
    mkdirSync(folder);
    const lines = Array.from({ length: this.size }, (_, number) => policyLine(number));
    writeFileSync(join(folder, 'policies.rsc'), ['/ip ipsec policy', ...lines, ''].join('\n'));
    this.#client = await connect({ socketPath: this.socketPath });
  }

  async run(text: string): Promise<string> {
    const result = await this.#client?.execute(text);
    if (result?.error !== undefined) throw new Error(`${result.error.text}, of: ${text}`);
    return result?.output ?? '';
  }

  /** The commands whose time is taken, each told to do something else than the last time. */
  async commands(): Promise<Readonly<Record<string, () => string>>> {
    const row = await this.#idOf(this.size >> 1);
    const places = [await this.#idOf(1), await this.#idOf(this.size - 2)];
    const change = () => {
      this.#changes += 1;
      return this.#changes;
    };
    return {
      'print count-only': () => 'print count-only',
      'find by address': () => `find ${destination(this.size - 1)}`,
      'set one row': () => `set ${row} sa-dst-address=172.30.0.${change() % 250}`,
      'comment one row': () => `set ${row} comment="change ${change()}"`,
      move: () => `move ${row} ${places[change() % 2]}`,
      add: () => `add ${policyLine(this.size + change()).slice(4)}`,
      'remove one row': () => `remove [find ${destination(this.size + this.#changes)}]`,
    };
  }

  async #idOf(number: number): Promise<string> {
    return (await this.run(`/ip ipsec policy find ${destination(number)}`)).trim();
  }

  async close(): Promise<void> {
    this.#client?.close();
    const closed = once(this.#daemon, 'close');
    if (this.#daemon.exitCode === null && this.#daemon.kill('SIGKILL')) await closed;
    rmSync(this.#directory, { recursive: true });
  }

  #ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      let output = '';
      this.#daemon.stdout?.on('data', (data) => {
        output = `${output}${data}`.slice(-10_000);
        if (output.includes('"event":"ready"')) resolve();
      });
      this.#daemon.on('close', () => reject(new Error(`ipsecd ended: ${output}`)));
    });
  }
}
