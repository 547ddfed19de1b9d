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
import { brokenReference, userOf } from './references.js';
import type { ItemChange, TableIndex } from './table-index.js';
import { indexOf, passIndex } from './table-index.js';

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
  const index = indexOf(menu, items);
  const model = copyFrom === undefined ? undefined : index.item(copyFrom);
  if (copyFrom !== undefined && model === undefined) return err(noSuchItem);
  const position = positionBefore(items, index, placeBefore);
  if (position === undefined) return err(noSuchItem);

  const item = newItem(menu, index, { ...copied(menu, model), ...values }, config.nextId);
  if (!item.ok) return item;
  const all = [...items];
  // What is put together is as long as it must be; what grows has room for half as many again.
  const inserted = all.slice(0, position).concat(item.value, all.slice(position));
  const next = replaceItems(config, table, inserted, [{ after: item.value }]);
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

/** An item of these values and the menu's defaults; `index` is that of the items beside it. */
export function newItem(
  menu: AnyMenu,
  index: TableIndex,
  values: AnyRow,
  id: number,
): Result<AnyItem, ConfigError> {
  const row: Record<string, unknown> = {};
  const missing: string[] = [];
  for (const [name, property] of Object.entries(writableProperties(menu))) {
    if (Object.hasOwn(values, name)) row[name] = values[name];
    else if (property.default !== undefined) row[name] = property.default.value;
    else if (property.nextDefault !== undefined) {
      row[name] = index.freeDefault(name, property.nextDefault);
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
  const chosen = chosenOf(indexOf(menu, items), ids);
  if (chosen === undefined) return err(noSuchItem);
  if (renames(menu, values as AnyRow) && hasPermanent(menu, chosen)) {
    return err(failure(`the ${menu.permanentItem} item cannot be renamed`));
  }
  const changes = chosen.map((before) => ({
    before,
    after: completed(menu, { ...before, ...values }),
  }));
  return replaceItems(config, table, replaced(items, changes), changes);
}

/** Removes all of the items, or none of them (C-12). */
export function removeItems(
  config: Config,
  table: TableName,
  ids: readonly number[],
): Result<Config, ConfigError> {
  const menu = tableMenus[table];
  const items = itemsOf(config, table);
  const chosen = chosenOf(indexOf(menu, items), ids);
  if (chosen === undefined) return err(noSuchItem);
  if (hasPermanent(menu, chosen)) {
    return err(failure(`the ${menu.permanentItem} item cannot be removed`));
  }
  const user = userOf(config, table, ids);
  if (user !== undefined) return err(failure(`item is used by ${user}`));
  const changes = chosen.map((before) => ({ before }));
  return replaceItems(config, table, without(items, chosen), changes);
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
  const index = indexOf(tableMenus[table], items);
  const chosen = chosenOf(index, ids);
  if (chosen === undefined) return err(noSuchItem);
  const position = positionBefore(items, index, destination);
  if (position === undefined) return err(noSuchItem);
  const all = [...items];
  const moved = [
    ...without(all.slice(0, position), chosen),
    ...inOrder(all, chosen),
    ...without(all.slice(position), chosen),
  ];
  return replaceItems(config, table, moved, []);
}

/** The items of these ids, each once; undefined when one is not there. */
function chosenOf(index: TableIndex, ids: readonly number[]): readonly AnyItem[] | undefined {
  const chosen = new Set<AnyItem>();
  for (const id of ids) {
    const item = index.item(id);
    if (item === undefined) return undefined;
    chosen.add(item);
  }
  return [...chosen];
}

/** Where the item with that id stands, or the end; undefined when it is not there. */
function positionBefore(
  items: readonly AnyItem[],
  index: TableIndex,
  id: number | undefined,
): number | undefined {
  if (id === undefined) return items.length;
  const item = index.item(id);
  return item === undefined ? undefined : items.indexOf(item);
}

/** More items than these are looked for all at once. */
const few = 8;

// Tables are long, and what is changed is mostly one item: so nothing here is done for each item of a
// table where the engine can search or copy the whole. Of frozen arrays it copies well only by spread.

function replaced(items: readonly AnyItem[], changes: readonly ItemChange[]): readonly AnyItem[] {
  const all = [...items];
  if (changes.length > few) {
    const afters = new Map(changes.map(({ before, after }) => [before, after]));
    return all.map((item) => afters.get(item) ?? item);
  }
  for (const { before, after } of changes) {
    if (before !== undefined && after !== undefined) all[all.indexOf(before)] = after;
  }
  return all;
}

function without(items: readonly AnyItem[], chosen: readonly AnyItem[]): readonly AnyItem[] {
  const all = [...items];
  if (chosen.length > few) {
    const gone = new Set(chosen);
    return all.filter((item) => !gone.has(item));
  }
  for (const item of chosen) {
    const position = all.indexOf(item);
    if (position >= 0) all.splice(position, 1);
  }
  return all;
}

/** The chosen items in the order of the table. */
function inOrder(items: readonly AnyItem[], chosen: readonly AnyItem[]): readonly AnyItem[] {
  if (chosen.length > few) {
    const wanted = new Set(chosen);
    return items.filter((item) => wanted.has(item));
  }
  const position = (item: AnyItem) => items.indexOf(item);
  return [...chosen].sort((a, b) => position(a) - position(b));
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

/** The configuration with these items in the table, if it allows the changes that lead to them. */
export function replaceItems(
  config: Config,
  table: TableName,
  next: readonly AnyItem[],
  changes: readonly ItemChange[],
): Result<Config, ConfigError> {
  const menu = tableMenus[table];
  for (const { after } of changes) {
    if (after === undefined) continue;
    const refusal = menu.refusal?.(after);
    if (refusal !== undefined) return err(failure(refusal));
    const broken = brokenReference(config, menu, after);
    if (broken !== undefined) return err(broken);
  }
  const items = itemsOf(config, table);
  const index = indexOf(menu, items);
  if (index.wouldShare(changes)) return err(alreadyHave);
  passIndex(index, { items, next }, changes);
  return ok(withItems(config, table, next));
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
