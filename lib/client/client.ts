/** A connection to the daemon's control socket, for the command line tools and other programs. */
import type { MenuName } from '../core/config/menu-shapes.js';
import type { Completion } from '../core/console/complete.js';
import type { DaemonStatus } from '../core/control/daemon-status.js';
import type { ExecuteResult } from '../core/control/messages.js';
import { defaultSocketPath } from '../core/control/messages.js';
import type { WatchEvent } from '../core/control/watch-event.js';
import type { Connection } from './connection.js';
import { openConnection } from './open-connection.js';
import type { StopSignal } from './stop-signal.js';
import type { CountersMenu, Menu, PolicyTable, Table, TableOf } from './tables.js';
import { CountersTable, MenuTable } from './tables.js';
import type { EventsByName } from './watch.js';
import { listenFor, Watch } from './watch.js';

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

export interface WatchOptions {
  /** Ends the loop, without an error. */
  readonly signal?: StopSignal;
}

/**
 * A connection to a running daemon. Requests are answered in the order they were made. Whatever it
 * promises rejects with a `ClientError` when there is no answer: ERR_IPSEC_CONNECTION_LOST from the
 * moment the connection is gone (it is not made again), ERR_IPSEC_PROTOCOL when the daemon does not
 * take the request (an option misspelt, a data plane that cannot be read), ERR_IPSEC_REFUSED when a
 * table refuses it.
 */
export interface Client {
  /** Which packets are protected, and how; the only table whose items have an order. */
  readonly policy: PolicyTable;
  /** With whom IKE speaks (A.4); items may be named by their address. */
  readonly peer: Table<'peer'>;
  /** How peers prove themselves (A.5). What it gives contains the secrets. */
  readonly preSharedSecret: Table<'pre-shared-secret'>;
  /** What phase 2 offers and accepts (A.6); items may be named by their name. */
  readonly proposal: Table<'proposal'>;
  /** Templates of manual keys (A.3); items may be named by their name. */
  readonly manualSa: Table<'manual-sa'>;
  /** The SAs as they are, keys included (A.2). Their ids hold as long as this connection. */
  readonly installedSa: Menu<'installed-sa'>;
  /** What became of all packets, one item (A.7). */
  readonly counters: CountersMenu;
  /** The same by the menu's name. Throws a `TypeError` when there is none of that name. */
  table<M extends MenuName>(menu: M): TableOf<M>;
  /**
   * Runs command lines; resolves with `error` when one is refused: only a lost connection rejects.
   * `output` is then what the commands before it printed, and `error` has the console's words, the
   * rule, the place and, where something was not understood, a `hint`. The lines run in this
   * connection's console session: the current menu and the item numbers of the last print stay from
   * call to call.
   */
  execute(text: string, options?: ExecuteOptions): Promise<ExecuteResult>;
  /** What a line that is being typed, up to its cursor, can go on with. */
  complete(line: string): Promise<Completion>;
  /** What `?` shows at the end of that line. */
  help(line: string, options?: { readonly colour?: boolean }): Promise<string>;
  /** The daemon's state as data: what it listens on, the phases by row id, how often what happened. */
  status(): Promise<DaemonStatus>;
  /**
   * What happens from this call on: changes of the tables (without secrets), and what becomes of
   * phases and SAs. Up to 4096 events wait to be taken; then a `lost` event says how many were left
   * out. The loop ends with `signal` and with `close`, and throws when the connection is lost.
   * Who takes events without a loop calls `return()` at the end.
   */
  watch(options?: WatchOptions): AsyncIterableIterator<WatchEvent, undefined>;
  /** Calls the listener for events of that name, until the returned function is called. */
  on<N extends keyof EventsByName>(name: N, listener: (event: EventsByName[N]) => void): () => void;
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>;
  /** Ends the connection; requests without an answer reject. */
  close(): void;
}

/**
 * Connects to the daemon. Rejects with a `ClientError`: ERR_IPSEC_NO_DAEMON when nobody listens at
 * the path, ERR_IPSEC_PERMISSION when this user may not; with a `TypeError` for options it does not
 * know.
 */
export async function connect(options: ConnectOptions = {}): Promise<Client> {
  const { socketPath = defaultSocketPath } = checkedOptions(options);
  return new SocketClient(await openConnection(socketPath));
}

/** Programs in JavaScript have no compiler that tells them. */
function checkedOptions(options: unknown): ConnectOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      `connect takes an object: connect({ socketPath: ${JSON.stringify(options) ?? '...'} })`,
    );
  }
  const stranger = Object.keys(options).find((name) => name !== 'socketPath');
  if (stranger !== undefined) {
    throw new TypeError(`connect has no option "${stranger}": it has socketPath`);
  }
  const { socketPath } = options as { readonly socketPath?: unknown };
  if (socketPath === undefined) return {};
  if (typeof socketPath !== 'string' || socketPath === '') {
    throw new TypeError("socketPath: the path of the daemon's control socket is needed");
  }
  return { socketPath };
}

class SocketClient implements Client {
  readonly #connection: Connection;
  readonly #tables: { readonly [M in MenuName]: TableOf<M> };

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#tables = {
      policy: new MenuTable(connection, 'policy'),
      peer: new MenuTable(connection, 'peer'),
      'pre-shared-secret': new MenuTable(connection, 'pre-shared-secret'),
      proposal: new MenuTable(connection, 'proposal'),
      'manual-sa': new MenuTable(connection, 'manual-sa'),
      'installed-sa': new MenuTable(connection, 'installed-sa'),
      counters: new CountersTable(connection, 'counters'),
    };
  }

  get policy() {
    return this.#tables.policy;
  }

  get peer() {
    return this.#tables.peer;
  }

  get preSharedSecret() {
    return this.#tables['pre-shared-secret'];
  }

  get proposal() {
    return this.#tables.proposal;
  }

  get manualSa() {
    return this.#tables['manual-sa'];
  }

  get installedSa() {
    return this.#tables['installed-sa'];
  }

  get counters() {
    return this.#tables.counters;
  }

  table<M extends MenuName>(menu: M): TableOf<M> {
    if (!Object.hasOwn(this.#tables, menu)) {
      const names = Object.keys(this.#tables).join(', ');
      throw new TypeError(`there is no menu "${menu}": it is one of ${names}`);
    }
    return this.#tables[menu];
  }

  execute(text: string, options: ExecuteOptions = {}): Promise<ExecuteResult> {
    return this.#connection.request({ method: 'execute', text, ...options });
  }

  complete(line: string): Promise<Completion> {
    return this.#connection.request({ method: 'complete', text: line });
  }

  async help(line: string, options: { readonly colour?: boolean } = {}): Promise<string> {
    const result = await this.#connection.request({ method: 'help', text: line, ...options });
    return result.output;
  }

  status(): Promise<DaemonStatus> {
    return this.#connection.request({ method: 'status' });
  }

  watch({ signal }: WatchOptions = {}): Watch {
    return new Watch(this.#connection, signal);
  }

  on<N extends keyof EventsByName>(name: N, listener: (event: EventsByName[N]) => void) {
    return listenFor(this.#connection, name, listener);
  }

  get closed(): Promise<void> {
    return this.#connection.ended;
  }

  close(): void {
    this.#connection.close();
  }
}
