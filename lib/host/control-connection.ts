/** One client of the control socket: its requests answered in order, its watch events in between. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Completion } from '../core/console/complete.js';
import type { ExecuteOptions } from '../core/console/console-host.js';
import type { DaemonStatus } from '../core/control/daemon-status.js';
import { LineDecoder } from '../core/control/line-decoder.js';
import type {
  ControlErrorCode,
  ControlRequest,
  ControlResponse,
  ExecuteResult,
  Notification,
  PrintRequest,
  TableRequest,
} from '../core/control/messages.js';
import { controlLimits, parseRequest } from '../core/control/messages.js';
import type { WatchEvent } from '../core/control/watch-event.js';
import { IpsecError } from './errors.js';

/** What the daemon does for its clients. */
export interface ControlService {
  /** A session keeps the menu a client stands in and the item numbers it printed. */
  openSession(): ControlSession;
  /** What answers requests about the items of menus, with a result or a refusal. */
  openTables(): TableService;
  status(): DaemonStatus;
  /** Tells the listener what happens from now on, until the returned function is called. */
  watch(listener: (event: WatchEvent) => void): () => void;
  /** Seconds since the epoch. */
  epochSeconds(): number;
  /** The service or a session threw: a bug of ours. */
  onFatal(error: unknown): void;
}

export interface ControlSession {
  /** Resolves when what the text changed is in force and on the disk. */
  execute(text: string, options: ExecuteOptions): Promise<ExecuteResult>;
  /** What `print` shows of items, or a refusal. Rejects with an `IpsecError`. */
  print(request: PrintRequest): Promise<object>;
  /** What the line up to the cursor can go on with. */
  complete(line: string): Completion;
  /** What `?` shows at the end of that line. */
  help(line: string, options: ExecuteOptions): string;
  /** The client is gone: a text under way stops at its next pause; what is settled stays. */
  close(): void;
}

export interface TableService {
  /** What it changed is in force and on the disk when it returns. Throws an `IpsecError`. */
  answer(request: TableRequest): object;
}

/** How long a refused client may take to read why. */
const lingerMs = 1_000;

/** Serves a client until one of the two hangs up. */
export function serveClient(socket: Socket, service: ControlService): void {
  new ControlConnection(socket, service);
}

/** Tells a client that there are too many already. */
export function refuseCrowd(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  refuse(socket, 'busy', `${controlLimits.clients} clients are connected already; try again later`);
}

class ControlConnection {
  readonly #socket: Socket;
  readonly #service: ControlService;
  readonly #decoder = new LineDecoder(controlLimits.requestBytes);
  /** Requests that wait for their turn. */
  readonly #waiting: string[] = [];
  #isAnswering = false;
  #session: ControlSession | undefined;
  #tables: TableService | undefined;
  #unwatch: (() => void) | undefined;
  /** Watch events left out since the client last kept up. */
  #lost = 0;

  constructor(socket: Socket, service: ControlService) {
    this.#socket = socket;
    this.#service = service;
    // A client that dies in mid line or before its answer harms nobody.
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => this.#receive(data));
    socket.on('drain', () => this.#tellLost());
    socket.on('close', () => this.#close());
  }

  #close(): void {
    this.#waiting.length = 0;
    this.#session?.close();
    this.#unwatch?.();
  }

  #receive(data: Uint8Array): void {
    const lines = this.#decoder.push(data);
    if (lines === undefined) {
      this.#unwatch?.();
      const message = `a request may have ${controlLimits.requestBytes} bytes; send the script in parts`;
      refuse(this.#socket, 'too-long', message);
      return;
    }
    this.#waiting.push(...lines);
    // Until then reading goes on: it is how the end of a client is seen.
    if (this.#waiting.length > controlLimits.waitingRequests) this.#socket.pause();
    if (!this.#isAnswering) void this.#answerAll();
  }

  /** One after the other, in their order; a client that does not read its answers gets no more. */
  async #answerAll(): Promise<void> {
    this.#isAnswering = true;
    try {
      for (let line = this.#waiting.shift(); line !== undefined; line = this.#waiting.shift()) {
        const response = await this.#answer(line);
        if (this.#socket.destroyed) return;
        this.#write(response);
        if (this.#socket.writableNeedDrain) await this.#drained();
        if (this.#waiting.length <= controlLimits.waitingRequests) this.#socket.resume();
      }
    } catch (error) {
      this.#socket.destroy();
      this.#service.onFatal(error);
    } finally {
      this.#isAnswering = false;
    }
  }

  async #drained(): Promise<void> {
    const gone = new AbortController();
    const onClose = () => gone.abort();
    this.#socket.once('close', onClose);
    try {
      await once(this.#socket, 'drain', { signal: gone.signal });
    } catch {
      // It hung up instead of reading: there is nobody left to answer.
    } finally {
      this.#socket.off('close', onClose);
    }
  }

  async #answer(line: string): Promise<ControlResponse> {
    const request = parseRequest(line);
    if (!request.ok) {
      const { id, code, message } = request.error;
      return { id, ok: false, error: { code, message } };
    }
    const { id } = request.value;
    try {
      return { id, ok: true, result: await this.#result(request.value) };
    } catch (error) {
      // The host failed, such as the data plane that was to be read: not for good, and no bug.
      if (!(error instanceof IpsecError)) throw error;
      return { id, ok: false, error: { code: 'busy', message: `failure: ${error.message}` } };
    }
  }

  #result(request: ControlRequest): unknown {
    switch (request.method) {
      case 'ping':
        return { pid: process.pid };
      case 'status':
        return this.#service.status();
      case 'execute': {
        const { text, columns, colour, form } = request;
        return this.#console().execute(text, {
          ...(columns !== undefined && { columns }),
          ...(colour !== undefined && { colour }),
          ...(form !== undefined && { form }),
        });
      }
      case 'complete':
        return this.#console().complete(request.text);
      case 'help':
        return { output: this.#console().help(request.text, { colour: request.colour ?? false }) };
      case 'subscribe':
        this.#unwatch ??= this.#service.watch((event) => this.#notify(event));
        return {};
      case 'unsubscribe':
        this.#unwatch?.();
        this.#unwatch = undefined;
        this.#lost = 0;
        return {};
      case 'print':
        return this.#console().print(request);
      default:
        this.#tables ??= this.#service.openTables();
        return this.#tables.answer(request);
    }
  }

  #console(): ControlSession {
    this.#session ??= this.#service.openSession();
    return this.#session;
  }

  #write(line: ControlResponse | Notification): void {
    this.#socket.write(lineOf(line) ?? `${JSON.stringify(tooLong(line))}\n`);
  }

  /** Who does not read is told how much it missed, once it reads again. */
  #notify(event: WatchEvent): void {
    if (this.#lost > 0 || this.#socket.writableLength > controlLimits.unreadBytes) this.#lost += 1;
    else this.#write({ notify: event });
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    const count = this.#lost;
    this.#lost = 0;
    this.#write({ notify: { kind: 'lost', epochSeconds: this.#service.epochSeconds(), count } });
  }
}

/** Undefined when no client would take it, or it cannot even be put together. */
function lineOf(message: ControlResponse | Notification): string | undefined {
  try {
    const line = `${JSON.stringify(message)}\n`;
    return Buffer.byteLength(line) > controlLimits.responseBytes ? undefined : line;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

/** Told instead of an answer; what the request has changed stays changed. */
function tooLong(message: ControlResponse | Notification): ControlResponse {
  const words = `the answer has more than ${controlLimits.responseBytes} bytes: ask for fewer items at once`;
  const id = 'id' in message ? message.id : 0;
  return { id, ok: false, error: { code: 'too-long', message: words } };
}

function refuse(socket: Socket, code: ControlErrorCode, message: string): void {
  const response: ControlResponse = { id: 0, ok: false, error: { code, message } };
  socket.removeAllListeners('data');
  socket.end(`${JSON.stringify(response)}\n`);
  // What is still under way is read and dropped: closing on unread input would take the answer along.
  socket.resume();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}
