/** The changes that make a new configuration out of one: all of a change, or nothing (C-10 to C-14). */
import { assert } from '../base/assert.js';
import type { Result } from '../base/result.js';
import { err, ok } from '../base/result.js';
import type { Config, TableName, Tables } from './config.js';
import { itemsOf, tableMenus } from './config.js';
import type { ConfigError } from './config-error.js';
import { alreadyHave, failure, missingValues, noSuchItem } from './config-error.js';
import type { AnyItem, AnyMenu, AnyRow } from './menu.js';
import { writableProperties } from './menu.js';
import { defaultProposalId, defaultProposalName } from './menus/proposal.js';
import { brokenReference, formatContext, userOf } from './references.js';

export type { Config, TableName, Tables } from './config.js';

/** The values a caller may give: any of the item's except its id. */
export type Values<T extends TableName> = Partial<Omit<Tables[T][number], 'id'>>;

export interface AddOptions {
  /** The id of the item whose values are taken where none are given. */
  readonly copyFrom?: number;
  /** The id of the item to stand before, in an ordered table. */
  readonly placeBefore?: number;
}

/** What a new system has: the default proposal. */
export function emptyConfig(): Config {
  const nothing: Config = {
    nextId: defaultProposalId,
    tables: { policy: [], peer: [], 'pre-shared-secret': [], proposal: [], 'manual-sa': [] },
  };
  const added = addItem(nothing, 'proposal', { name: defaultProposalName });
  assert(added.ok, 'the default proposal needs nothing but its name');
  return added.value.config;
}

export function addItem<T extends TableName>(
  config: Config,
  table: T,
  values: Values<T>,
  { copyFrom, placeBefore }: AddOptions = {},
): Result<{ readonly config: Config; readonly id: number }, ConfigError> {
  const menu = tableMenus[table];
  const items = itemsOf(config, table);
  const model = copyFrom === undefined ? undefined : items.find(({ id }) => id === copyFrom);
  if (copyFrom !== undefined && model === undefined) return err(noSuchItem);
  const position =
    placeBefore === undefined ? items.length : items.findIndex(({ id }) => id === placeBefore);
  if (position < 0) return err(noSuchItem);

  const item = newItem(menu, items, { ...copied(menu, model), ...values }, config.nextId);
  if (!item.ok) return item;
  // Spread: the other ways to copy a frozen array are fifty times slower.
  const inserted = [...items];
  inserted.splice(position, 0, item.value);
  const next = replaceItems(config, table, inserted, [item.value]);
  return next.ok
    ? ok({ config: Object.freeze({ ...next.value, nextId: config.nextId + 1 }), id: config.nextId })
    : next;
}

/** What a copy takes over: everything but a name that the table can make itself. */
function copied(menu: AnyMenu, model: AnyItem | undefined): AnyRow {
  if (model === undefined) return {};
  const own = Object.entries(writableProperties(menu)).filter(
    ([, { nextDefault }]) => nextDefault === undefined,
  );
  return Object.fromEntries(own.map(([name]) => [name, model[name]]));
}

/** An item of these values and the menu's defaults; `items` are those it will stand beside. */
export function newItem(
  menu: AnyMenu,
  items: readonly AnyItem[],
  values: AnyRow,
  id: number,
): Result<AnyItem, ConfigError> {
  const row: Record<string, unknown> = {};
  const missing: string[] = [];
  for (const [name, property] of Object.entries(writableProperties(menu))) {
    if (Object.hasOwn(values, name)) row[name] = values[name];
    else if (property.default !== undefined) row[name] = property.default.value;
    else if (property.nextDefault !== undefined) {
      row[name] = property.nextDefault(items.map((item) => item[name]));
    } else missing.push(name);
  }
  if (missing.length > 0) return err(missingValues(missing));
  return ok(completed(menu, { ...row, id } as AnyItem));
}

/** Changes all of the items, or none of them (C-11). */
export function setItems<T extends TableName>(
  config: Config,
  table: T,
  ids: readonly number[],
  values: Values<T>,
): Result<Config, ConfigError> {
  const menu = tableMenus[table];
  const items = itemsOf(config, table);
  const chosen = chosenOf(items, ids);
  if (chosen === undefined) return err(noSuchItem);
  if (renames(menu, values as AnyRow) && hasPermanent(menu, chosen)) {
    return err(failure(`the ${menu.permanentItem} item cannot be renamed`));
  }
  const next = [...items];
  const changed = new Map<AnyItem, AnyItem>();
  for (const item of chosen) changed.set(item, completed(menu, { ...item, ...values }));
  for (const [position, item] of items.entries()) {
    next[position] = changed.get(item) ?? item;
  }
  return replaceItems(config, table, next, [...changed.values()]);
}

/** Removes all of the items, or none of them (C-12). */
export function removeItems(
  config: Config,
  table: TableName,
  ids: readonly number[],
): Result<Config, ConfigError> {
  const menu = tableMenus[table];
  const items = itemsOf(config, table);
  const chosen = chosenOf(items, ids);
  if (chosen === undefined) return err(noSuchItem);
  if (hasPermanent(menu, chosen)) {
    return err(failure(`the ${menu.permanentItem} item cannot be removed`));
  }
  const user = userOf(config, table, new Set(ids));
  if (user !== undefined) return err(failure(`item is used by ${user}`));
  return ok(withItems(config, table, without(items, chosen)));
}

export function setDisabled(
  config: Config,
  table: TableName,
  ids: readonly number[],
  disabled: boolean,
): Result<Config, ConfigError> {
  return setItems(config, table, ids, { disabled });
}

/** Places the items, in their present order, before the destination, or at the end (C-14). */
export function moveItems(
  config: Config,
  table: TableName,
  ids: readonly number[],
  destination?: number,
): Result<Config, ConfigError> {
  const items = itemsOf(config, table);
  const chosen = chosenOf(items, ids);
  if (chosen === undefined) return err(noSuchItem);
  const destinationAt =
    destination === undefined ? items.length : items.findIndex(({ id }) => id === destination);
  if (destinationAt < 0) return err(noSuchItem);
  const all = [...items];
  return ok(
    withItems(config, table, [
      ...without(all.slice(0, destinationAt), chosen),
      ...chosen,
      ...without(all.slice(destinationAt), chosen),
    ]),
  );
}

/** The items of these ids in the order of the table; undefined when one is not there. */
function chosenOf(
  items: readonly AnyItem[],
  ids: readonly number[],
): ReadonlySet<AnyItem> | undefined {
  const wanted = new Set(ids);
  const chosen = new Set<AnyItem>();
  for (const item of items) {
    if (wanted.has(item.id)) chosen.add(item);
  }
  return chosen.size === wanted.size ? chosen : undefined;
}

function without(items: readonly AnyItem[], chosen: ReadonlySet<AnyItem>): readonly AnyItem[] {
  return [...items].filter((item) => !chosen.has(item));
}

function hasPermanent(menu: AnyMenu, items: Iterable<AnyItem>): boolean {
  const { itemName, permanentItem } = menu;
  if (itemName === undefined || permanentItem === undefined) return false;
  for (const item of items) {
    if (item[itemName] === permanentItem) return true;
  }
  return false;
}

function renames({ itemName, permanentItem }: AnyMenu, values: AnyRow): boolean {
  return (
    itemName !== undefined && Object.hasOwn(values, itemName) && values[itemName] !== permanentItem
  );
}

function completed(menu: AnyMenu, item: AnyItem): AnyItem {
  return deepFreeze(menu.complete?.(item) ?? item);
}

/** The configuration with these items in the table, if it allows `changed`, those that are new. */
export function replaceItems(
  config: Config,
  table: TableName,
  items: readonly AnyItem[],
  changed: readonly AnyItem[],
): Result<Config, ConfigError> {
  const menu = tableMenus[table];
  for (const item of changed) {
    const refusal = menu.refusal?.(item);
    if (refusal !== undefined) return err(failure(refusal));
    const broken = brokenReference(config, menu, item);
    if (broken !== undefined) return err(broken);
  }
  const next = withItems(config, table, items);
  return hasDuplicate(next, menu, items) ? err(alreadyHave) : ok(next);
}

function hasDuplicate(config: Config, menu: AnyMenu, items: readonly AnyItem[]): boolean {
  const context = formatContext(config);
  return Object.entries(menu.properties).some(([name, { unique, type }]) => {
    if (unique === undefined) return false;
    return new Set(items.map((item) => type.format(item[name], context))).size < items.length;
  });
}

function withItems(config: Config, table: TableName, items: readonly AnyItem[]): Config {
  // The items are frozen already: only what holds them is new.
  const tables = Object.freeze({ ...config.tables, [table]: Object.freeze(items) });
  return Object.freeze({ ...config, tables });
}

/** What is frozen already was frozen whole. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
