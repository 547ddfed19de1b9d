/** What programs give for a value, as the text that a user would have typed. */
import type { Result } from '../base/result.js';
import { err, ok } from '../base/result.js';
import type { PropertyType } from './property.js';
import { isWholeText, joinBytes } from './quoting.js';

/** What programs may give. */
export type JsonInputValue = string | number | boolean | null | readonly (string | number)[];

/**
 * `true` and `false` are yes and no, a list is written with commas, null is none, and a text is what
 * it is, stray bytes joined to the characters they are. Undefined when the value is nothing that a
 * property could have.
 */
export function textOfJson(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return isWholeText(value) ? joinBytes(value) : undefined;
    case 'boolean':
      return value ? 'yes' : 'no';
    case 'number':
      // Nothing that would be written with an exponent or a fraction is a value of ours.
      return Number.isSafeInteger(value) ? `${value}` : undefined;
    default:
      if (value === null) return 'none';
      return Array.isArray(value) ? listText(value) : undefined;
  }
}

function listText(values: readonly unknown[]): string | undefined {
  const texts = values.map((value) =>
    typeof value === 'string' || typeof value === 'number' ? textOfJson(value) : undefined,
  );
  return texts.includes(undefined) ? undefined : texts.join(',');
}

/** The kinds of JSON, in the words of its schema, and in ours. */
const kindWords = {
  string: 'a string',
  integer: 'a number',
  boolean: 'true or false',
  array: 'a list',
  null: 'null',
  object: 'an object',
} as const;

type Kind = keyof typeof kindWords;

function kindOf(value: unknown): Kind {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const kinds: Readonly<Record<string, Kind>> = {
    ...{ string: 'string', number: 'integer', boolean: 'boolean' },
  };
  return kinds[typeof value] ?? 'object';
}

/** The kinds that stand for values of the type; its text always does. */
function takenKinds({ json, takesNumbers }: Taking): readonly Kind[] {
  const { type } = json?.schema ?? {};
  const named: ReadonlySet<unknown> = new Set(Array.isArray(type) ? type : [type]);
  const isTaken = (kind: Kind) =>
    kind === 'string' || named.has(kind) || (kind === 'integer' && takesNumbers === true);
  return (Object.keys(kindWords) as readonly Kind[]).filter(isTaken);
}

type Taking = Pick<PropertyType<unknown, unknown>, 'json' | 'takesNumbers'>;

/**
 * The text of a value for a property of that type. Of another kind it is refused, with words that do not
 * repeat it: `secret: null` must not become the secret "none".
 */
export function textForType(type: Taking, value: unknown): Result<string, string> {
  const [given, taken] = [kindOf(value), takenKinds(type)];
  const wanted = `it takes ${taken.map((kind) => kindWords[kind]).join(' or ')}`;
  if (!taken.includes(given)) return err(`${wanted}, not ${kindWords[given]}`);
  if (typeof value === 'string' && !isWholeText(value)) {
    return err(`${wanted}, not half of a character`);
  }
  const text = textOfJson(value);
  return text === undefined ? err(wanted) : ok(text);
}
