/** Which items a command means: by number, id, name, or a list of these (C-20, C-21, C-22). */
import type { Result } from '../base/result.js';
import { err, ok } from '../base/result.js';
import type { ConfigError } from '../config/config-error.js';
import { noSuchItem } from '../config/config-error.js';
import type { LiveStatus } from '../config/live-status.js';
import type { AnyItem, AnyMenu } from '../config/menu.js';
import type { FormatContext, ParseContext } from '../config/property.js';
import { indexOf } from '../config/table-index.js';
import { listed } from './hints.js';
import type { NumberedItem } from './print.js';

/** Ids by number, with gaps where a print showed only some; whether a print gave them. */
interface NumberTable {
  readonly ids: readonly (number | undefined)[];
  readonly printed: boolean;
  /** The highest id there was; items added since have higher ones. */
  readonly newestId: number;
}

const noNumbers: NumberTable = { ids: [], printed: false, newestId: 0 };

/** The tables by menu; a value, so that what a refused command did to them can be forgotten. */
export type NumberTables = ReadonlyMap<string, NumberTable>;

/** The numbers one session has seen: they stay with their items whatever else happens. */
export class ItemNumbers {
  #tables: NumberTables;

  constructor(tables: NumberTables) {
    this.#tables = tables;
  }

  get tables(): NumberTables {
    return this.#tables;
  }

  /** After a print: the items shown have the numbers shown, and no others have any. */
  assign(menu: AnyMenu, items: readonly NumberedItem[]): void {
    const ids: (number | undefined)[] = [];
    for (const { number, item } of items) ids[number] = item.id;
    this.#keep(menu, { ids, printed: true, newestId: 0 });
  }

  /**
   * The item with that number. Before the first print numbers are given as if one had happened
   * (C-21), and to items added since as well: a script may `add` and then `set`.
   */
  idOf(menu: AnyMenu, number: number, items: readonly AnyItem[]): number | undefined {
    const { ids, printed, newestId } = this.#tables.get(menu.name) ?? noNumbers;
    if (printed || number < ids.length) return ids[number];
    const added = addedSince(newestId, items, menu);
    const all = [...ids, ...added];
    const newest = added.reduce((highest, id) => Math.max(highest, id), newestId);
    this.#keep(menu, { ids: all, printed, newestId: newest });
    return all[number];
  }

  /** The numbers that mean an item now, and whether a print gave them. */
  known(menu: AnyMenu, items: readonly AnyItem[]) {
    // Without a print whatever there is has a number once one is asked for.
    this.idOf(menu, Number.MAX_SAFE_INTEGER, items);
    const { ids, printed } = this.#tables.get(menu.name) ?? noNumbers;
    const present = new Set(items.map(({ id }) => id));
    const known = [...ids.entries()].flatMap(([number, id]) =>
      id !== undefined && present.has(id) ? [number] : [],
    );
    return { printed, known };
  }

  #keep(menu: AnyMenu, table: NumberTable): void {
    this.#tables = new Map(this.#tables).set(menu.name, table);
  }
}

/** The ids above that one, in the order of the table: at its end, unless items are placed elsewhere. */
function addedSince(
  newestId: number,
  items: readonly AnyItem[],
  { ordered }: AnyMenu,
): readonly number[] {
  const added: number[] = [];
  for (const { id } of [...items].reverse()) {
    if (id > newestId) added.push(id);
    else if (ordered === undefined) break;
  }
  return added.reverse();
}

/** Ids for what the running system shows: given when first seen, for one session. */
export class LiveIds {
  readonly #ids = new Map<string, number>();
  #next = 1;

  items(menu: AnyMenu, status: LiveStatus): readonly AnyItem[] {
    const rows = menu.live?.(status) ?? [];
    const present = new Set(rows.map(({ key }) => `${menu.name} ${key}`));
    for (const key of this.#ids.keys()) {
      if (key.startsWith(`${menu.name} `) && !present.has(key)) this.#ids.delete(key);
    }
    return rows.map(({ key, row }) => ({
      ...row,
      id: this.#idOf(`${menu.name} ${key}`),
      disabled: false,
      comment: '',
    }));
  }

  #idOf(key: string): number {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#next;
    this.#next += 1;
    this.#ids.set(key, id);
    return id;
  }
}

/** Where items are named. */
export interface ItemContext {
  readonly menu: AnyMenu;
  readonly items: readonly AnyItem[];
  readonly parse: ParseContext;
  /** Absent where numbers mean nothing: they belong to a console. */
  readonly numbers?: ItemNumbers;
}

export type NumberedContext = ItemContext & { readonly numbers: ItemNumbers };

/** Ids, such as `find` gives, and numbers: they mean their items, whatever others are called. */
const idsAndNumbers = /^(?:\*[0-9A-Fa-f]+|\d+)(?:[,;](?:\*[0-9A-Fa-f]+|\d+))*$/;

/**
 * The ids a text names, each once, in the order given. An item may be called `a,b`: unless it is a list
 * of ids and numbers, the whole text is looked for among the names before it is a list.
 */
export function resolveItems(
  text: string,
  context: NumberedContext,
): Result<readonly number[], ConfigError> {
  if (text === '') return ok([]);
  const whole = idsAndNumbers.test(text) ? undefined : itemNamed(text, context);
  if (whole !== undefined) return ok([whole]);
  // Lists are written with commas; what `find` gives has semicolons.
  return itemsNamed(text.split(/[,;]/), context);
}

/** The ids of the items that the words name, each once; every word must name one. */
export function itemsNamed(
  words: readonly string[],
  context: ItemContext,
): Result<readonly number[], ConfigError> {
  const ids = new Set<number>();
  for (const word of words) {
    const id = itemNamed(word, context);
    if (id === undefined) return err(noSuchItem);
    ids.add(id);
  }
  return ok([...ids]);
}

/** Which items there are, for a text that names none (C-61). */
export function itemsHint(
  { menu, items, numbers }: NumberedContext,
  format: FormatContext,
): string {
  if (items.length === 0) return `${menu.name} has no items`;
  const { printed, known } = numbers.known(menu, items);
  const which = known.length === 0 ? 'no item that is still there' : rangeOf(known);
  const numbered = printed
    ? `the last print numbered ${which}: print again for new numbers`
    : `the numbers are ${which}`;
  const { itemName } = menu;
  const type = itemName === undefined ? undefined : menu.properties[itemName]?.type;
  if (itemName === undefined || type === undefined) return numbered;
  const names = items.map((item) => type.format(item[itemName], format) ?? '');
  return `${numbered}; the ${itemName} may stand for the item: ${listed(names)}`;
}

/** `0 to 7`, or one by one where some are gone. */
function rangeOf(ascending: readonly number[]): string {
  const first = ascending[0] ?? 0;
  const last = ascending.at(-1) ?? first;
  const isWhole = ascending.length > 2 && last - first === ascending.length - 1;
  return isWhole ? `${first} to ${last}` : listed(ascending.map((number) => `${number}`));
}

/** The form of the word says what it is: an id, a number, or else a name. */
function itemNamed(word: string, context: ItemContext): number | undefined {
  const { menu, items, numbers } = context;
  const index = indexOf(menu, items);
  const id = /^\*([0-9A-Fa-f]{1,12})$/.exec(word)?.[1];
  if (id !== undefined) return index.item(Number.parseInt(id, 16))?.id;
  if (!/^\d+$/.test(word)) return holderOf(word, context);
  const numbered = word.length > digitsMax ? undefined : numbers?.idOf(menu, Number(word), items);
  return numbered === undefined ? undefined : index.item(numbered)?.id;
}

/** Of numbers; no table has more items. */
const digitsMax = 9;

/** By the property that names items, read with its own grammar: `10.0.0.1` finds `10.0.0.1:500`. */
function holderOf(name: string, { menu, items, parse }: ItemContext): number | undefined {
  const { itemName } = menu;
  if (itemName === undefined) return undefined;
  const value = menu.properties[itemName]?.type.parse(name, parse);
  return value?.ok ? indexOf(menu, items).holder(itemName, value.value)?.id : undefined;
}
