/** Everything an item tells, by name: what JSON has, and what `get` gives. */
import { memoize } from '../base/memoize.js';
import type { AnyItem, AnyMenu, View } from './menu.js';
import { commonProperties } from './menu.js';
import type { Properties, PropertyType } from './property.js';
import { yesNo } from './values/enumeration.js';

export interface ItemValue {
  readonly kind: 'property' | 'flag' | 'statistic';
  readonly type: PropertyType<unknown, unknown>;
  of(item: AnyItem, view: View): unknown;
}

/**
 * The values an item of the menu has, in order: whether it is disabled and its comment, the
 * properties, the flags that no property says already, the statistics.
 */
export const itemValues = memoize((menu: AnyMenu): ReadonlyMap<string, ItemValue> => {
  const values = new Map<string, ItemValue>();
  const common: Properties = menu.live === undefined ? commonProperties : {};
  for (const [name, { type }] of Object.entries({ ...common, ...menu.properties })) {
    values.set(name, { kind: 'property', type, of: (item) => item[name] });
  }
  for (const { word, shows, applies } of menu.flags.flat()) {
    if (shows === undefined) values.set(word, { kind: 'flag', type: yesNo, of: applies });
  }
  for (const [name, { type, value }] of Object.entries(menu.statistics ?? {})) {
    values.set(name, { kind: 'statistic', type, of: value });
  }
  return values;
});
