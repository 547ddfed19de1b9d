/** Which values of an item are weak: they do what the manual says, and are marked. */
import { memoize } from '../base/memoize.js';
import type { AnyItem, AnyMenu, View } from './menu.js';

export interface WeakValue {
  readonly property: string;
  /** Absent where it is not to be shown. */
  readonly word?: string;
  /** Words that go on after `is weak:`. */
  readonly why: string;
}

/** The properties whose values may be weak. */
export function ratedProperties(menu: AnyMenu): readonly string[] {
  return [...weakWordsOf(menu).keys(), ...(menu.judgements ?? []).map(({ property }) => property)];
}

/** Those of them whose values are words, with the words that are weak. */
export const weakWordsOf = memoize(
  ({ properties }: AnyMenu): ReadonlyMap<string, Readonly<Record<string, string>>> =>
    new Map(
      Object.entries(properties).flatMap(([name, { type }]) =>
        type.weakWords === undefined ? [] : [[name, type.weakWords] as const],
      ),
    ),
);

/** In the order of the properties; words that say there is no algorithm are weak only where one is used. */
export function weakValues(menu: AnyMenu, item: AnyItem, view: View): readonly WeakValue[] {
  const weak = [...weakWordsOf(menu)].flatMap(([property, words]) =>
    [item[property]].flat().flatMap((value): readonly WeakValue[] => {
      const why = words[`${value}`];
      return why === undefined ? [] : [{ property, word: `${value}`, why }];
    }),
  );
  const judged = judgedValues(menu, item);
  if (!weak.some(({ word }) => isNone(word))) return [...weak, ...judged];
  const unused = menu.mayBeNull?.(item, view) ?? [];
  const used = weak.filter(({ property, word }) => !isNone(word) || !unused.includes(property));
  return [...used, ...judged];
}

function judgedValues({ judgements = [] }: AnyMenu, item: AnyItem): readonly WeakValue[] {
  return judgements.flatMap(({ property, why: judge }) => {
    const why = judge(item);
    return why === undefined ? [] : [{ property, why }];
  });
}

function isNone(word: string | undefined): boolean {
  return word === 'null' || word === 'none';
}

/** The names of the properties with weak values, each once; undefined where the menu has none that may be. */
export function weakProperties(
  menu: AnyMenu,
  item: AnyItem,
  view: View,
): readonly string[] | undefined {
  if (ratedProperties(menu).length === 0) return undefined;
  return [...new Set(weakValues(menu, item, view).map(({ property }) => property))];
}
