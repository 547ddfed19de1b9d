/** What later versions write and this one has no property for, as each menu declares it (C-46). */
import type { Result } from '../base/result.js';
import { err } from '../base/result.js';
import type { AnyRow } from './menu.js';
import type { PropertyType, ValueError } from './property.js';

export type LaterArgument<R> = Translated<R> | KeptElsewhere<R> | Ignored;

/** Says what properties of this menu say as well. */
export interface Translated<R> {
  readonly kind: 'translated';
  /** `given`: the values the command gives besides. */
  translate(text: string, given: Partial<R>): Result<Partial<R>, ValueError | LaterRefusal>;
}

/** Is a property of another table here, in the item that belongs to this one. */
export interface KeptElsewhere<R> {
  readonly kind: 'elsewhere';
  readonly table: string;
  readonly property: string;
  /** The values by which the other table's item is known, or why there can be none. */
  key(row: R): Result<AnyRow, string>;
}

/** Asks for nothing that is not so anyway, or does no harm to leave out; other values are refused. */
export interface Ignored {
  readonly kind: 'ignored';
  isHarmless(text: string): boolean;
  /** Why no other value can be taken, and what to do. */
  readonly because: string;
  /** What happens instead, where that is not the same. */
  readonly instead?: string;
}

export interface LaterRefusal {
  readonly kind: 'refused';
  readonly words: string;
}

/** Harmless with any of these texts, and any text of these types. */
export function ignored(
  harmless: readonly (string | PropertyType<unknown, unknown>)[],
  because: string,
  instead?: string,
): Ignored {
  const context = { idOf: () => undefined };
  return {
    kind: 'ignored',
    isHarmless: (text) =>
      harmless.some((each) =>
        typeof each === 'string' ? each === text : each.parse(text, context).ok,
      ),
    because,
    ...(instead !== undefined && { instead }),
  };
}

/** A property that later versions leave out when it has their default, which is not ours. */
export type LaterDefault<T> =
  /** The same in all of them: it is taken. */
  | { readonly value: T }
  /** Not the same in all of them: ours is taken, and the reader told. */
  | 'varies';

/** An item that later versions always have and this one has not. */
export interface LaterItem {
  /** Commands give it this number. */
  readonly number: string;
  /** What it is, and that it is not here. */
  readonly words: string;
  /** Whether a `set` with these arguments leaves it as it is anyway. */
  isUntouched(texts: ReadonlyMap<string, string>): boolean;
}

export const no = ['no', 'false'];

export function laterRefusal(words: string) {
  return err<LaterRefusal>({ kind: 'refused', words });
}
