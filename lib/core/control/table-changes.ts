/** What a change of the configuration did to the rows, for those who watch. */
import type { Config, TableName } from '../config/config.js';
import { itemsOf, tableMenus, tableNames } from '../config/config.js';
import { formatId } from '../config/item-id.js';
import { itemValues } from '../config/item-values.js';
import { jsonItem } from '../config/json.js';
import type { AnyItem, AnyMenu, Flag, View } from '../config/menu.js';
import { writableProperties } from '../config/menu.js';
import { formatContext } from '../config/references.js';
import type { JsonObject } from './json-reader.js';
import type { TableEvent } from './watch-event.js';

/** A change before its time is put on. */
export type TableChangeEvent = Omit<TableEvent, 'epochSeconds'>;

/**
 * The rows that differ, table by table. Rows never change: what is the same object is the same row,
 * so a change of one row costs a walk over its table. A row whose flag changed, because another row
 * stands in its way now, has changed as well.
 */
export function tableChanges(before: View, after: View): readonly TableChangeEvent[] {
  return tableNames.flatMap((table) =>
    // What a policy refers to decides about its flag too, so it is looked at after every change.
    sameTable(before.config, after.config, table) ? [] : changesOf(table, before, after),
  );
}

function sameTable(before: Config, after: Config, table: TableName): boolean {
  const hasReasons = tableMenus[table].flags.flat().some(({ reasons }) => reasons !== undefined);
  return !hasReasons && before.tables[table] === after.tables[table];
}

function changesOf(table: TableName, before: View, after: View): readonly TableChangeEvent[] {
  const menu = tableMenus[table];
  const earlier = itemsOf(before.config, table);
  const old = new Map(earlier.map((item) => [item.id, item]));
  const items = itemsOf(after.config, table);
  const row = (item: AnyItem, number: number) => ({
    ...{ kind: 'table' as const, menu: table, id: formatId(item.id), number },
  });
  const shown = (item: AnyItem, number: number) => ({
    ...row(item, number),
    item: withoutSecrets(menu, item, after, number),
  });
  const moved = menu.ordered === undefined ? new Set<number>() : movedIds([...old.keys()], items);
  const flags = menu.flags.flat().filter(({ shows }) => shows === undefined);
  const present = new Set(items.map(({ id }) => id));
  return [
    ...earlier.flatMap((item, number) =>
      present.has(item.id) ? [] : [{ ...row(item, number), change: 'removed' as const }],
    ),
    ...items.flatMap((item, number) => {
      const was = old.get(item.id);
      if (was === undefined) return [{ ...shown(item, number), change: 'added' as const }];
      const changes: TableChangeEvent[] = [];
      if (was !== item || flags.some((flag) => differs(flag, item, before, after))) {
        const changed = changedNames(menu, { item: was, view: before }, { item, view: after });
        if (changed.length > 0)
          changes.push({ ...shown(item, number), change: 'changed', changed });
      }
      if (moved.has(item.id)) changes.push({ ...shown(item, number), change: 'moved' });
      return changes;
    }),
  ];
}

interface Seen {
  readonly item: AnyItem;
  readonly view: View;
}

/** What tells the item from what it was, by name alone: a secret may be among it. */
function changedNames(menu: AnyMenu, before: Seen, after: Seen): readonly string[] {
  const [was, is] = [before, after].map(({ item, view }) =>
    jsonItem(menu, item, { view, format: formatContext(view.config) }),
  );
  return [...itemValues(menu).keys()].filter(
    (name) => JSON.stringify(was?.[name]) !== JSON.stringify(is?.[name]),
  );
}

/** A flag that the item's own values do not say. */
function differs(flag: Flag<AnyItem>, item: AnyItem, before: View, after: View): boolean {
  return flag.applies(item, before) !== flag.applies(item, after);
}

/** Watchers log and forward what they see: the secret is for who asks for it. */
function withoutSecrets(menu: AnyMenu, item: AnyItem, view: View, number: number): JsonObject {
  const properties = writableProperties(menu);
  const json = jsonItem(menu, item, { view, format: formatContext(view.config), number });
  return Object.fromEntries(
    Object.entries(json).filter(([name]) => properties[name]?.type.secret === undefined),
  );
}

/** The fewest rows whose moving explains the new order of those that stayed. */
function movedIds(before: readonly number[], after: readonly AnyItem[]): ReadonlySet<number> {
  const places = new Map(before.map((id, place) => [id, place]));
  const stayed = after.flatMap(({ id }) => {
    const place = places.get(id);
    return place === undefined ? [] : [{ id, place }];
  });
  if (stayed.every(({ place }, index) => place > (stayed[index - 1]?.place ?? -1)))
    return new Set();
  const unmoved = longestRise(stayed.map(({ place }) => place));
  return new Set(stayed.filter((_, index) => !unmoved.has(index)).map(({ id }) => id));
}

/** Indexes of a longest part of the list that rises, in n log n steps. */
function longestRise(values: readonly number[]): ReadonlySet<number> {
  /** Of each length the index of the rise with the least last value. */
  const ends: number[] = [];
  const previous: (number | undefined)[] = [];
  for (const [index, value] of values.entries()) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((values[ends[middle] ?? 0] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    previous[index] = ends[low - 1];
    ends[low] = index;
  }
  const rise = new Set<number>();
  for (let index = ends.at(-1); index !== undefined; index = previous[index]) rise.add(index);
  return rise;
}
