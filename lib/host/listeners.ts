/** One UDP socket for each local address, so that an answer leaves from the address that was asked. */
import type { Address } from '../core/base/address.js';
import type { Datagram } from '../core/ike/input.js';
import { IpsecError } from './errors.js';
import { openUdpSocket, type UdpFailure, type UdpSocket, type UdpSocketOptions } from './udp.js';

export interface ListenersOptions {
  readonly port: number;
  /** IKE itself must not wait for the SAs it is to make. */
  readonly bypassPolicy: boolean;
  readonly onDatagram: (datagram: Datagram) => void;
  readonly onFailure: (failure: UdpFailure) => void;
  /** Replaced in tests. */
  readonly open?: (options: UdpSocketOptions) => UdpSocket;
}

export class Listeners {
  readonly #options: ListenersOptions;
  readonly #sockets = new Map<Address, UdpSocket>();

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  /** The addresses with a socket. */
  addresses(): readonly Address[] {
    return [...this.#sockets.keys()];
  }

  /**
   * Opens sockets for new addresses and closes those of addresses that are gone. Returns why some
   * could not be opened; the others serve. An address that has just vanished is none of these.
   */
  follow(addresses: readonly Address[]): readonly IpsecError[] {
    for (const [address, socket] of this.#sockets) {
      if (addresses.includes(address)) continue;
      socket.close();
      this.#sockets.delete(address);
    }
    const failures: IpsecError[] = [];
    for (const address of addresses) {
      if (this.#sockets.has(address)) continue;
      try {
        this.#sockets.set(address, this.#open(address));
      } catch (error) {
        if (!(error instanceof IpsecError)) throw error;
        if (error.code !== 'ERR_IPSEC_NO_ADDRESS') failures.push(error);
      }
    }
    return failures;
  }

  send({ local, remote, bytes }: Datagram): void {
    const socket = this.#sockets.get(local.address);
    if (socket === undefined) {
      this.#options.onFailure({ operation: 'send', code: 'EADDRNOTAVAIL', local, remote });
    } else socket.send(remote, bytes);
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #open(address: Address): UdpSocket {
    const { port, bypassPolicy, onDatagram, onFailure, open = openUdpSocket } = this.#options;
    return open({ address, port, bypassPolicy, onDatagram, onError: onFailure });
  }
}
