/**
 * A program of the lab: one end of TCP connections that carry a stream both ends can hash.
 *   node tcp-stream.js receive PORT
 *   node tcp-stream.js send ADDRESS PORT CONNECTIONS BYTES BYTES_PER_SECOND
 * It prints `listening` where it listens, and a `StreamReport` for each connection that ended. SIGTERM makes
 * the sender end its streams as they are.
 */
import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** One connection, as this end saw it. */
export interface StreamReport {
  readonly bytes: number;
  /** SHA-256 of them. */
  readonly hash: string;
  /** Why it broke; empty if it ended as it should. */
  readonly error: string;
  /** The longest time without progress. */
  readonly longestPauseSeconds: number;
}

const chunkBytes = 16 * 1024;

/** Counts and hashes what passes. */
class Tally {
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #longest = 0;
  #last = performance.now();

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    this.#hash.update(chunk);
    this.progress();
  }

  progress(): void {
    const now = performance.now();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
  }

  report(error: string): StreamReport {
    const longestPauseSeconds = Math.round(this.#longest / 100) / 10;
    const hash = this.#hash.digest('hex');
    return { bytes: this.#bytes, hash, error, longestPauseSeconds };
  }
}

/** Reads to the end of the stream, which this end then closes as well. */
async function receive(socket: Socket): Promise<StreamReport> {
  const tally = new Tally();
  try {
    for await (const chunk of socket) tally.add(chunk);
    return tally.report('');
  } catch (error) {
    return tally.report((error as Error).message);
  }
}

/** Without a pattern, so that neither a repeated nor an exchanged part leaves the hash as it is. */
async function send(socket: Socket, bytes: number, bytesPerSecond: number): Promise<StreamReport> {
  const tally = new Tally();
  const content = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16));
  try {
    await once(socket, 'connect');
    const start = performance.now();
    for (let sent = 0; sent < bytes && !isEnough; sent += chunkBytes) {
      const chunk = content.update(Buffer.alloc(Math.min(chunkBytes, bytes - sent)));
      tally.add(chunk);
      if (!socket.write(chunk)) await once(socket, 'drain');
      const due = start + (1000 * sent) / bytesPerSecond;
      if (due > performance.now()) await delay(due - performance.now());
    }
    // The other end closes when it has everything.
    socket.resume().end();
    await once(socket, 'close');
    tally.progress();
    return tally.report('');
  } catch (error) {
    return tally.report((error as Error).message);
  }
}

let isEnough = false;
const [role, ...words] = process.argv.slice(2);
const tell = (report: StreamReport) => process.stdout.write(`${JSON.stringify(report)}\n`);
if (role === 'receive') {
  const server = createServer((socket) => void receive(socket).then(tell));
  server.listen(Number(words[0]), () => process.stdout.write('listening\n'));
} else {
  const [address = '', ...numbers] = words;
  process.once('SIGTERM', () => {
    isEnough = true;
  });
  const [port = 0, connections = 0, bytes = 0, bytesPerSecond = 0] = numbers.map(Number);
  for (let count = 0; count < connections; count += 1) {
    void send(connect(port, address), bytes, bytesPerSecond).then(tell);
  }
}
