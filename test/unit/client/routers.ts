/** Daemons in this process, with the production engine and control socket, on a network of two cables. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Client, connect } from '../../../lib/client/client.js';
import { emptyConfig } from '../../../lib/core/config/tables.js';
import { MemoryDataPlane } from '../../../lib/core/dataplane/memory/memory-data-plane.js';
import { Engine } from '../../../lib/core/ike/engine.js';
import type { Datagram } from '../../../lib/core/ike/input.js';
import { systemClock } from '../../../lib/host/clock.js';
import { ConsoleFiles } from '../../../lib/host/console-files.js';
import { type ControlServer, openControlServer } from '../../../lib/host/control-server.js';
import { createCryptoProvider } from '../../../lib/host/crypto.js';
import { Daemon } from '../../../lib/host/daemon.js';
import { RuntimeState } from '../../../lib/host/runtime-state.js';
import type { UdpSocketOptions } from '../../../lib/host/udp.js';
import { computeTestJob } from '../../support/dh.js';

/** Routers that reach each other, and clients of them. */
export class Network {
  readonly #directory = mkdtempSync(join(tmpdir(), 'ipsec-routers-'));
  readonly #sockets = new Map<string, (datagram: Datagram) => void>();
  readonly #servers = new Map<string, ControlServer>();
  readonly #closers: (() => void)[] = [];
  /** Whether datagrams to that address arrive. */
  reaches: (address: string) => boolean = () => true;
  /** What the disk of every router says to a change, instead of keeping it. */
  diskError: Error | undefined;

  /** Starts a router and connects a client to it. */
  async router(address: string): Promise<Client> {
    const directory = join(this.#directory, address);
    const daemon = new Daemon({
      clock: systemClock,
      log: pino({ level: 'silent' }),
      engine: new Engine({ crypto: createCryptoProvider() }),
      dataPlane: new MemoryDataPlane({
        ...{ random: (length) => randomBytes(length), epochAtZero: 0, now: systemClock.now() },
      }),
      compute: async (job) => computeTestJob(createCryptoProvider(), job),
      openSocket: (options) => this.#socket(options),
      port: 500,
      addresses: () => [address],
      product: 'ipsecctl 0.0.0',
      files: new ConsoleFiles(directory),
      config: emptyConfig(),
      save: () => {
        if (this.diskError !== undefined) throw this.diskError;
      },
      openRuntimeState: (hooks) =>
        new RuntimeState({ ...hooks, directory: this.#directory, kernel: address }),
      onFatal: (error) => {
        throw error;
      },
    });
    daemon.listen();
    const socketPath = join(this.#directory, `${address}.sock`);
    const server = await openControlServer(socketPath, daemon);
    this.#servers.set(address, server);
    daemon.start();
    const client = await connect({ socketPath });
    this.#closers.push(
      () => daemon.abandon(),
      () => server.close(),
      () => client.close(),
    );
    return client;
  }

  /** Another client of a router. */
  async client(address: string): Promise<Client> {
    const client = await connect({ socketPath: join(this.#directory, `${address}.sock`) });
    this.#closers.push(() => client.close());
    return client;
  }

  /** Cuts off all clients of a router. */
  cutOff(address: string): void {
    this.#servers.get(address)?.close();
  }

  close(): void {
    for (const close of this.#closers.reverse()) close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #socket({ address, port = 500, onDatagram }: UdpSocketOptions) {
    this.#sockets.set(address, onDatagram);
    const local = { address, port };
    return {
      ...{ address, port, bypassesPolicy: false, unref: () => {} },
      send: (remote: Datagram['remote'], bytes: Uint8Array) => {
        const copy = Uint8Array.from(bytes);
        setImmediate(() => {
          if (!this.reaches(remote.address)) return;
          this.#sockets.get(remote.address)?.({ local: remote, remote: local, bytes: copy });
        });
      },
      close: () => this.#sockets.delete(address),
    };
  }
}
