/** Makes one command line of the console language out of the words a shell passed (C-06, C-07). */
import { quote } from '../lib/core/config/quoting.js';

/** What a bare word of the language cannot contain. */
const needsQuotes = /[\s\p{C};\][(){}"$\\?]/u;
const assignment = /^([A-Za-z][A-Za-z0-9-]*[!~<>=]?=|[A-Za-z][A-Za-z0-9-]*[~<>])(.*)$/s;
const bracketed = /^(\[.*\]|\(.*\))$/s;
const separator = /^;$/;

/**
 * A value arrives as the one value it was for the shell: `secret=a b` becomes `secret="a b"`, quotes
 * and dollar signs in it included. Left as they are: the first word, which may hold a whole command
 * line; words in brackets such as `[find disabled=yes]`; and a lone `;`.
 */
export function commandLineOf(words: readonly string[]): string {
  const [first = '', ...rest] = words;
  return [first, ...rest.map(writtenWord)].join(' ');
}

function writtenWord(word: string): string {
  if (separator.test(word) || bracketed.test(word)) return word;
  const match = assignment.exec(word);
  if (match === null) return writtenValue(word);
  const [, nameAndOperator = '', value = ''] = match;
  return nameAndOperator + (bracketed.test(value) ? value : writtenValue(value));
}

function writtenValue(value: string): string {
  return value === '' || needsQuotes.test(value) ? quote(value) : value;
}
