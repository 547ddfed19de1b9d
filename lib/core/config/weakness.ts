/** Which values of an item are weak: they do what the manual says, and are marked. */
import { memoize } from '../base/memoize.js';
import type { AnyItem, AnyMenu, View } from './menu.js';

export interface WeakValue {
  readonly property: string;
  readonly word: string;
  /** Words that go on after `is weak:`. */
  readonly why: string;
}

/** The properties whose values may be weak, with the words that are. */
export const ratedProperties = memoize(
  ({ properties }: AnyMenu): ReadonlyMap<string, Readonly<Record<string, string>>> =>
    new Map(
      Object.entries(properties).flatMap(([name, { type }]) =>
        type.weakWords === undefined ? [] : [[name, type.weakWords] as const],
      ),
    ),
);

/** In the order of the properties; words that say there is no algorithm are weak only where one is used. */
export function weakValues(menu: AnyMenu, item: AnyItem, view: View): readonly WeakValue[] {
  const weak = [...ratedProperties(menu)].flatMap(([property, words]) =>
    [item[property]].flat().flatMap((value): readonly WeakValue[] => {
      const why = words[`${value}`];
      return why === undefined ? [] : [{ property, word: `${value}`, why }];
    }),
  );
  if (!weak.some(({ word }) => isNone(word))) return weak;
  const unused = menu.mayBeNull?.(item, view) ?? [];
  return weak.filter(({ property, word }) => !isNone(word) || !unused.includes(property));
}

function isNone(word: string): boolean {
  return word === 'null' || word === 'none';
}

/** The names of the properties with weak values, each once; undefined where the menu has no algorithms. */
export function weakProperties(
  menu: AnyMenu,
  item: AnyItem,
  view: View,
): readonly string[] | undefined {
  if (ratedProperties(menu).size === 0) return undefined;
  return [...new Set(weakValues(menu, item, view).map(({ property }) => property))];
}
