/** Reads values that arrived as JSON: what they must be is said once, and says the type as well. */
import type { Result } from '../base/result.js';
import { err, ok } from '../base/result.js';

/** The error names the place and what is wanted there: `columns: a number from 20 to 1000`. */
type Read<T> = Result<T, string>;

export type JsonReader<T> = (value: unknown, place: string) => Read<T>;

/** A field of an object that may be missing. */
export interface OptionalField<T> {
  readonly optional: JsonReader<T>;
}

type Field = JsonReader<unknown> | OptionalField<unknown>;
export type Fields = Readonly<Record<string, Field>>;

type RequiredNames<F extends Fields> = {
  [K in keyof F]: F[K] extends OptionalField<unknown> ? never : K;
}[keyof F];

/** The object that those fields describe. */
export type FieldValues<F extends Fields> = {
  readonly [K in RequiredNames<F>]: F[K] extends JsonReader<infer T> ? T : never;
} & {
  readonly [K in Exclude<keyof F, RequiredNames<F>>]?: F[K] extends OptionalField<infer T>
    ? T
    : never;
};

/** The type a reader reads. */
export type ReadBy<R> = R extends JsonReader<infer T> ? T : never;

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function expected(place: string, what: string): Read<never> {
  return err(place === '' ? what : `${place}: ${what}`);
}

/** A reader of whatever the test tells from everything else. */
function reader<T>(what: string, test: (value: unknown) => value is T): JsonReader<T> {
  return (value, place) => (test(value) ? ok(value) : expected(place, what));
}

export const text = reader('a string', (value) => typeof value === 'string');
export const flag = reader('true or false', (value) => typeof value === 'boolean');
export const object = reader('an object', isJsonObject);

export const count = integer(0, Number.MAX_SAFE_INTEGER, 'a whole number from 0');

export function integer(
  first: number,
  last: number,
  what = `a number from ${first} to ${last}`,
): JsonReader<number> {
  return reader(
    what,
    (value): value is number =>
      typeof value === 'number' && Number.isSafeInteger(value) && value >= first && value <= last,
  );
}

export function word<const W extends string>(...words: readonly W[]): JsonReader<W> {
  const set: ReadonlySet<unknown> = new Set(words);
  return reader(words.join(', '), (value): value is W => set.has(value));
}

export function optional<T>(of: JsonReader<T>): OptionalField<T> {
  return { optional: of };
}

export function list<T>(of: JsonReader<T>): JsonReader<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) return expected(place, 'a list');
    const values: T[] = [];
    for (const [index, element] of value.entries()) {
      const read = of(element, `${place}[${index}]`);
      if (!read.ok) return read;
      values.push(read.value);
    }
    return ok(values);
  };
}

/** An object whose values are all of one kind, such as counts by name. */
export function record<T>(of: JsonReader<T>): JsonReader<Readonly<Record<string, T>>> {
  return (value, place) => {
    if (!isJsonObject(value)) return expected(place, 'an object');
    const entries: [string, T][] = [];
    for (const [name, element] of Object.entries(value)) {
      const read = of(element, within(place, name));
      if (!read.ok) return read;
      entries.push([name, read.value]);
    }
    return ok(Object.fromEntries(entries));
  };
}

/** `exact`: a name that is not among the fields is refused, for it is most likely a misspelt one. */
export function shape<F extends Fields>(
  fields: F,
  { exact = false }: { readonly exact?: boolean } = {},
): JsonReader<FieldValues<F>> {
  return (value, place) => {
    if (!isJsonObject(value)) return expected(place, 'an object');
    const stranger = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
    if (exact && stranger !== undefined) {
      return expected(
        within(place, stranger),
        `unknown; known are ${Object.keys(fields).join(', ')}`,
      );
    }
    const values: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(fields)) {
      const isOptional = typeof field !== 'function';
      if (isOptional && value[name] === undefined) continue;
      const read = (isOptional ? field.optional : field)(value[name], within(place, name));
      if (!read.ok) return read;
      values[name] = read.value;
    }
    return ok(values as FieldValues<F>);
  };
}

function within(place: string, name: string): string {
  return place === '' ? name : `${place}.${name}`;
}
