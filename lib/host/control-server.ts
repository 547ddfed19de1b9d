/** The control socket: who may hold its path, and whom it serves. */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { ControlRequest } from '../core/control/messages.js';
import { controlLimits, controlVersion } from '../core/control/messages.js';
import { parseDaemonLine, parseResult } from '../core/control/results.js';
import type { ControlService } from './control-connection.js';
import { refuseCrowd, serveClient } from './control-connection.js';
import { IpsecError } from './errors.js';
import { makeDirectory } from './make-directory.js';
import { askHolder, type Holder, listenOn, socketPathProblem } from './unix-socket.js';

export interface ControlServer {
  /** Takes no more requests and closes every connection. */
  close(): void;
}

/** Owner and group may command the daemon; whoever can read it could read the secrets. */
const socketMode = 0o660;
const directoryMode = 0o755;

/** Throws a `IpsecError` when another daemon answers at the path or it cannot be bound. */
export async function openControlServer(
  path: string,
  service: ControlService,
): Promise<ControlServer> {
  const problem = socketPathProblem(path);
  if (problem !== undefined)
    throw new IpsecError('ERR_IPSEC_CONTROL', `${problem}; choose a shorter --socket`);
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    if (connections.size > controlLimits.clients) refuseCrowd(socket);
    else serveClient(socket, service);
  });
  try {
    openDirectory(dirname(path));
    await removeStale(path);
    await listenOn(server, path, socketMode);
  } catch (cause) {
    if (cause instanceof IpsecError) throw cause;
    throw new IpsecError(
      'ERR_IPSEC_CONTROL',
      `cannot serve the control socket ${path} (${(cause as Error).message}): run as root, or name another path with --socket`,
      cause,
    );
  }
  return { close: () => close(server, connections) };
}

function close(server: Server, connections: ReadonlySet<Socket>): void {
  server.close();
  for (const socket of connections) socket.destroy();
}

function openDirectory(path: string): void {
  // The mask of this process must not decide who can reach the socket.
  if (makeDirectory(path, directoryMode)) chmodSync(path, directoryMode);
}

/** Removes what a killed daemon left at the path; refuses when somebody answers there. */
async function removeStale(path: string): Promise<void> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) {
    throw new IpsecError(
      'ERR_IPSEC_CONTROL',
      `cannot serve the control socket ${path}: a file of that name is in the way`,
    );
  }
  const ping: ControlRequest = { version: controlVersion, id: 0, method: 'ping' };
  const holder = await askHolder(path, `${JSON.stringify(ping)}\n`);
  if (holder.kind === 'dead') {
    rmSync(path, { force: true });
    return;
  }
  throw new IpsecError(
    'ERR_IPSEC_CONTROL',
    `another ipsecd is running${whoIs(holder)} at the socket ${path}: stop it, or give this one its own --socket`,
  );
}

function whoIs(holder: Exclude<Holder, { kind: 'dead' }>): string {
  if (holder.kind !== 'alive') return ` or cannot be asked (${holder.code})`;
  const response = parseDaemonLine(holder.answer);
  const pid =
    response !== undefined && 'ok' in response && response.ok
      ? parseResult('ping', response.result)?.pid
      : undefined;
  return pid === undefined ? '' : ` (pid ${pid})`;
}
