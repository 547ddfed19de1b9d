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

const nobody: NamedItems = { ids: new Map(), names: new Map() };
// A table never changes, so its names are collected once: every command and every cell asks for them.
const known = new WeakMap<readonly AnyItem[], NamedItems>();

function namedItems(config: Config, table: string): NamedItems {
  if (!isTableName(table)) return nobody;
  const { itemName } = tableMenus[table];
  if (itemName === undefined) return nobody;
  const items = itemsOf(config, table);
  const before = known.get(items);
  if (before !== undefined) return before;
  const ids = new Map<string, number>();
  const names = new Map<number, string>();
  for (const item of items) {
    ids.set(`${item[itemName]}`, item.id);
    names.set(item.id, `${item[itemName]}`);
  }
  known.set(items, { ids, names });
  return { ids, names };
}

/** Reads names of items out of that configuration. Moments of time need the router's clock. */
export function parseContext(config: Config, timeOf?: ParseContext['timeOf']): ParseContext {
  return {
    idOf: (table, name) => namedItems(config, table).ids.get(name),
    ...(timeOf && { timeOf }),
  };
}

/** Writes names of items of that configuration. Moments of time need the router's clock. */
export function formatContext(
  config: Config,
  formatTime: FormatContext['formatTime'] = (seconds) => `${seconds}`,
): FormatContext {
  return {
    formatTime,
    nameOf: (table, id) => namedItems(config, table).names.get(id),
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
