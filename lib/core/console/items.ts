/** Which items a command means: by number, id, name, or a list of these (C-20, C-21, C-22). */
import type { Result } from '../base/result.js';
import { err, ok } from '../base/result.js';
import type { ConfigError } from '../config/config-error.js';
import { noSuchItem } from '../config/config-error.js';
import type { LiveStatus } from '../config/live-status.js';
import type { AnyItem, AnyMenu } from '../config/menu.js';
import type { FormatContext, ParseContext } from '../config/property.js';
import type { NumberedItem } from './print.js';

/** Ids by number, with gaps where a print showed only some; whether a print gave them. */
interface NumberTable {
  readonly ids: readonly (number | undefined)[];
  readonly printed: boolean;
}

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
    this.#keep(menu, { ids, printed: true });
  }

  /**
   * The item with that number. Before the first print numbers are given as if one had happened
   * (C-21), and to items added since as well: a script may `add` and then `set`.
   */
  idOf(menu: AnyMenu, number: number, items: readonly AnyItem[]): number | undefined {
    const { ids, printed } = this.#tables.get(menu.name) ?? { ids: [], printed: false };
    if (printed || number < ids.length) return ids[number];
    const numbered = new Set(ids);
    const added = items.filter(({ id }) => !numbered.has(id)).map(({ id }) => id);
    const all = [...ids, ...added];
    this.#keep(menu, { ids: all, printed });
    return all[number];
  }

  #keep(menu: AnyMenu, table: NumberTable): void {
    this.#tables = new Map(this.#tables).set(menu.name, table);
  }
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

export interface ItemContext {
  readonly menu: AnyMenu;
  readonly items: readonly AnyItem[];
  readonly numbers: ItemNumbers;
  readonly parse: ParseContext;
  readonly format: FormatContext;
}

/** The ids a text names, each once, in the order given. */
export function resolveItems(
  text: string,
  context: ItemContext,
): Result<readonly number[], ConfigError> {
  const whole = text === '' ? undefined : namedItem(text, context);
  if (whole !== undefined) return ok([whole]);
  const ids = new Set<number>();
  // Lists are written with commas; what `find` gives has semicolons.
  for (const part of text === '' ? [] : text.split(/[,;]/)) {
    const id = resolveItem(part, context);
    if (id === undefined) return err(noSuchItem);
    ids.add(id);
  }
  return ok([...ids]);
}

function resolveItem(text: string, context: ItemContext): number | undefined {
  const { menu, items, numbers } = context;
  const id = /^\*([0-9A-Fa-f]{1,12})$/.exec(text)?.[1];
  const wanted =
    id !== undefined
      ? Number.parseInt(id, 16)
      : /^\d{1,9}$/.test(text)
        ? numbers.idOf(menu, Number(text), items)
        : namedItem(text, context);
  return items.some((item) => item.id === wanted) ? wanted : undefined;
}

/** By the property that names items, read with its own grammar: `10.0.0.1` finds `10.0.0.1:500`. */
export function namedItem(
  text: string,
  { menu, items, parse, format }: Omit<ItemContext, 'numbers'>,
): number | undefined {
  const { itemName } = menu;
  if (itemName === undefined || /^\d+$/.test(text)) return undefined;
  const type = menu.properties[itemName]?.type;
  const value = type?.parse(text, parse);
  if (type === undefined || value === undefined || !value.ok) return undefined;
  const canonical = type.format(value.value, format);
  return items.find((item) => type.format(item[itemName], format) === canonical)?.id;
}
