/** What a property or an argument takes, in a reader's words. */
import type { PropertyType } from '../config/property.js';
import type { CommandArgument } from '../console/command-arguments.js';

type AnyType = PropertyType<unknown, unknown>;

/** `emphasis` marks words that are typed as they stand. */
export function valueWords(type: AnyType, emphasis: (word: string) => string): string {
  const { words, grammar, list, weakWords = {} } = type;
  if (words === undefined) return grammar;
  const marked = words.map((word) => emphasis(word) + (word in weakWords ? ' (weak)' : ''));
  if (list) return `any of ${joinedBy(marked, 'and')}, by commas`;
  return words.join('|') === grammar ? joinedBy(marked, 'or') : grammar;
}

/** The meaning of an argument, with its values where they can be told. */
export function argumentText(
  { help, type }: CommandArgument,
  emphasis: (word: string) => string,
): string {
  return type === undefined ? help : `${help} Values: ${valueWords(type, emphasis)}.`;
}

function joinedBy(words: readonly string[], conjunction: string): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}
