/** Items and their values as programs see them. */
import { formatId } from './item-id.js';
import { itemValues } from './item-values.js';
import type { AnyItem, AnyMenu, View } from './menu.js';
import type { FormatContext, PropertyType } from './property.js';
import { weakProperties } from './weakness.js';

export interface JsonItemOptions {
  readonly view: View;
  readonly format: FormatContext;
  /** What the item is called in the listing it belongs to. */
  readonly number?: number;
  /** With what is counted and computed from the running system. */
  readonly statistics?: boolean;
  /** With the names of weak and of approximate values, which is nothing to be given back to `add` or `set`. */
  readonly rated?: boolean;
}

/** The names of the figures that cannot always be exact. */
export function approximateValues(
  { properties, statistics: counted = {} }: AnyMenu,
  { statistics = true } = {},
): readonly string[] {
  const values = Object.entries({ ...properties, ...(statistics ? counted : {}) });
  return values.filter(([, { approximate }]) => approximate).map(([name]) => name);
}

/** A value as programs see it; undefined when it does not apply to the item (B-08). */
export function jsonValue(
  type: PropertyType<unknown, unknown>,
  value: unknown,
  format: FormatContext,
): unknown {
  return type.json === undefined ? type.format(value, format) : type.json.of(value, format);
}

/** The item under the names the console uses; what does not apply to it is left out. */
export function jsonItem(
  menu: AnyMenu,
  item: AnyItem,
  { view, format, number, statistics = false, rated = false }: JsonItemOptions,
): Readonly<Record<string, unknown>> {
  const json: Record<string, unknown> = { id: formatId(item.id) };
  if (number !== undefined) json['number'] = number;
  for (const [name, { kind, type, of }] of itemValues(menu)) {
    if (kind === 'statistic' && !statistics) continue;
    const value = jsonValue(type, of(item, view), format);
    if (value !== undefined) json[name] = value;
  }
  if (rated) {
    const approximate = approximateValues(menu, { statistics });
    if (approximate.length > 0) json['approximate'] = approximate;
  }
  const weak = rated ? weakProperties(menu, item, view) : undefined;
  if (weak !== undefined) json['weak'] = weak;
  return json;
}
