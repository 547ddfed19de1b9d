/** What a property of a menu is: how its value is read, written, compared and explained (spec A.0). */
import type { Result } from '../base/result.js';

/** Why a text is no value of a type; `value-error.ts` has the words. */
export type ValueError =
  | { readonly kind: 'invalid' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ambiguous' }
  | { readonly kind: 'outOfRange'; readonly first: string; readonly last: string };

/** What reading a value may need to know beyond its text. */
export interface ParseContext {
  /** The id of the item of that table with exactly that name. */
  idOf(table: string, name: string): number | undefined;
  /** The epoch second of a moment in router local time; absent where no clock is at hand. */
  timeOf?(text: string): number | undefined;
}

/** What writing a value may need to know beyond the value. */
export interface FormatContext {
  nameOf(table: string, id: number): string | undefined;
  /** Router local time of an epoch second, such as `nov/24/2008 14:28:42`. */
  formatTime(epochSeconds: number): string;
}

/** What a value is in JSON, and the schema that says so (JSON Schema 2020-12). */
export interface JsonForm<T, J> {
  readonly schema: JsonSchema;
  /** Undefined when the property does not apply to the item (B-08). */
  of(value: T, context: FormatContext): J | undefined;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** `J` is what programs see of a value: a string unless `json` says otherwise. */
export interface PropertyType<T, J = string> {
  /** The grammar in a few words, for help and documentation. */
  readonly grammar: string;
  parse(text: string, context: ParseContext): Result<T, ValueError>;
  /** Canonical text without quotes; undefined when the property does not apply to the item (B-08). */
  format(value: T, context: FormatContext): string | undefined;
  /** In property lists: quoted always, only when empty, or (absent) never (B-07). */
  readonly quoting?: 'always' | 'whenEmpty';
  /** The number that `<` and `>` compare (C-24); without it the canonical texts are compared. */
  order?(value: T): number;
  /** The words a value may be, for completion and help. */
  readonly words?: readonly string[];
  /** Of the words those that are weak, and why: they work, and are marked. */
  readonly weakWords?: Readonly<Record<string, string>>;
  /** A value is a comma list of these words. */
  readonly list?: true;
  /** Width of a table column that does not follow its cells (B-10). */
  readonly columnWidth?: number;
  /** The table whose items this type refers to. */
  readonly references?: string;
  /** Absent: the canonical text. Whatever it gives, its text must parse to the same value. */
  readonly json?: JsonForm<T, J>;
  /** Programs may give a number, though what they see is a text. */
  readonly takesNumbers?: true;
  /** The text is secret: kept out of errors and logs, marked in schemas. */
  readonly secret?: true;
  /** Some items do not have it: it is then left out (B-08). */
  readonly optional?: true;
}

export interface Property<T, J = unknown> {
  readonly type: PropertyType<T, J>;
  /** One sentence for help. */
  readonly help: string;
  /** Without a default (and without `nextDefault`) `add` must be given the value (C-60). */
  readonly default?: { readonly value: T };
  /** Its defaults by number, from 1: an item has the first that is not taken (`proposal1`, `sa1`). */
  nextDefault?(number: number): T;
  /** No two items of the table may share the value (C-62). */
  readonly unique?: true;
  /** Not printed: it is shown otherwise, as a flag or a comment line. */
  readonly hidden?: true;
  /** A figure that cannot always be exact; the help says why. */
  readonly approximate?: true;
}

/** Marks a figure, with `because` as the end of a sentence. */
export function approximately(help: string, because: string) {
  return { help: `${help} Approximate: ${because}.`, approximate: true } as const;
}

export type Properties = Readonly<Record<string, Property<unknown>>>;

/** The values of one item, inferred from the properties of its menu. */
export type Row<P extends Properties> = {
  readonly [K in keyof P]: P[K] extends Property<infer T, unknown> ? T : never;
};

/** The same as programs see them: in JSON and in the library. What some items do not have is optional. */
export type JsonRow<P extends Readonly<Record<string, HasType>>> = Optionally<{
  readonly [K in keyof P]: JsonOf<P[K]>;
}>;

interface HasType {
  readonly type: PropertyType<unknown, unknown>;
}

/** What programs see of something that has a type. */
export type JsonOf<P extends HasType> =
  P['type'] extends PropertyType<infer _, infer J> ? J : never;

/** Values that may be undefined are left out in JSON. */
type Optionally<R> = {
  readonly [K in keyof R as undefined extends R[K] ? never : K]: R[K];
} & {
  readonly [K in keyof R as undefined extends R[K] ? K : never]?: Exclude<R[K], undefined>;
};

/** A property that `add` need not be given, for its type alone. */
type WithDefault =
  | { readonly default: object }
  | { readonly nextDefault: (number: number) => unknown };

/** The values `add` takes: those without a default are required (C-60). */
export type JsonInput<P extends Properties> = {
  readonly [K in keyof P as P[K] extends WithDefault ? never : K]: JsonRow<P>[K & keyof JsonRow<P>];
} & {
  readonly [K in keyof P as P[K] extends WithDefault ? K : never]?: JsonRow<P>[K &
    keyof JsonRow<P>];
};

export interface PropertyOptions<T> {
  readonly default?: T;
  readonly nextDefault?: (number: number) => T;
  readonly unique?: true;
  readonly hidden?: true;
}

type DefaultOptions<T> = PropertyOptions<T> & { readonly default: T };
type NextDefaultOptions<T> = PropertyOptions<T> &
  Required<Pick<PropertyOptions<T>, 'nextDefault' | 'unique'>>;
type NoDefaultOptions<T> = Omit<PropertyOptions<T>, 'default' | 'nextDefault'>;

/**
 * Declares one property. An option `default: undefined` is a default too: the absent reference. The
 * type tells whether there is one, so that programs are told at compile time what `add` needs.
 */
export function property<T, J>(
  type: PropertyType<T, J>,
  help: string,
  options: DefaultOptions<NoInfer<T>>,
): Property<T, J> & Required<Pick<Property<T, J>, 'default'>>;
export function property<T, J>(
  type: PropertyType<T, J>,
  help: string,
  options: NextDefaultOptions<NoInfer<T>>,
): Property<T, J> & Required<Pick<Property<T, J>, 'nextDefault'>>;
export function property<T, J>(
  type: PropertyType<T, J>,
  help: string,
  options?: NoDefaultOptions<NoInfer<T>>,
): Property<T, J>;
export function property<T, J>(
  type: PropertyType<T, J>,
  help: string,
  options: PropertyOptions<T> = {},
): Property<T, J> {
  const { default: value, ...others } = options;
  return {
    type,
    help,
    ...others,
    ...('default' in options ? { default: { value: value as T } } : {}),
  };
}
