/** UDP sockets for IKE, one for each local address: addon sockets, because dgram hides the options. */
import type { Address, Endpoint } from '../core/base/address.js';
import { addressFromNumber, addressToNumber } from '../core/base/address.js';
import type { Datagram } from '../core/ike/input.js';
import { addon, isSystemError, type NativeUdpSocket } from './addon.js';
import { errnoName } from './errno.js';
import { IpsecError } from './errors.js';

/** A datagram that could not be sent or received. The socket goes on. */
export interface UdpFailure {
  readonly operation: 'send' | 'receive';
  /** An errno name: EPERM (a firewall, or a policy that blocks), ENETUNREACH, EHOSTUNREACH... */
  readonly code: string;
  readonly local: Endpoint;
  /** Undefined for `receive`. */
  readonly remote?: Endpoint;
}

export interface UdpSocketOptions {
  /** One of this host's addresses. */
  readonly address: Address;
  /** Default 500; 0 lets the kernel choose. */
  readonly port?: number;
  /** Exempts the socket's packets from all policies; without CAP_NET_ADMIN it is not exempt. */
  readonly bypassPolicy?: boolean;
  /** The kernel takes ESP in UDP out of the stream and leaves the rest (RFC 3948, port 4500). */
  readonly encapsulateEsp?: boolean;
  readonly onDatagram: (datagram: Datagram) => void;
  readonly onError: (failure: UdpFailure) => void;
}

export interface UdpSocket {
  readonly address: Address;
  readonly port: number;
  /** Whether `bypassPolicy` was asked for and allowed. */
  readonly bypassesPolicy: boolean;
  /** Sends at once; a failure goes to `onError`, before this returns. */
  send(remote: Endpoint, bytes: Uint8Array): void;
  /** Nothing is received after this. Sending then fails with EBADF. */
  close(): void;
  /** Lets the process end although the socket is open. */
  unref(): void;
}

const ikePort = 500;

/**
 * Throws IpsecError ERR_IPSEC_PORT_TAKEN, ERR_IPSEC_PERMISSION, ERR_IPSEC_NO_ADDRESS or
 * ERR_IPSEC_SOCKET. Datagrams above the path's MTU leave in fragments.
 */
export function openUdpSocket(options: UdpSocketOptions): UdpSocket {
  const { address, port = ikePort, onDatagram, onError } = options;
  let native: NativeUdpSocket;
  try {
    native = new (addon().UdpSocket)(
      addressToNumber(address),
      port,
      options.bypassPolicy ?? false,
      options.encapsulateEsp ?? false,
      (bytes, remoteAddress, remotePort) => {
        const remote = { address: addressFromNumber(remoteAddress), port: remotePort };
        onDatagram({ local, remote, bytes });
      },
      (errno) => onError({ operation: 'receive', code: errnoName(errno), local }),
    );
  } catch (error) {
    throw openError(error, address, port);
  }
  const local: Endpoint = { address, port: native.port };
  return {
    address,
    port: native.port,
    bypassesPolicy: native.bypassesPolicies,
    send(remote, bytes) {
      const errno = native.send(addressToNumber(remote.address), remote.port, bytes);
      if (errno !== 0) onError({ operation: 'send', code: errnoName(errno), local, remote });
    },
    close: () => native.close(),
    unref: () => native.keepAlive(false),
  };
}

function openError(error: unknown, address: Address, port: number): unknown {
  if (!isSystemError(error)) return error;
  const code = errnoName(error.errno);
  switch (code) {
    case 'EADDRINUSE':
      return new IpsecError(
        'ERR_IPSEC_PORT_TAKEN',
        `UDP port ${port} of ${address} is taken: stop the other IKE daemon (charon, pluto, racoon, ` +
          `iked); "ss -ulpn sport = :${port}" names it`,
        error,
      );
    case 'EACCES':
    case 'EPERM':
      return new IpsecError(
        'ERR_IPSEC_PERMISSION',
        `no permission to open UDP port ${port} of ${address}: run as root, or give the process ` +
          'CAP_NET_BIND_SERVICE and CAP_NET_ADMIN',
        error,
      );
    case 'EADDRNOTAVAIL':
      return new IpsecError(
        'ERR_IPSEC_NO_ADDRESS',
        `${address} is not an address of this host: UDP port ${port} cannot be opened on it`,
        error,
      );
    default:
      return new IpsecError(
        'ERR_IPSEC_SOCKET',
        `UDP port ${port} of ${address} cannot be opened: ${error.message} (${code})`,
        error,
      );
  }
}
