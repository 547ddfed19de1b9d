/** Items that refer to items of other tables: by identity, so that renaming follows. */
import { memoize } from '../base/memoize.js';
import type { Config, TableName } from './config.js';
import { isTableName, itemsOf, tableMenus, tableNames } from './config.js';
import type { ConfigError } from './config-error.js';
import type { AnyItem, AnyMenu } from './menu.js';
import type { FormatContext, ParseContext } from './property.js';
import type { TableIndex } from './table-index.js';
import { indexOf } from './table-index.js';
import { valueErrorText } from './value-error.js';

/** The index of a table as it is in that configuration. */
export function tableIndex(config: Config, table: TableName): TableIndex {
  return indexOf(tableMenus[table], itemsOf(config, table));
}

function namedItem(config: Config, table: string, name: string): AnyItem | undefined {
  if (!isTableName(table)) return undefined;
  const { itemName } = tableMenus[table];
  return itemName === undefined ? undefined : tableIndex(config, table).holder(itemName, name);
}

function nameOf(config: Config, table: string, id: number): string | undefined {
  if (!isTableName(table)) return undefined;
  const { itemName } = tableMenus[table];
  const item = tableIndex(config, table).item(id);
  return itemName === undefined || item === undefined ? undefined : `${item[itemName]}`;
}

/** Reads names of items out of that configuration. Moments of time need the router's clock. */
export function parseContext(config: Config, timeOf?: ParseContext['timeOf']): ParseContext {
  return {
    idOf: (table, name) => namedItem(config, table, name)?.id,
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
    nameOf: (table, id) => nameOf(config, table, id),
  };
}

const referencesOf = memoize((menu: AnyMenu) =>
  Object.entries(menu.properties).filter(([, { type }]) => type.references !== undefined),
);

/** A reference to an item that is not there would be our caller's mistake; it is refused, not kept. */
export function brokenReference(
  config: Config,
  menu: AnyMenu,
  item: AnyItem,
): ConfigError | undefined {
  const context = formatContext(config);
  for (const [name, { type }] of referencesOf(menu)) {
    if (type.format(item[name], context) === undefined) {
      return { rule: 'C-54', text: valueErrorText({ kind: 'unknown' }, name) };
    }
  }
  return undefined;
}

/** The table with an item that refers to one of these, or undefined. */
export function userOf(config: Config, table: string, ids: readonly number[]): string | undefined {
  return tableNames.find((user) =>
    referencesOf(tableMenus[user]).some(
      ([name, { type }]) =>
        type.references === table &&
        ids.some((id) => tableIndex(config, user).idsWith(name, id).size > 0),
    ),
  );
}
