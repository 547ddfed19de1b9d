/** A connection to the daemon's control socket, for the command line tools and other programs. */
import { createConnection, type Socket } from 'node:net';
import type { Completion } from '../core/console/complete.js';
import type { DaemonStatus } from '../core/control/daemon-status.js';
import { LineDecoder } from '../core/control/line-decoder.js';
import type { ControlRequest, ControlResponse, ExecuteResult } from '../core/control/messages.js';
import {
  controlLimits,
  controlVersion,
  defaultSocketPath,
  parseExecuteResult,
  parseResponse,
} from '../core/control/messages.js';
import { ClientError } from './client-error.js';

export interface ConnectOptions {
  /** Default: `/run/ipsecctl/ipsecd.sock`. */
  readonly socketPath?: string;
}

export interface ExecuteOptions {
  /** Width of the reader's terminal, 20..1000; default 80. */
  readonly columns?: number;
  /** Property names and the like in colour, for terminals; default false. */
  readonly colour?: boolean;
  /** `json`: whatever prints gives one JSON document a line; default `text`. */
  readonly form?: 'text' | 'json';
}

export interface Client {
  /**
   * Runs command lines in this connection's console session: the current menu and the item numbers
   * of the last print stay from call to call. A refused command is a result with `error`; rejects
   * with a `ClientError` when there is no answer.
   */
  execute(text: string, options?: ExecuteOptions): Promise<ExecuteResult>;
  /** What a line that is being typed, up to its cursor, can go on with. Rejects as `execute` does. */
  complete(line: string): Promise<Completion>;
  /** What `?` shows at the end of that line. Rejects as `execute` does. */
  help(line: string, options?: { readonly colour?: boolean }): Promise<string>;
  /** The daemon's state as data. Rejects as `execute` does. */
  status(): Promise<DaemonStatus>;
  /** Ends the connection; requests without an answer reject. */
  close(): void;
}

/** Connects to the daemon. Rejects with a `ClientError`. */
export function connect({ socketPath = defaultSocketPath }: ConnectOptions = {}): Promise<Client> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    const onError = (error: NodeJS.ErrnoException) => reject(connectError(socketPath, error));
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.off('error', onError);
      resolve(new SocketClient(socket, socketPath));
    });
  });
}

function connectError(path: string, cause: NodeJS.ErrnoException): ClientError {
  switch (cause.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return new ClientError(
        'ERR_IPSEC_NO_DAEMON',
        `no ipsecd answers at ${path}: is it running? Start it with "ipsecd", or name its socket with --socket`,
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

type Request<R> = R extends ControlRequest ? Omit<R, 'version' | 'id'> : never;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: ClientError) => void;
}

class SocketClient implements Client {
  readonly #socket: Socket;
  readonly #path: string;
  readonly #decoder = new LineDecoder(controlLimits.responseBytes);
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #failure: ClientError | undefined;

  constructor(socket: Socket, path: string) {
    this.#socket = socket;
    this.#path = path;
    socket.on('data', (data) => this.#receive(data));
    socket.on('error', (cause) => this.#fail(this.#lost(cause)));
    socket.on('close', () => this.#fail(this.#lost()));
  }

  async execute(text: string, options: ExecuteOptions = {}): Promise<ExecuteResult> {
    const result = parseExecuteResult(await this.#request({ method: 'execute', text, ...options }));
    if (result === undefined) throw this.#notOurs();
    return result;
  }

  async complete(line: string): Promise<Completion> {
    return (await this.#request({ method: 'complete', text: line })) as Completion;
  }

  async help(line: string, options: { readonly colour?: boolean } = {}): Promise<string> {
    const result = await this.#request({ method: 'help', text: line, ...options });
    return (result as { readonly output: string }).output;
  }

  async status(): Promise<DaemonStatus> {
    return (await this.#request({ method: 'status' })) as DaemonStatus;
  }

  close(): void {
    this.#socket.end();
    this.#fail(new ClientError('ERR_IPSEC_CONNECTION_LOST', 'the connection was closed'));
  }

  #request(request: Request<ControlRequest>): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ version: controlVersion, id, ...request })}\n`);
    });
  }

  #receive(data: Uint8Array): void {
    const lines = this.#decoder.push(data);
    if (lines === undefined) this.#fail(this.#notOurs());
    for (const line of lines ?? []) {
      const response = parseResponse(line);
      if (response === undefined) this.#fail(this.#notOurs());
      else this.#answer(response);
    }
  }

  #answer(response: ControlResponse): void {
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if (response.ok) {
      waiting?.resolve(response.result);
      return;
    }
    const error = new ClientError('ERR_IPSEC_PROTOCOL', `ipsecd: ${response.error.message}`);
    // Without an id it concerns the connection, which the daemon closes.
    if (waiting === undefined) this.#fail(error);
    else waiting.reject(error);
  }

  /** The first reason stays: what follows from it says less. */
  #fail(error: ClientError): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    this.#socket.destroySoon();
  }

  #lost(cause?: Error): ClientError {
    return new ClientError(
      'ERR_IPSEC_CONNECTION_LOST',
      `ipsecd at ${this.#path} closed the connection before it answered: see its log`,
      { cause },
    );
  }

  #notOurs(): ClientError {
    return new ClientError(
      'ERR_IPSEC_PROTOCOL',
      `what answers at ${this.#path} does not speak the control protocol of this version`,
    );
  }
}
