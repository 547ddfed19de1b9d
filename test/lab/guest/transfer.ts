/** TCP transfers between two machines of the lab, each connection hashed at both ends. */
import { join } from 'node:path';
import { repositoryRoot } from '../repository.js';
import type { Machine } from './machine.js';
import { BackgroundProcess } from './process.js';
import type { StreamReport } from './tcp-stream.js';
import { waitUntil } from './wait.js';

export interface TransferOptions {
  /** Of each connection; default until `end` is called. */
  readonly bytes?: number;
  /** Default 1. */
  readonly connections?: number;
  /** Of each connection; default as fast as they go. */
  readonly bytesPerSecond?: number;
}

/** What the two ends of all connections say, in the order they ended. */
export interface TransferResult {
  readonly sent: readonly StreamReport[];
  readonly received: readonly StreamReport[];
}

const forever = Number.POSITIVE_INFINITY;
const port = 5001;
const startSeconds = 60;
const program = join(repositoryRoot, 'dist', 'test', 'lab', 'guest', 'tcp-stream.js');

export class Transfer {
  /** Both ends, for messages. */
  readonly what: string;
  readonly #count: number;
  readonly #sender: BackgroundProcess;
  readonly #receiver: BackgroundProcess;

  private constructor(what: string, count: number, ends: readonly BackgroundProcess[]) {
    this.what = what;
    this.#count = count;
    [this.#sender, this.#receiver] = ends as [BackgroundProcess, BackgroundProcess];
  }

  /** From `from` to `to`, which has that address. Returns when the sender has been started. */
  static async start(
    from: Machine,
    to: Machine,
    address: string,
    options: TransferOptions,
  ): Promise<Transfer> {
    const { bytes = forever, connections = 1, bytesPerSecond = forever } = options;
    const what = `TCP from ${from.name} to ${to.name}`;
    const receiver = stream(to, 'receive', [port]);
    await waitUntil(`${what}: the listener`, startSeconds, () =>
      receiver.lines.includes('listening'),
    );
    const sender = stream(from, 'send', [address, port, connections, bytes, bytesPerSecond]);
    return new Transfer(what, connections, [sender, receiver]);
  }

  /** The streams end here; what has been sent still has to arrive. */
  end(): void {
    this.#sender.signal('SIGTERM');
  }

  /** @throws Error when after `seconds` a connection neither ended nor broke. */
  async finished(seconds: number): Promise<TransferResult> {
    const ends = [this.#sender, this.#receiver];
    try {
      await waitUntil(this.what, seconds, () => {
        const [sent, received] = ends.map(reportsOf);
        if (sent?.some(({ error }) => error !== '')) return true;
        return sent?.length === this.#count && received?.length === this.#count;
      });
      return { sent: reportsOf(this.#sender), received: reportsOf(this.#receiver) };
    } finally {
      await Promise.all(ends.map((end) => end.stop(1)));
    }
  }
}

function stream(machine: Machine, role: string, words: readonly unknown[]): BackgroundProcess {
  const { lab, name, enter } = machine;
  const argv = [...enter, process.execPath, program, role, ...words.map(String)];
  const log = join(lab.outDirectory, `${name}-tcp.log`);
  const end = new BackgroundProcess(`${role} in ${name}`, argv, log);
  lab.onEnd(`stop TCP in ${name}`, () => end.stop(1));
  return end;
}

function reportsOf({ lines }: BackgroundProcess): StreamReport[] {
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}
