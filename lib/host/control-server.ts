/** Serves the control socket: one console session per connection, requests answered in order. */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Completion } from '../core/console/complete.js';
import type { ExecuteOptions } from '../core/console/console-host.js';
import type { DaemonStatus } from '../core/control/daemon-status.js';
import { LineDecoder } from '../core/control/line-decoder.js';
import type {
  ControlErrorCode,
  ControlRequest,
  ControlResponse,
  ExecuteResult,
} from '../core/control/messages.js';
import {
  controlLimits,
  controlVersion,
  parsePingResult,
  parseRequest,
  parseResponse,
} from '../core/control/messages.js';
import { IpsecError } from './errors.js';
import { makeDirectory } from './make-directory.js';
import { askHolder, type Holder, listenOn, socketPathProblem } from './unix-socket.js';

/** What the daemon does for its clients. */
export interface ControlService {
  /** A session keeps the menu a client stands in and the item numbers it printed. */
  openSession(): ControlSession;
  status(): DaemonStatus;
  /** The service or a session threw: a bug of ours. */
  onFatal(error: unknown): void;
}

export interface ControlSession {
  execute(text: string, options: ExecuteOptions): ExecuteResult;
  /** What the line up to the cursor can go on with. */
  complete(line: string): Completion;
  /** What `?` shows at the end of that line. */
  help(line: string, options: ExecuteOptions): string;
}

export interface ControlServer {
  /** Takes no more requests and closes every connection. */
  close(): void;
}

/** Owner and group may command the daemon; whoever can read it could read the secrets. */
const socketMode = 0o660;
const directoryMode = 0o755;
/** How long a refused client may take to read why. */
const lingerMs = 1_000;

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
    serve(socket, service, connections.size > controlLimits.clients);
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
  const response = parseResponse(holder.answer);
  const pid = response?.ok ? parsePingResult(response.result)?.pid : undefined;
  return pid === undefined ? '' : ` (pid ${pid})`;
}

function serve(socket: Socket, service: ControlService, isCrowded: boolean): void {
  // A client that dies in mid line or before its answer harms nobody.
  socket.on('error', () => socket.destroy());
  if (isCrowded) {
    const message = `${controlLimits.clients} clients are connected already; try again later`;
    refuse(socket, 'busy', message);
    return;
  }
  const decoder = new LineDecoder(controlLimits.requestBytes);
  let session: ControlSession | undefined;
  const answer = (line: string): ControlResponse => {
    const request = parseRequest(line);
    if (!request.ok) {
      const { id, code, message } = request.error;
      return { id, ok: false, error: { code, message } };
    }
    session ??= service.openSession();
    const { id } = request.value;
    try {
      return { id, ok: true, result: run(request.value, session, service) };
    } catch (error) {
      // The host failed, such as the data plane that was to be read: not for good, and no bug.
      if (!(error instanceof IpsecError)) throw error;
      return { id, ok: false, error: { code: 'busy', message: `failure: ${error.message}` } };
    }
  };
  socket.on('data', (data) => {
    const lines = decoder.push(data);
    if (lines === undefined) {
      const message = `a request may have ${controlLimits.requestBytes} bytes; send the script in parts`;
      refuse(socket, 'too-long', message);
      return;
    }
    for (const line of lines) {
      if (socket.destroyed) return;
      try {
        socket.write(`${JSON.stringify(answer(line))}\n`);
      } catch (error) {
        socket.destroy();
        service.onFatal(error);
        return;
      }
    }
    // A client that does not read its answers gets no further ones to pile up here.
    if (socket.writableNeedDrain) {
      socket.pause();
      socket.once('drain', () => socket.resume());
    }
  });
}

function run(request: ControlRequest, session: ControlSession, service: ControlService): unknown {
  switch (request.method) {
    case 'ping':
      return { pid: process.pid };
    case 'status':
      return service.status();
    case 'execute': {
      const { text, columns, colour, form } = request;
      return session.execute(text, {
        ...(columns !== undefined && { columns }),
        ...(colour !== undefined && { colour }),
        ...(form !== undefined && { form }),
      });
    }
    case 'complete':
      return session.complete(request.text);
    case 'help':
      return { output: session.help(request.text, { colour: request.colour ?? false }) };
  }
}

function refuse(socket: Socket, code: ControlErrorCode, message: string): void {
  const response: ControlResponse = { id: 0, ok: false, error: { code, message } };
  socket.removeAllListeners('data');
  socket.end(`${JSON.stringify(response)}\n`);
  // What is still under way is read and dropped: closing on unread input would take the answer along.
  socket.resume();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
