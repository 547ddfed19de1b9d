/** Words out of a list: yes and no, one of several, some of several (spec A.0 `yesno`, `enum`, `set of enum`). */
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import { matchName } from '../abbreviation.js';
import type { PropertyType, ValueError } from '../property.js';
import { ambiguousValue, invalidValue, unknownValue } from '../value-error.js';

type Aliases<V> = Readonly<Record<string, V>>;

/** Other dialects' words must be written out: only our own may be shortened. */
function parseWord<V extends string>(
  text: string,
  words: readonly V[],
  aliases: Aliases<V>,
): Result<V, ValueError> {
  const alias = Object.hasOwn(aliases, text) ? aliases[text] : undefined;
  if (alias !== undefined) return ok(alias);
  const match = matchName(
    text,
    words.map((word) => ({ name: word, value: word })),
  );
  switch (match.kind) {
    case 'found':
      return ok(match.value);
    case 'none':
      return unknownValue;
    case 'ambiguous':
      return ambiguousValue;
  }
}

export function oneOf<const V extends string>(
  words: readonly V[],
  aliases: Aliases<NoInfer<V>> = {},
): PropertyType<V, V> {
  return {
    grammar: words.join('|'),
    words,
    json: { schema: { enum: words }, of: (value) => value },
    parse: (text) => parseWord(text, words, aliases),
    format: (value) => value,
  };
}

/** A comma list without blanks; kept, printed and compared in the order of `words`. */
export function someOf<const V extends string>(
  words: readonly V[],
  {
    atLeastOne = false,
    aliases = {},
  }: { readonly atLeastOne?: boolean; readonly aliases?: Aliases<NoInfer<V>> } = {},
): PropertyType<readonly V[], readonly V[]> {
  return {
    grammar: `${words.join('|')}[,...]`,
    quoting: 'whenEmpty',
    words,
    list: true,
    json: {
      schema: {
        type: 'array',
        items: { enum: words },
        uniqueItems: true,
        ...(atLeastOne ? { minItems: 1 } : {}),
      },
      of: (value) => value,
    },
    parse: (text) => {
      const chosen = new Set<V>();
      for (const part of text === '' ? [] : text.split(',')) {
        const word = parseWord(part, words, aliases);
        if (!word.ok) return word;
        chosen.add(word.value);
      }
      if (atLeastOne && chosen.size === 0) return invalidValue;
      return ok(words.filter((word) => chosen.has(word)));
    },
    format: (value) => value.join(','),
  };
}

export const yesNo: PropertyType<boolean, boolean> = {
  grammar: 'yes|no',
  words: ['yes', 'no'],
  json: { schema: { type: 'boolean' }, of: (value) => value },
  parse: (text) => {
    const word = parseWord(text, ['yes', 'no'], { true: 'yes', false: 'no' });
    return word.ok ? ok(word.value === 'yes') : word;
  },
  format: (value) => (value ? 'yes' : 'no'),
};
