/** Items that refer to items of other tables: by identity, so that renaming follows. */

import type { Config } from './config.js';
import { isTableName, itemsOf, tableMenus, tableNames } from './config.js';
import type { ConfigError } from './config-error.js';
import type { AnyItem, AnyMenu } from './menu.js';
import type { FormatContext, ParseContext } from './property.js';
import { valueErrorText } from './value-error.js';

interface NamedItems {
  readonly ids: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

/** The names of a table's items, looked up once per table: a print asks for every item. */
function itemNames(config: Config): (table: string) => NamedItems {
  const known = new Map<string, NamedItems>();
  return (table) => {
    const before = known.get(table);
    if (before !== undefined) return before;
    const ids = new Map<string, number>();
    const names = new Map<number, string>();
    const itemName = isTableName(table) ? tableMenus[table].itemName : undefined;
    for (const item of isTableName(table) ? itemsOf(config, table) : []) {
      if (itemName === undefined) break;
      ids.set(`${item[itemName]}`, item.id);
      names.set(item.id, `${item[itemName]}`);
    }
    known.set(table, { ids, names });
    return { ids, names };
  };
}

/** Reads names of items out of that configuration. */
export function parseContext(config: Config): ParseContext {
  const namedItems = itemNames(config);
  return {
    idOf: (table, name) => namedItems(table).ids.get(name),
  };
}

/** Writes names of items of that configuration. Moments of time need the router's clock. */
export function formatContext(
  config: Config,
  formatTime: FormatContext['formatTime'] = (seconds) => `${seconds}`,
): FormatContext {
  const namedItems = itemNames(config);
  return {
    formatTime,
    nameOf: (table, id) => namedItems(table).names.get(id),
  };
}

/** A reference to an item that is not there would be our caller's mistake; it is refused, not kept. */
export function brokenReference(
  config: Config,
  menu: AnyMenu,
  item: AnyItem,
): ConfigError | undefined {
  const context = formatContext(config);
  for (const [name, { type }] of Object.entries(menu.properties)) {
    if (type.references !== undefined && type.format(item[name], context) === undefined) {
      return { rule: 'C-54', text: valueErrorText({ kind: 'unknown' }, name) };
    }
  }
  return undefined;
}

/** The table with an item that refers to one of these, or undefined. */
export function userOf(
  config: Config,
  table: string,
  ids: ReadonlySet<number>,
): string | undefined {
  return tableNames.find((user) =>
    Object.entries(tableMenus[user].properties).some(
      ([name, { type }]) =>
        type.references === table &&
        itemsOf(config, user).some((item) => ids.has(item[name] as number)),
    ),
  );
}
