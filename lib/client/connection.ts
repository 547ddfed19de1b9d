/** One connection to the daemon: requests and their answers by id, and the watch events in between. */
import { LineDecoder } from '../core/control/line-decoder.js';
import type { ControlResponse, Method, RequestBody } from '../core/control/messages.js';
import { controlLimits, controlVersion } from '../core/control/messages.js';
import type { Results } from '../core/control/results.js';
import { parseDaemonLine, parseRefusal, parseResult } from '../core/control/results.js';
import type { WatchEvent } from '../core/control/watch-event.js';
import { ClientError } from './client-error.js';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: ClientError) => void;
}

/** What a listener is told last: nothing when the program closed the connection, or why it was lost. */
export interface WatchListener {
  onEvent(event: WatchEvent): void;
  onEnd(error: ClientError | undefined): void;
}

/** What a connection needs of a socket: named here, so that its types need none of Node's. */
export interface ByteStream {
  on(event: 'data', listener: (data: Uint8Array) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  write(text: string): unknown;
  end(): unknown;
  destroySoon(): unknown;
}

export class Connection {
  readonly #socket: ByteStream;
  readonly #path: string;
  readonly #decoder = new LineDecoder(controlLimits.responseBytes);
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<WatchListener>();
  #subscription: Promise<unknown> | undefined;
  #lastId = 0;
  #failure: ClientError | undefined;
  #isClosed = false;
  readonly #ended: Promise<void>;

  constructor(socket: ByteStream, path: string) {
    this.#socket = socket;
    this.#path = path;
    socket.on('data', (data) => this.#receive(data));
    socket.on('error', (cause) => this.#fail(this.#lost(cause)));
    this.#ended = new Promise((resolve) => {
      socket.on('close', () => {
        this.#fail(this.#lost());
        resolve();
      });
    });
  }

  /** Resolves when the connection has ended, whoever ended it. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** The result of a request, or its refusal by a table as a `ClientError`. */
  async request<M extends Method>(body: RequestBody & { readonly method: M }): Promise<Results[M]> {
    const answer = await this.#send(body);
    const refusal = parseRefusal(answer);
    if (refusal !== undefined) {
      const { text, ...details } = refusal;
      throw new ClientError('ERR_IPSEC_REFUSED', text, details);
    }
    const result = parseResult(body.method, answer);
    if (result === undefined) throw this.#notOurs();
    return result;
  }

  /** Tells the listener what happens from now on. Resolves when nothing is missed any more. */
  async listen(listener: WatchListener): Promise<void> {
    if (this.#failure !== undefined) {
      listener.onEnd(this.#isClosed ? undefined : this.#failure);
      return;
    }
    this.#listeners.add(listener);
    this.#subscription ??= this.request({ method: 'subscribe' });
    await this.#subscription;
  }

  unlisten(listener: WatchListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0 || this.#subscription === undefined) return;
    this.#subscription = undefined;
    // Who listens again subscribes again, and the daemon does as it is asked in order. A connection that
    // is gone tells nothing either.
    this.request({ method: 'unsubscribe' }).catch(() => undefined);
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.end();
    this.#fail(new ClientError('ERR_IPSEC_CONNECTION_LOST', 'the connection was closed'));
  }

  #send(body: RequestBody): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ version: controlVersion, id, ...body })}\n`);
    });
  }

  #receive(data: Uint8Array): void {
    const lines = this.#decoder.push(data);
    if (lines === undefined) this.#fail(this.#notOurs());
    for (const line of lines ?? []) {
      const message = parseDaemonLine(line);
      if (message === undefined) this.#fail(this.#notOurs());
      else if ('notify' in message) this.#tell(message.notify);
      else this.#answer(message);
    }
  }

  #tell(event: WatchEvent): void {
    for (const listener of [...this.#listeners]) listener.onEvent(event);
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
    for (const listener of this.#listeners) {
      listener.onEnd(this.#isClosed ? undefined : this.#failure);
    }
    this.#listeners.clear();
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
