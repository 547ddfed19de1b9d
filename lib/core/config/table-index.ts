/**
 * What every change asks of its table: which item has an id, who has a value that one item alone may
 * have, which default name is free, who refers to an item. Answered without looking at all items.
 */
import { assert } from '../base/assert.js';
import { memoize } from '../base/memoize.js';
import type { AnyItem, AnyMenu } from './menu.js';
import type { FormatContext, Property } from './property.js';

/** An item that comes (`after`), goes (`before`), or is changed into another with its id. */
export interface ItemChange {
  readonly before?: AnyItem;
  readonly after?: AnyItem;
}

export class TableIndex {
  readonly #byId = new Map<number, AnyItem>();
  readonly #unique: ReadonlyMap<string, UniqueValues>;
  /** By property; made when the first one asks. */
  readonly #shared = new Map<string, SharedValues>();

  constructor(menu: AnyMenu, items: readonly AnyItem[] = []) {
    this.#unique = new Map(
      uniqueProperties(menu).map(([name, property]) => [name, new UniqueValues(name, property)]),
    );
    this.apply(items.map((after) => ({ after })));
  }

  item(id: number): AnyItem | undefined {
    return this.#byId.get(id);
  }

  /** The item with that value of a unique property. */
  holder(name: string, value: unknown): AnyItem | undefined {
    const id = this.#unique.get(name)?.holder(value);
    return id === undefined ? undefined : this.#byId.get(id);
  }

  /** The first of the property's default values that no item has. */
  freeDefault(name: string, defaultOf: (number: number) => unknown): unknown {
    const values = this.#unique.get(name);
    assert(values !== undefined, 'only unique properties have a default for every item');
    return values.freeDefault(defaultOf);
  }

  /** The items with that value of a property whose values are texts or numbers. */
  idsWith(name: string, value: unknown): ReadonlySet<number> {
    let values = this.#shared.get(name);
    if (values === undefined) {
      values = new SharedValues(name);
      values.apply(Array.from(this.#byId.values(), (after) => ({ after })));
      this.#shared.set(name, values);
    }
    return values.idsWith(value);
  }

  /** Whether two items would share a value that one alone may have. */
  wouldShare(changes: readonly ItemChange[]): boolean {
    for (const values of this.#unique.values()) {
      if (values.wouldShare(changes)) return true;
    }
    return false;
  }

  apply(changes: readonly ItemChange[]): void {
    for (const { before } of changes) {
      if (before !== undefined) this.#byId.delete(before.id);
    }
    for (const { after } of changes) {
      if (after !== undefined) this.#byId.set(after.id, after);
    }
    for (const values of this.#unique.values()) values.apply(changes);
    for (const values of this.#shared.values()) values.apply(changes);
  }
}

/** Texts are compared, as in every other place; they must depend on the item alone, so that they last. */
const context: FormatContext = {
  nameOf: (_, id) => `${id}`,
  formatTime: (seconds) => `${seconds}`,
};

class UniqueValues {
  readonly #name: string;
  readonly #type: Property<unknown>['type'];
  /** Ids by the text of the value. */
  readonly #holders = new Map<string | undefined, number>();
  /** No default with a smaller number is free. */
  #firstFree = 1;
  /** The numbers of the defaults that were found taken. */
  readonly #numbers = new Map<string | undefined, number>();

  constructor(name: string, { type }: Property<unknown>) {
    this.#name = name;
    this.#type = type;
  }

  holder(value: unknown): number | undefined {
    return this.#holders.get(this.#type.format(value, context));
  }

  freeDefault(defaultOf: (number: number) => unknown): unknown {
    for (;;) {
      const value = defaultOf(this.#firstFree);
      const text = this.#type.format(value, context);
      if (!this.#holders.has(text)) return value;
      this.#numbers.set(text, this.#firstFree);
      this.#firstFree += 1;
    }
  }

  wouldShare(changes: readonly ItemChange[]): boolean {
    const touched = this.#touched(changes);
    const freed = new Set(touched.map(({ before }) => before?.id));
    const taken = new Set<string | undefined>();
    for (const { after } of touched) {
      if (after === undefined) continue;
      const text = this.#textOf(after);
      const holder = this.#holders.get(text);
      if (taken.has(text) || (holder !== undefined && !freed.has(holder))) return true;
      taken.add(text);
    }
    return false;
  }

  apply(changes: readonly ItemChange[]): void {
    const touched = this.#touched(changes);
    for (const { before } of touched) {
      if (before !== undefined) this.#free(this.#textOf(before));
    }
    for (const { after } of touched) {
      if (after !== undefined) this.#holders.set(this.#textOf(after), after.id);
    }
  }

  #free(text: string | undefined): void {
    this.#holders.delete(text);
    this.#firstFree = Math.min(this.#firstFree, this.#numbers.get(text) ?? this.#firstFree);
  }

  /** Most changes leave the values that are unique alone. */
  #touched(changes: readonly ItemChange[]): readonly ItemChange[] {
    return changes.filter(
      ({ before, after }) =>
        before === undefined || after === undefined || before[this.#name] !== after[this.#name],
    );
  }

  #textOf(item: AnyItem): string | undefined {
    return this.#type.format(item[this.#name], context);
  }
}

const nobody: ReadonlySet<number> = new Set();

class SharedValues {
  readonly #name: string;
  readonly #ids = new Map<unknown, Set<number>>();

  constructor(name: string) {
    this.#name = name;
  }

  idsWith(value: unknown): ReadonlySet<number> {
    return this.#ids.get(value) ?? nobody;
  }

  apply(changes: readonly ItemChange[]): void {
    for (const { before, after } of changes) {
      if (before !== undefined) this.#delete(before[this.#name], before.id);
      if (after !== undefined) this.#add(after[this.#name], after.id);
    }
  }

  #delete(value: unknown, id: number): void {
    const ids = this.#ids.get(value);
    ids?.delete(id);
    if (ids?.size === 0) this.#ids.delete(value);
  }

  #add(value: unknown, id: number): void {
    const ids = this.#ids.get(value);
    if (ids === undefined) this.#ids.set(value, new Set([id]));
    else ids.add(id);
  }
}

const uniqueProperties = memoize((menu: AnyMenu) =>
  Object.entries(menu.properties).filter(([, { unique }]) => unique !== undefined),
);

const indexes = new WeakMap<readonly AnyItem[], TableIndex>();

/** The index of these items, as long as they are the newest; not to be kept. */
export function indexOf(menu: AnyMenu, items: readonly AnyItem[]): TableIndex {
  const known = indexes.get(items);
  if (known !== undefined) return known;
  const index = new TableIndex(menu, items);
  indexes.set(items, index);
  return index;
}

/**
 * The table goes on as `next`, and its index with it: that costs what was changed, and not what there
 * is. The items before must be indexed anew, if somebody still asks for them.
 */
export function passIndex(
  index: TableIndex,
  { items, next }: { readonly items: readonly AnyItem[]; readonly next: readonly AnyItem[] },
  changes: readonly ItemChange[],
): void {
  indexes.delete(items);
  index.apply(changes);
  indexes.set(next, index);
}
