/** Requests about the items of a menu, worked out on a configuration: pure, all of one or nothing. */
import { nearestName } from '../base/nearest.js';
import type { Result } from '../base/result.js';
import { err, ok } from '../base/result.js';
import type { Config, TableName } from '../config/config.js';
import { isTableName, itemsOf } from '../config/config.js';
import type { ConfigError } from '../config/config-error.js';
import { failure, missingValues, noSuchItem } from '../config/config-error.js';
import { formatId } from '../config/item-id.js';
import { itemValues } from '../config/item-values.js';
import { jsonItem } from '../config/json.js';
import { textForType } from '../config/json-text.js';
import type { LiveStatus } from '../config/live-status.js';
import type { AnyItem, AnyMenu, AnyRow, View } from '../config/menu.js';
import { propertyOf, writableProperties } from '../config/menu.js';
import type { FormatContext } from '../config/property.js';
import { formatContext, parseContext } from '../config/references.js';
import { addItem, moveItems, removeItems, setItems } from '../config/tables.js';
import { invalidReason } from '../config/validity.js';
import { invalidValue, valueErrorRule, valueErrorText } from '../config/value-error.js';
import { explanation } from '../console/commands/explaining.js';
import type { Condition } from '../console/condition.js';
import { parseCondition } from '../console/condition.js';
import type { ConsoleError } from '../console/console-error.js';
import { Places, syntaxError } from '../console/console-error.js';
import type { ConsoleHost } from '../console/console-host.js';
import { syntaxHints, valueHint } from '../console/hints.js';
import type { LiveIds } from '../console/items.js';
import { itemsNamed } from '../console/items.js';
import { consoleMenus } from '../console/menu-tree.js';
import type { NumberedItem } from '../console/print.js';
import { printItems } from '../console/print.js';
import { defaultColumns } from '../console/session.js';
import { nextCommand } from '../console/tokens.js';
import type { JsonObject } from './json-reader.js';
import type { PrintRequest, RequestBody } from './messages.js';
import type { Results, TableRefusal } from './results.js';

type RequestOf<M extends RequestBody['method']> = Extract<RequestBody, { readonly method: M }>;
type Answer<T> = Result<T, TableRefusal>;

/** What looking at a menu needs. */
export interface TableView {
  readonly config: Config;
  /** Asked for when something shows it, and then once: it may be a kernel's. */
  status(): LiveStatus;
  readonly liveIds: LiveIds;
  readonly formatTime: FormatContext['formatTime'];
  readonly matcher: ConsoleHost['matcher'];
}

export type LookRequest = RequestOf<'rows' | 'explain'>;
export type ChangeRequest = RequestOf<'add' | 'set' | 'remove' | 'move'>;

/** A change worked out: the configuration to put in force, and what to answer then. */
export interface TableChange {
  readonly config: Config;
  readonly answer: Results['add'] | Results['set'];
}

/** The items of a menu as JSON. */
export function rows(request: RequestOf<'rows'>, view: TableView): Answer<Results['rows']> {
  const listed = listItems(request, view);
  const chosen = listed.ok ? meeting(request.where, listed.value, view) : listed;
  if (!chosen.ok) return chosen;
  const { menu, items, context } = chosen.value;
  const { statistics = false } = request;
  return ok({
    items: items.map(({ item, number }) => ({
      ...jsonItem(menu, item, { view: context.view, format: context.format, number, statistics }),
      id: formatId(item.id),
      number,
    })),
  });
}

/** What a print shows, and the items with the numbers it shows them under. */
export interface Printed {
  readonly output: string;
  readonly menu: AnyMenu;
  readonly items: readonly NumberedItem[];
}

/** The items laid out for a reader. Chosen ones are numbered anew, in their order (B-13). */
export function print(request: PrintRequest, view: TableView): Answer<Printed> {
  const listed = listItems(request, view);
  if (!listed.ok) return listed;
  const { ids, where, layout, statistics = false, columns = defaultColumns } = request;
  const numbered = ids === undefined ? listed.value : numberedAnew(listed.value);
  const chosen = meeting(where, numbered, view);
  if (!chosen.ok) return chosen;
  const { menu, items, context } = chosen.value;
  const form = layout ?? menu.printForm;
  const options = { form, statistics, columns, colour: false, ...context };
  return ok({ output: printItems(menu, items, options), menu, items });
}

/** Whether items take effect, and if not why. */
export function explain(
  request: RequestOf<'explain'>,
  view: TableView,
): Answer<Results['explain']> {
  const listed = listItems(request, view);
  if (!listed.ok) return listed;
  const { menu, items, context } = listed.value;
  return ok({ items: items.map((numbered) => explanation(menu, numbered, context.view)) });
}

/** What the configuration is to be after the request. */
export function change(request: ChangeRequest, config: Config): Answer<TableChange> {
  const menu = menuNamed(request.menu);
  if (!menu.ok) return menu;
  const { name } = menu.value;
  if (!isTableName(name))
    return err(refusal('C-50', `${name} shows what is, and cannot be changed`));
  switch (request.method) {
    case 'add':
      return add(request, config, name, menu.value);
    case 'set':
      return set(request, config, name, menu.value);
    case 'remove':
      return changeItems(request, config, menu.value, (ids) => removeItems(config, name, ids));
    case 'move':
      return move(request, config, name, menu.value);
  }
}

/** The id of the policy to negotiate for, or why there is nothing to negotiate. */
export function policyToInitiate(
  { item: name }: RequestOf<'initiate'>,
  config: Config,
): Answer<number> {
  const menu = menuNamed('policy');
  const found = menu.ok ? idsNamed([name], menu.value, config.tables.policy, config) : menu;
  if (!found.ok) return found;
  const policy = config.tables.policy.find((item) => item.id === found.value[0]);
  if (policy === undefined) return err(noSuchItem);
  const reason = invalidReason(config, policy);
  if (policy.disabled) return err(failure('the policy is disabled: enable it'));
  if (reason !== undefined)
    return err(refusal(reason.rule, `failure: the policy is invalid: ${reason.text}`));
  if (policy.action !== 'encrypt') {
    return err(failure(`a policy with action=${policy.action} needs no keys`));
  }
  if (policy['manual-sa'] !== undefined) {
    return err(failure('the keys of this policy come from its manual-sa'));
  }
  return ok(policy.id);
}

interface Listed {
  readonly menu: AnyMenu;
  readonly items: readonly NumberedItem[];
  readonly context: { readonly view: View; readonly format: FormatContext };
}

/** The items that a request names, in its order, or all; numbered by their place in the table. */
function listItems(
  { menu: menuName, ids }: { readonly menu: string; readonly ids?: readonly string[] },
  { config, status, liveIds, formatTime }: TableView,
): Answer<Listed> {
  const menu = menuNamed(menuName);
  if (!menu.ok) return menu;
  const { name } = menu.value;
  const all = isTableName(name) ? itemsOf(config, name) : liveIds.items(menu.value, status());
  const numbered = Array.from(all, (item, number) => ({ item, number }));
  const context = { view: lazyView(config, status), format: formatContext(config, formatTime) };
  if (ids === undefined) return ok({ menu: menu.value, items: numbered, context });
  const chosen = idsNamed(ids, menu.value, all, config);
  if (!chosen.ok) return chosen;
  const byId = new Map(numbered.map((entry) => [entry.item.id, entry]));
  return ok({ menu: menu.value, items: chosen.value.flatMap((id) => byId.get(id) ?? []), context });
}

function numberedAnew(listed: Listed): Listed {
  return { ...listed, items: listed.items.map(({ item }, number) => ({ item, number })) };
}

/** Of the items those that meet the condition; without one all. */
function meeting(where: string | undefined, listed: Listed, view: TableView): Answer<Listed> {
  const { menu, items, context } = listed;
  const condition = conditionOf(where ?? '', menu, view, context);
  if (!condition.ok) return condition;
  return ok({ ...listed, items: items.filter(({ item }) => condition.value(item)) });
}

function lazyView(config: Config, ask: () => LiveStatus): View {
  let known: LiveStatus | undefined;
  return {
    config,
    get status() {
      known ??= ask();
      return known;
    },
  };
}

function menuNamed(name: string): Answer<AnyMenu> {
  const menu = consoleMenus.find((candidate) => candidate.name === name);
  if (menu !== undefined) return ok(menu);
  const names = consoleMenus.map((candidate) => candidate.name);
  return err(refusal('C-50', `there is no menu "${name}": ${meant(name, names)}`));
}

function meant(name: string, names: readonly string[]): string {
  return `did you mean "${nearestName(name, names)}"?`;
}

function refusal(rule: string, text: string, property?: string): TableRefusal {
  return { rule, text, ...(property === undefined ? {} : { property }) };
}

/** Items by internal id, or by the name or address that may stand for them. */
function idsNamed(
  names: readonly string[],
  menu: AnyMenu,
  items: readonly AnyItem[],
  config: Config,
): Answer<readonly number[]> {
  return itemsNamed(names, { menu, items, parse: parseContext(config) });
}

/** The single item of an optional field. */
function optionalId(
  name: string | undefined,
  menu: AnyMenu,
  items: readonly AnyItem[],
  config: Config,
): Answer<number | undefined> {
  if (name === undefined) return ok(undefined);
  const ids = idsNamed([name], menu, items, config);
  return ids.ok ? ok(ids.value[0]) : ids;
}

function conditionOf(
  where: string,
  menu: AnyMenu,
  { config, matcher }: TableView,
  { view, format }: Listed['context'],
): Answer<Condition> {
  if (where === '') return ok(() => true);
  const command = nextCommand(where, 0);
  if (!command.ok) return err(placed(command.error, where));
  // A comment, say: whoever wrote a condition did not mean every item.
  if (command.value === undefined) {
    return err(placed(syntaxError(0, syntaxHints.condition).error, where));
  }
  const { tokens, prompt, end } = command.value;
  const rest = nextCommand(where, end);
  if (prompt !== undefined || !rest.ok || rest.value !== undefined) {
    return err(placed(syntaxError(prompt === undefined ? end : 0).error, where));
  }
  const condition = parseCondition(tokens, {
    ...{ menu, view, format, matcher },
    parse: parseContext(config),
    // Commands in brackets belong to a console.
    textOf: (value) => (value.kind === 'text' ? ok(value.text) : syntaxError(value.offset)),
  });
  return condition.ok ? condition : err(conditionRefusal(condition.error, where, menu));
}

/** A name that no item has is told as `add` tells it. */
function conditionRefusal(error: ConsoleError, where: string, menu: AnyMenu): TableRefusal {
  const name = /^[A-Za-z][A-Za-z0-9-]*/.exec(where.slice(error.offset))?.[0];
  const isUnknown = error.rule === 'C-52' && name !== undefined;
  return isUnknown ? noProperty(menu, name, [...itemValues(menu).keys()]) : placed(error, where);
}

function noProperty(menu: AnyMenu, name: string, known: readonly string[]): TableRefusal {
  return refusal('C-52', `${menu.name} has no property "${name}": ${meant(name, known)}`, name);
}

function placed({ rule, text, offset, located, hint }: ConsoleError, source: string): TableRefusal {
  const { line, column } = new Places(source).of(offset);
  return withHint(refusal(rule, located ? `${text} (line ${line} column ${column})` : text), hint);
}

function withHint(words: TableRefusal, hint: string | undefined): TableRefusal {
  return hint === undefined ? words : { ...words, hint };
}

function add(
  { values, copyFrom, placeBefore }: RequestOf<'add'>,
  config: Config,
  table: TableName,
  menu: AnyMenu,
): Answer<TableChange> {
  const read = readValues(menu, values, config);
  if (!read.ok) return read;
  const items = itemsOf(config, table);
  const model = optionalId(copyFrom, menu, items, config);
  if (!model.ok) return model;
  if (placeBefore !== undefined && menu.ordered === undefined) return err(unordered(menu));
  const next = optionalId(placeBefore, menu, items, config);
  if (!next.ok) return next;
  const missing = model.value === undefined ? missingNames(menu, values) : [];
  if (missing.length > 0) return err({ ...missingValues(missing), property: missing[0] ?? '' });
  const added = addItem(config, table, read.value, {
    ...(model.value === undefined ? {} : { copyFrom: model.value }),
    ...(next.value === undefined ? {} : { placeBefore: next.value }),
  });
  if (!added.ok) return added;
  return ok({ config: added.value.config, answer: { id: formatId(added.value.id) } });
}

function missingNames(menu: AnyMenu, values: JsonObject): readonly string[] {
  const required = Object.entries(writableProperties(menu)).filter(
    ([, property]) => property.default === undefined && property.nextDefault === undefined,
  );
  return required.flatMap(([name]) => (Object.hasOwn(values, name) ? [] : [name]));
}

function set(
  request: RequestOf<'set'>,
  config: Config,
  table: TableName,
  menu: AnyMenu,
): Answer<TableChange> {
  const read = readValues(menu, request.values, config);
  if (!read.ok) return read;
  return changeItems(request, config, menu, (ids) =>
    Object.keys(read.value).length === 0 ? ok(config) : setItems(config, table, ids, read.value),
  );
}

function move(
  request: RequestOf<'move'>,
  config: Config,
  table: TableName,
  menu: AnyMenu,
): Answer<TableChange> {
  if (menu.ordered === undefined) return err(unordered(menu));
  const before = optionalId(request.before, menu, itemsOf(config, table), config);
  if (!before.ok) return before;
  return changeItems(request, config, menu, (ids) => moveItems(config, table, ids, before.value));
}

function unordered({ name }: AnyMenu): TableRefusal {
  return refusal('C-50', `the items of ${name} have no order: only policies are placed and moved`);
}

function changeItems(
  { ids: names }: { readonly ids: readonly string[] },
  config: Config,
  menu: AnyMenu,
  work: (ids: readonly number[]) => Result<Config, ConfigError>,
): Answer<TableChange> {
  const items = isTableName(menu.name) ? itemsOf(config, menu.name) : [];
  const ids = idsNamed(names, menu, items, config);
  if (!ids.ok) return ids;
  const next = ids.value.length === 0 ? ok(config) : work(ids.value);
  return next.ok ? ok({ config: next.value, answer: {} }) : next;
}

/** The values for properties; other versions' arguments are for the console alone. */
function readValues(menu: AnyMenu, given: JsonObject, config: Config): Answer<AnyRow> {
  const parse = parseContext(config);
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const property = propertyOf(menu, name);
    if (property === undefined) {
      return err(noProperty(menu, name, Object.keys(writableProperties(menu))));
    }
    const { type } = property;
    const text = textForType(type, value);
    const read = text.ok ? type.parse(text.value, parse) : invalidValue;
    if (!read.ok) {
      const what = valueErrorText(read.error, name);
      const words = text.ok ? what : `${what}: ${text.error}`;
      const refused = refusal(valueErrorRule(read.error), words, name);
      return err(withHint(refused, valueHint(name, type, config)));
    }
    values[name] = read.value;
  }
  return ok(values);
}
