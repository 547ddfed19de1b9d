/** The values a command gives an item: properties, legacy arguments, and what later versions say (B-20, C-46). */
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import type { Config, TableName } from '../../config/config.js';
import { isTableName, tableMenus } from '../../config/config.js';
import { failure } from '../../config/config-error.js';
import type { Ignored, KeptElsewhere } from '../../config/later-arguments.js';
import type { AnyItem, AnyMenu, AnyRow } from '../../config/menu.js';
import { propertyOf, writableProperties } from '../../config/menu.js';
import { printable } from '../../config/quoting.js';
import { tableIndex } from '../../config/references.js';
import { addItem, setItems } from '../../config/tables.js';
import type { ConsoleError } from '../console-error.js';
import { refused, refusedValue } from '../console-error.js';
import { valueHint } from '../hints.js';
import type { Argument } from '../parse.js';
import type { Call, Dialect } from './command.js';
import { argument, menuOf } from './command.js';

export interface GivenValues {
  /** Of this menu's properties. */
  readonly values: AnyRow;
  /** Of properties of other tables. */
  readonly elsewhere: readonly GivenElsewhere[];
}

interface GivenElsewhere {
  readonly kept: KeptElsewhere<AnyItem>;
  readonly name: string;
  readonly text: string;
  readonly offset: number;
}

export function propertyArguments(menu: AnyMenu | undefined): readonly string[] {
  if (menu === undefined) return [];
  return [...Object.keys(writableProperties(menu)), ...Object.keys(menu.legacyArguments ?? {})];
}

/** Whatever says the same is understood in every file; what is left out, only on request. */
export function laterArgumentNames(menu: AnyMenu | undefined, dialect: Dialect): readonly string[] {
  if (dialect === 'own') return [];
  return Object.entries(menu?.laterArguments ?? {})
    .filter(([, { kind }]) => dialect === 'compat' || kind !== 'ignored')
    .map(([name]) => name);
}

export function givenValues(call: Call): Result<GivenValues, ConsoleError> {
  const menu = menuOf(call);
  const values: Record<string, unknown> = {};
  const later: Argument[] = [];
  for (const given of call.invocation.arguments) {
    const property = propertyOf(menu, given.name);
    const legacy = menu.legacyArguments?.[given.name];
    if (property === undefined && legacy === undefined) {
      if (menu.laterArguments?.[given.name] !== undefined) later.push(given);
      continue;
    }
    const text = call.textOf(given);
    if (!text.ok) return text;
    const value = property?.type.parse(text.value, call.parse) ?? legacy?.parse(text.value);
    if (value === undefined) continue;
    if (!value.ok) {
      const hint = valueHint(given.name, property?.type ?? legacy, call.config);
      return refusedValue(value.error, given.name, given.offset, hint);
    }
    warnOfLaterWord(call, given, text.value);
    if (property === undefined) Object.assign(values, value.value);
    else values[given.name] = value.value;
  }
  return withLater(call, later, values);
}

/** What the word means here, where that is worth knowing (C-46). */
function warnOfLaterWord(call: Call, { name, offset }: Argument, text: string): void {
  const menu = menuOf(call);
  const meaning = menu.laterWords?.[name]?.[text];
  if (call.dialect !== 'compat' || meaning === undefined) return;
  call.warn(`${menu.name} ${name}=${text} ${meaning}`, offset);
}

/** They are read last, because some say something about the properties given. */
function withLater(
  call: Call,
  later: readonly Argument[],
  values: AnyRow,
): Result<GivenValues, ConsoleError> {
  const menu = menuOf(call);
  const all: Record<string, unknown> = { ...values };
  const elsewhere: GivenElsewhere[] = [];
  for (const given of later) {
    const { name, offset } = given;
    const declared = menu.laterArguments?.[name];
    const text = call.textOf(given);
    if (!text.ok) return text;
    switch (declared?.kind) {
      case 'translated': {
        const translated = declared.translate(text.value, all);
        if (translated.ok) Object.assign(all, translated.value);
        else if (translated.error.kind === 'refused') {
          return notTakenOver(translated.error.words, offset);
        } else return refusedValue(translated.error, name, offset);
        break;
      }
      case 'elsewhere':
        elsewhere.push({ kept: declared, name, text: text.value, offset });
        break;
      case 'ignored': {
        if (!declared.isHarmless(text.value)) {
          return notTakenOver(`${name} cannot be taken over: ${declared.because}`, offset);
        }
        call.warn(ignoredWarning(menu, `${name}=${printable(text.value)}`, declared), offset);
      }
    }
  }
  return ok({ values: all, elsewhere });
}

function ignoredWarning(menu: AnyMenu, given: string, { instead }: Ignored): string {
  return `${menu.name} ${given} is ignored${instead === undefined ? '' : `: ${instead}`}`;
}

function notTakenOver(words: string, offset: number) {
  const { text, rule } = failure(words);
  return refused(text, rule, offset);
}

/** What a new item means in later versions by leaving properties out. */
export function withLaterDefaults(call: Call, values: AnyRow): AnyRow {
  const menu = menuOf(call);
  if (call.dialect !== 'compat' || argument(call, 'copy-from') !== undefined) return values;
  const all: Record<string, unknown> = { ...values };
  for (const [name, later] of Object.entries(menu.laterDefaults ?? {})) {
    const property = propertyOf(menu, name);
    if (Object.hasOwn(all, name) || later === undefined || property === undefined) continue;
    const value = later === 'varies' ? property.default?.value : later.value;
    const taken = `${menu.name} ${name} is left out: ${property.type.format(value, call.format)}`;
    all[name] = value;
    call.warn(
      later === 'varies'
        ? `${taken} is taken, which is not what every later version means`
        : `${taken} is taken, as later versions mean`,
      call.invocation.offset,
    );
  }
  return all;
}

/** The configuration with what was given for other tables, for each of these items. */
export function withElsewhere(
  config: Config,
  table: TableName,
  ids: readonly number[],
  elsewhere: readonly GivenElsewhere[],
): Result<Config, ConsoleError> {
  const index = tableIndex(config, table);
  let next = config;
  for (const given of elsewhere) {
    for (const id of ids) {
      const item = index.item(id);
      const kept = item === undefined ? ok(next) : keptElsewhere(next, item, given);
      if (!kept.ok) return kept;
      next = kept.value;
    }
  }
  return ok(next);
}

function keptElsewhere(
  config: Config,
  item: AnyItem,
  { kept, name, text, offset }: GivenElsewhere,
): Result<Config, ConsoleError> {
  const { table, property } = kept;
  const key = kept.key(item);
  if (!key.ok) return notTakenOver(key.error, offset);
  const type = isTableName(table) ? propertyOf(tableMenus[table], property)?.type : undefined;
  const value = type?.parse(text, { idOf: () => undefined });
  if (!isTableName(table) || value === undefined) return ok(config);
  if (!value.ok) return refusedValue(value.error, name, offset, valueHint(name, type));
  const values = { [property]: value.value };
  const existing = firstEnabled(config, table, key.value);
  const changed =
    existing === undefined
      ? addItem(config, table, { ...key.value, ...values })
      : setItems(config, table, [existing.id], values);
  if (!changed.ok) return refused(changed.error.text, changed.error.rule, offset);
  return ok('config' in changed.value ? changed.value.config : changed.value);
}

/** The first enabled item with these values. */
function firstEnabled(config: Config, table: TableName, values: AnyRow): AnyItem | undefined {
  const index = tableIndex(config, table);
  const [[column, wanted] = ['', undefined], ...others] = Object.entries(values);
  const ids = [...index.idsWith(column, wanted)].sort((a, b) => a - b);
  return ids
    .flatMap((id) => index.item(id) ?? [])
    .find((row) => !row.disabled && others.every(([name, value]) => row[name] === value));
}

/** A `set` of an item that later versions always have (C-46): whether there is nothing to do, or why not. */
export function laterItemLeft(call: Call): Result<boolean, ConsoleError> {
  const menu = menuOf(call);
  const numbers = argument(call, 'numbers');
  const { laterItem } = menu;
  if (call.dialect !== 'compat' || laterItem === undefined || numbers?.value.kind !== 'text') {
    return ok(false);
  }
  if (numbers.value.text !== laterItem.number) return ok(false);
  const texts = new Map<string, string>();
  for (const given of call.invocation.arguments) {
    const text = call.textOf(given);
    if (!text.ok) return text;
    texts.set(given.name, text.value);
  }
  if (!laterItem.isUntouched(texts)) return notTakenOver(laterItem.words, numbers.offset);
  call.warn(`${menu.name} set ${laterItem.number} is ignored: ${laterItem.words}`, numbers.offset);
  return ok(true);
}
