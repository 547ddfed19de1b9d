/** Connects to the daemon's socket, or says why that cannot be done and what to do. */
import { createConnection } from 'node:net';
import { ClientError } from './client-error.js';
import { Connection } from './connection.js';

/** Rejects with a `ClientError`. */
export function openConnection(path: string): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    const onError = (error: NodeJS.ErrnoException) => reject(connectError(path, error));
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.off('error', onError);
      resolve(new Connection(socket, path));
    });
  });
}

function connectError(path: string, cause: NodeJS.ErrnoException): ClientError {
  switch (cause.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return new ClientError(
        'ERR_IPSEC_NO_DAEMON',
        `no ipsecd answers at ${path}: is it running? Start it with "ipsecd", or name its socket: --socket, in a program socketPath`,
        { cause },
      );
    case 'EACCES':
    case 'EPERM':
      return new ClientError(
        'ERR_IPSEC_PERMISSION',
        `no permission to use ${path}: run as root or as a member of the socket's group`,
        { cause },
      );
    default:
      return new ClientError('ERR_IPSEC_NO_DAEMON', `cannot connect to ${path}: ${cause.message}`, {
        cause,
      });
  }
}
