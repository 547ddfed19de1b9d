/** The configuration as it is kept in a file: canonical texts under the property names, and a format version. */
import { listMapper } from '../base/list-mapper.js';
import type { Result } from '../base/result.js';
import { err, ok } from '../base/result.js';
import type { Config, TableName } from './config.js';
import { isTableName, itemsOf, tableMenus, tableNames } from './config.js';
import type { AnyItem, AnyRow } from './menu.js';
import { writableProperties } from './menu.js';
import { defaultProposalId, defaultProposalName } from './menus/proposal.js';
import type { ParseContext } from './property.js';
import { formatContext, parseContext } from './references.js';
import { TableIndex } from './table-index.js';
import { emptyConfig, newItem, replaceItems } from './tables.js';
import { valueErrorText } from './value-error.js';

const format = 'ipsecctl configuration';
const version = 1;

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The configuration as `JSON.stringify` writes it. It contains the secrets in clear: the file must be
 * readable by its owner alone.
 */
export function encodeConfig(config: Config): string {
  const { nextId } = config;
  const tables = tableNames.map(
    (table) => `"${table}":[${encoderOf(config, table)(itemsOf(config, table)).join()}]`,
  );
  return `{"format":"${format}","version":${version},"nextId":${nextId},"tables":{${tables.join()}}}`;
}

interface Encoder {
  /** The tables whose names the texts contain. */
  readonly named: readonly (readonly AnyItem[])[];
  readonly encode: (items: readonly AnyItem[]) => readonly string[];
}

const encoders = new Map<TableName, Encoder>();

/** Every change of the configuration writes all of it, and most items are as they were. */
function encoderOf(config: Config, table: TableName): Encoder['encode'] {
  const menu = tableMenus[table];
  const named = Object.values(menu.properties).flatMap(({ type: { references } }) =>
    references !== undefined && isTableName(references) ? [itemsOf(config, references)] : [],
  );
  const before = encoders.get(table);
  if (before?.named.every((items, index) => items === named[index])) return before.encode;
  const context = formatContext(config);
  const encode = listMapper((item: AnyItem) => {
    const texts: Record<string, unknown> = { id: item.id };
    for (const [name, { type }] of Object.entries(writableProperties(menu))) {
      texts[name] = type.format(item[name], context);
    }
    return JSON.stringify(texts);
  });
  encoders.set(table, { named, encode });
  return encode;
}

/** Reads what `encodeConfig` made, or says in one sentence why it cannot; never repeats a value. */
export function decodeConfig(json: unknown): Result<Config, string> {
  if (!isObject(json) || json['format'] !== format) {
    return err(`this is no ${format}: it does not say format "${format}"`);
  }
  if (json['version'] !== version) {
    return err(
      `the configuration has format version ${describe(json['version'])}, and this program reads only version ${version}: use the program that wrote it`,
    );
  }
  const { nextId, tables } = json as { readonly nextId?: unknown; readonly tables?: unknown };
  if (!isId(nextId)) return err('the configuration is damaged: nextId is no positive integer');
  if (!isObject(tables)) return err('the configuration is damaged: it has no tables');
  const stranger = Object.keys(tables).find((name) => !isTableName(name));
  if (stranger !== undefined) {
    return err(`the configuration is damaged: there is no table "${stranger}"`);
  }

  const ids = new Set<number>();
  const empty = emptyConfig();
  let config: Config = { nextId, tables: { ...empty.tables, proposal: [] } };
  // Tables that others refer to come first, so that every name is known when it is read.
  for (const table of tableNames) {
    const decoded = decodeTable(config, table, tables[table] ?? [], ids);
    if (!decoded.ok) return err(`the configuration is damaged: ${decoded.error}`);
    config = decoded.value;
  }
  const permanent = config.tables.proposal.find(({ id }) => id === defaultProposalId);
  if (permanent?.name !== defaultProposalName) {
    return err('the configuration is damaged: the default proposal is missing');
  }
  return ok(config);
}

function decodeTable(
  config: Config,
  table: TableName,
  stored: unknown,
  ids: Set<number>,
): Result<Config, string> {
  if (!Array.isArray(stored)) return err(`table ${table} is no list`);
  const menu = tableMenus[table];
  const context = parseContext(config);
  const items: AnyItem[] = [];
  const index = new TableIndex(menu);
  for (const [position, texts] of stored.entries()) {
    const where = `${table} ${position}`;
    const id: unknown = isObject(texts) ? texts['id'] : undefined;
    if (!isObject(texts) || !isId(id)) return err(`${where}: it has no id`);
    if (ids.has(id)) return err(`${where}: its id is used twice`);
    if (id >= config.nextId) return err(`${where}: its id is not below nextId`);
    ids.add(id);
    const values = decodeValues(table, texts, context);
    if (!values.ok) return err(`${where}: ${values.error}`);
    const item = newItem(menu, index, values.value, id);
    if (!item.ok) return err(`${where}: ${item.error.text}`);
    items.push(item.value);
    index.apply([{ after: item.value }]);
  }
  const changes = items.map((after) => ({ after }));
  const next = replaceItems(config, table, items, changes);
  return next.ok ? next : err(`${table}: ${next.error.text}`);
}

function decodeValues(
  table: TableName,
  texts: JsonObject,
  context: ParseContext,
): Result<AnyRow, string> {
  const properties = writableProperties(tableMenus[table]);
  const values: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(texts)) {
    if (name === 'id') continue;
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property === undefined) return err(`there is no property "${name}"`);
    if (typeof text !== 'string') return err(`${name} is no text`);
    const value = property.type.parse(text, context);
    if (!value.ok) return err(valueErrorText(value.error, name));
    values[name] = value.value;
  }
  return ok(values);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function describe(value: unknown): string {
  return typeof value === 'number' ? `${value}` : 'of an unknown kind';
}
