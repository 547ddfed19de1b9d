/** The tables as typed objects: every type is inferred from the menus. */
import type {
  CountersItem,
  JsonItem,
  JsonItemInput,
  JsonItemWithStatistics,
  MenuName,
} from '../core/config/menu-shapes.js';
import type { Explanation } from '../core/control/results.js';
import { ClientError } from './client-error.js';
import type { Connection } from './connection.js';
import { policyReady, type ReadyOptions } from './ready.js';
import { conditionText } from './where.js';

/** Items by internal id (`*1A`), or by what may stand for it: the name, of a peer the address. */
export type Items = string | readonly string[];

/**
 * Which items: values that all must have, `{ action: 'encrypt', invalid: true }`, or the condition as
 * the console has it, `'disabled=no && src-address~"^10."'` (C-24).
 */
export type Where<M extends MenuName> =
  | string
  | Partial<Omit<JsonItemWithStatistics<M>, 'id' | 'number'>>;

export interface WithStatistics {
  /** With what is counted and computed from the running system; default false. */
  readonly statistics: true;
}

export interface PrintOptions<M extends MenuName> {
  /** The layout; default: the menu's own. */
  readonly form?: 'brief' | 'detail' | 'terse';
  /** The statistics (B-12). */
  readonly statistics?: boolean;
  readonly where?: Where<M>;
  /** Only these, in this order. */
  readonly from?: Items;
  /** Width of the reader's terminal, 20 to 1000; default 80. */
  readonly columns?: number;
}

/**
 * A menu whose items can be looked at. What it promises rejects with a `ClientError`: ERR_IPSEC_REFUSED
 * with `rule`, and `property` where one is at fault, when the condition or an item is none;
 * ERR_IPSEC_CONNECTION_LOST when the connection is gone.
 */
export interface Menu<M extends MenuName> {
  /**
   * The items that meet the condition, in the order of the table; without one all. With
   * `{ statistics: true }` each has what is counted and computed as well, such as `ph2-state`.
   */
  find(where?: Where<M>): Promise<readonly JsonItem<M>[]>;
  find(
    where: Where<M> | undefined,
    options: WithStatistics,
  ): Promise<readonly JsonItemWithStatistics<M>[]>;
  /** One item; undefined when there is none of that id or name. */
  get(id: string): Promise<JsonItem<M> | undefined>;
  get(id: string, options: WithStatistics): Promise<JsonItemWithStatistics<M> | undefined>;
  /**
   * What the console's `print` shows. It numbers the items for this connection's `execute`, as every
   * print does (C-21).
   */
  print(options?: PrintOptions<M>): Promise<string>;
}

/**
 * A menu whose items can be changed. What a promise says was done is in force and on the disk; what
 * was refused (ERR_IPSEC_REFUSED, with `rule`) has changed nothing.
 */
export interface Table<M extends MenuName> extends Menu<M> {
  /**
   * Adds an item at the end and resolves with its id. Properties without a default must be given,
   * unless an item is copied. Rejects with ERR_IPSEC_REFUSED, `rule` and `property` (C-10, C-60).
   */
  add(values: JsonItemInput<M>, options?: AddOptionsOf<M>): Promise<string>;
  add(
    values: Partial<JsonItemInput<M>>,
    options: AddOptionsOf<M> & { readonly copyFrom: string },
  ): Promise<string>;
  /** Changes all of the items, or none (C-11). */
  set(items: Items, values: Partial<JsonItemInput<M>>): Promise<void>;
  /** Removes all of the items, or none (C-12). */
  remove(items: Items): Promise<void>;
  enable(items: Items): Promise<void>;
  disable(items: Items): Promise<void>;
  /** Whether the items take effect, and if not by which rule, and what to change; without any: all. */
  explain(items?: Items): Promise<readonly Explanation[]>;
}

export interface AddOptions {
  /** Takes what is not given from this item. */
  readonly copyFrom?: string;
}

export interface PolicyAddOptions extends AddOptions {
  /** Adds before this policy instead of at the end. */
  readonly placeBefore?: string;
}

type AddOptionsOf<M extends MenuName> = M extends 'policy' ? PolicyAddOptions : AddOptions;

export interface PolicyTable extends Table<'policy'> {
  /** Places the policies, in their present order, before another, or at the end (C-14). */
  move(items: Items, before?: string): Promise<void>;
  /**
   * Resolves when the policy protects packets: at once when its action is accept or drop or its keys
   * are manual, otherwise when its phase 2 is established. Rejects with ERR_IPSEC_NOT_READY, a message
   * that says what to change, and its `reason`:
   * - at once when waiting cannot help: `disabled`, `invalid` (`rule`: the condition of A-10),
   *   `removed`, `no-peer`, `no-secret`, `manual-sa`, and without `initiate` `no-keys` for missing rows;
   * - after the time limit, for what the peer may still mend: `no-answer`, `exchange-mode`,
   *   `authentication-failed` (the secrets differ), `no-proposal-chosen`, `invalid-id-information` (no
   *   policy there mirrors this one), whatever else failed last, or `timeout` when nothing did.
   *
   * Rejects with ERR_IPSEC_REFUSED (C-61) when there is no such policy, and with
   * ERR_IPSEC_CONNECTION_LOST when the daemon stops meanwhile.
   */
  ready(id: string, options?: ReadyOptions): Promise<void>;
}

/** What became of all packets: a menu of one item. */
export interface CountersMenu extends Omit<Menu<'counters'>, 'get'> {
  /** The counters as they are now. */
  get(): Promise<CountersItem>;
}

/** What serves each menu. */
export type TableOf<M extends MenuName> = M extends 'policy'
  ? PolicyTable
  : M extends 'counters'
    ? CountersMenu
    : M extends 'installed-sa'
      ? Menu<M>
      : Table<M>;

function listed(items: Items): readonly string[] {
  return typeof items === 'string' ? [items] : items;
}

/** One class for all menus: the daemon refuses what a menu has not, the types what a program writes. */
export class MenuTable<M extends MenuName> {
  readonly #connection: Connection;
  readonly #menu: M;

  constructor(connection: Connection, menu: M) {
    this.#connection = connection;
    this.#menu = menu;
  }

  async find(
    where: Where<M> = '',
    options: Partial<WithStatistics> = {},
  ): Promise<readonly JsonItemWithStatistics<M>[]> {
    return this.#rows({ where: conditionText(where), ...options });
  }

  async get(
    id: string,
    options: Partial<WithStatistics> = {},
  ): Promise<JsonItemWithStatistics<M> | undefined> {
    try {
      const [item] = await this.#rows({ ids: [id], ...options });
      return item;
    } catch (error) {
      if (error instanceof ClientError && error.rule === 'C-61') return undefined;
      throw error;
    }
  }

  async print(options: PrintOptions<M> = {}): Promise<string> {
    const { form, statistics, where, from, columns } = options;
    const { output } = await this.#connection.request({
      ...{ method: 'print', menu: this.#menu },
      ...(form !== undefined && { layout: form }),
      ...(statistics !== undefined && { statistics }),
      ...(where !== undefined && { where: conditionText(where) }),
      ...(from !== undefined && { ids: listed(from) }),
      ...(columns !== undefined && { columns }),
    });
    return output;
  }

  async add(values: object, options: PolicyAddOptions = {}): Promise<string> {
    const menu = this.#menu;
    const { id } = await this.#connection.request({
      ...{ method: 'add', menu, values: { ...values }, ...options },
    });
    return id;
  }

  async set(items: Items, values: object): Promise<void> {
    const menu = this.#menu;
    await this.#connection.request({
      ...{ method: 'set', menu, ids: listed(items), values: { ...values } },
    });
  }

  async remove(items: Items): Promise<void> {
    await this.#connection.request({ method: 'remove', menu: this.#menu, ids: listed(items) });
  }

  enable(items: Items): Promise<void> {
    return this.set(items, { disabled: false });
  }

  disable(items: Items): Promise<void> {
    return this.set(items, { disabled: true });
  }

  async explain(items?: Items): Promise<readonly Explanation[]> {
    const ids = items === undefined ? {} : { ids: listed(items) };
    const result = await this.#connection.request({
      ...{ method: 'explain', menu: this.#menu, ...ids },
    });
    return result.items;
  }

  async move(items: Items, before?: string): Promise<void> {
    const menu = this.#menu;
    const place = before === undefined ? {} : { before };
    await this.#connection.request({ method: 'move', menu, ids: listed(items), ...place });
  }

  ready(id: string, options: ReadyOptions = {}): Promise<void> {
    return policyReady(this.#connection, id, options);
  }

  /** Which values an item has was settled by the menus that both ends are made of. */
  async #rows(selection: object): Promise<readonly JsonItemWithStatistics<M>[]> {
    const { items } = await this.#connection.request({
      ...{ method: 'rows', menu: this.#menu, ...selection },
    });
    return items as unknown as readonly JsonItemWithStatistics<M>[];
  }
}

/** The menu whose only item needs no name. */
export class CountersTable extends MenuTable<'counters'> implements CountersMenu {
  override async get(): Promise<CountersItem> {
    const [item] = await this.find();
    if (item === undefined) throw new ClientError('ERR_IPSEC_PROTOCOL', 'ipsecd has no counters');
    return item;
  }
}
