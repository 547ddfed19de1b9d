/** Which values of an item a print shows, and each of them as `name=value` (B-08, B-12). */
import type { ItemValue } from '../../config/item-values.js';
import { itemValues } from '../../config/item-values.js';
import type { AnyItem, AnyMenu, View } from '../../config/menu.js';
import type { FormatContext, PropertyType } from '../../config/property.js';
import type { Palette } from '../palette.js';
import type { Piece } from './fill.js';
import { widthOf } from './fill.js';

export interface ShownValue extends ItemValue {
  readonly name: string;
}

/** In print order, what is hidden left out. */
export function shownValues(
  menu: AnyMenu,
  { statistics }: { readonly statistics: boolean },
): readonly ShownValue[] {
  const visible = Object.keys(menu.properties).filter(
    (name) => menu.properties[name]?.hidden !== true,
  );
  const names = statistics
    ? [...(menu.statisticsAfter ?? visible), ...Object.keys(menu.statistics ?? {})]
    : visible;
  const values = itemValues(menu);
  return names.flatMap((name) => {
    const value = values.get(name);
    return value === undefined ? [] : [{ name, ...value }];
  });
}

export interface PieceOptions {
  readonly view: View;
  readonly format: FormatContext;
  readonly palette: Palette;
  /** How a value is written. */
  text(type: PropertyType<unknown, unknown>, text: string): string;
}

/** `name=value` of each value that applies to the item (B-08). */
export function pieces(
  item: AnyItem,
  values: readonly ShownValue[],
  { view, format, palette, text }: PieceOptions,
): readonly Piece[] {
  return values.flatMap(({ name, type, of }) => {
    const canonical = type.format(of(item, view), format);
    if (canonical === undefined) return [];
    const value = `=${text(type, canonical)}`;
    return [{ text: `${palette.property(name)}${value}`, width: name.length + widthOf(value) }];
  });
}
