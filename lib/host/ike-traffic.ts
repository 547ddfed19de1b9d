/** IKE's datagrams on all local addresses: sockets that follow the addresses, and what the log is told. */
import type { Address } from '../core/base/address.js';
import type { Datagram } from '../core/ike/input.js';
import type { IpsecError } from './errors.js';
import type { EventLog } from './event-log.js';
import { Listeners } from './listeners.js';
import type { Log } from './log.js';
import type { UdpFailure, UdpSocket, UdpSocketOptions } from './udp.js';

export interface IkeTrafficOptions {
  readonly port: number;
  /** The kernel's policies do not hold for IKE itself. */
  readonly bypassPolicy: boolean;
  readonly addresses: () => readonly Address[];
  readonly openSocket: (options: UdpSocketOptions) => UdpSocket;
  readonly onDatagram: (datagram: Datagram) => void;
  readonly log: Log;
  readonly eventLog: EventLog;
}

export class IkeTraffic {
  readonly #options: IkeTrafficOptions;
  readonly #listeners: Listeners;
  #failures: readonly IpsecError[] = [];

  constructor(options: IkeTrafficOptions) {
    const { port, bypassPolicy, openSocket } = options;
    this.#options = options;
    this.#listeners = new Listeners({
      port,
      bypassPolicy,
      onDatagram: (datagram) => this.#onDatagram(datagram),
      onFailure: (failure) => this.#onFailure(failure),
      open: openSocket,
    });
  }

  /** The local addresses that are listened on. */
  get addresses(): readonly Address[] {
    return this.#listeners.addresses();
  }

  /** A socket is wanted and not there: it is worth trying again. */
  get isFaulty(): boolean {
    return this.#failures.length > 0;
  }

  /** Opens the sockets of all local addresses. Throws an `IpsecError` when one cannot be opened. */
  open(): void {
    const [failure] = this.#listeners.follow(this.#options.addresses());
    if (failure !== undefined) throw failure;
  }

  /** Opens and closes sockets as the local addresses are now; each new failure is logged once. */
  follow(): void {
    const { addresses, log } = this.#options;
    const known = new Set(this.#failures.map(({ message }) => message));
    this.#failures = this.#listeners.follow(addresses());
    for (const { code, message } of this.#failures) {
      if (!known.has(message)) log.error({ event: 'listen', reason: code }, message);
    }
  }

  send(datagram: Datagram): void {
    this.#trace('sent', datagram);
    this.#listeners.send(datagram);
  }

  close(): void {
    this.#listeners.close();
  }

  #onDatagram(datagram: Datagram): void {
    this.#trace('received', datagram);
    this.#options.onDatagram(datagram);
  }

  #trace(event: 'received' | 'sent', { local, remote, bytes }: Datagram): void {
    const { log } = this.#options;
    if (!log.isLevelEnabled('trace')) return;
    const ends = { local: local.address, remote: `${remote.address}:${remote.port}` };
    log.trace({ event, ...ends, bytes: bytes.length }, 'datagram');
  }

  #onFailure({ operation, code, local, remote }: UdpFailure): void {
    const to = remote === undefined ? '' : ` to ${remote.address}:${remote.port}`;
    this.#options.eventLog.failure(
      'warn',
      { event: 'udpFailed', reason: code, local: local.address, remote: remote?.address },
      `cannot ${operation} IKE datagrams${to} on ${local.address}:${local.port}: ${code}`,
    );
  }
}
