/** Makes one command line of the console language out of the words a shell passed (C-06, C-07). */
import { quote } from '../lib/core/config/quoting.js';

/** What a bare word of the language cannot contain. */
const needsQuotes = /[\s\p{C};\][(){}"$\\?]|&&|\|\|/u;
const assignment = /^([A-Za-z][A-Za-z0-9-]*[!~<>=]?=|[A-Za-z][A-Za-z0-9-]*[~<>])(.*)$/s;
const bracketed = /^(\[.*\]|\(.*\))$/s;
const separator = /^;$/;
/** What stands alone in a condition (C-24). */
const conditionSign = /^(?:&&|\|\||!.*)$/s;
const conditionStart = /(?:^|[\s/])(?:where|find)$/;
/** A bracket that the shell has cut at its blanks: `[`, `[find`, `place-before=[find`, `[/ip`. */
const openBracket = /^(?:[A-Za-z][A-Za-z0-9-]*=)?\[(?:find|get|:?\/\S*)$|^\[$/;

/** Whether a name may be that of a string or of a key. */
export type IsText = (name: string) => boolean;

/** Whether it depends on the names of the properties what the words mean: finding out takes its time. */
export function hasBracketedValue(words: readonly string[]): boolean {
  return words.some((word) => bracketed.test(assignment.exec(word)?.[2] ?? ''));
}

/**
 * A value arrives as the one value it was for the shell: `secret=a b` becomes `secret="a b"`, quotes
 * and dollar signs in it included. Left as they are: the first word, which may hold a whole command
 * line; words in brackets such as `[find disabled=yes]`, also when they come one by one, but not as the
 * value of a string, which may be a secret that looks so; the signs of conditions; and a lone `;`.
 */
export function commandLineOf(words: readonly string[], isText: IsText): string {
  const [first = '', ...rest] = words;
  const written = [first];
  let isCondition = conditionStart.test(first);
  for (let index = 0; index < rest.length; index += 1) {
    const end = closingIndex(rest, index);
    written.push(...rest.slice(index, end).map((word) => writtenInBrackets(word, isText)));
    if (end > index) index = end - 1;
    else written.push(writtenWord(rest[index] ?? '', isCondition, isText));
    isCondition ||= conditionStart.test(rest[index] ?? '');
  }
  return written.join(' ');
}

/** The word that opens a bracket which no later word closes; as a value it may be meant as it is. */
export function unclosedBracket(words: readonly string[]): string | undefined {
  const rest = words.slice(1);
  return rest.find(
    (word, index) =>
      word.startsWith('[') && openBracket.test(word) && closingIndex(rest, index) === index,
  );
}

/** The index behind the words of the bracket that opens there; the same index when none does. */
function closingIndex(words: readonly string[], start: number): number {
  if (!openBracket.test(words[start] ?? '')) return start;
  let depth = 0;
  for (let index = start; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (openBracket.test(word)) depth += 1;
    depth -= /\]*$/.exec(word)?.[0].length ?? 0;
    if (depth <= 0) return index + 1;
  }
  return start;
}

function writtenInBrackets(word: string, isText: IsText): string {
  if (openBracket.test(word)) return word;
  const [closing = ''] = /\]*$/.exec(word) ?? [];
  const inner = word.slice(0, word.length - closing.length);
  return (inner === '' ? '' : writtenWord(inner, true, isText)) + closing;
}

function writtenWord(word: string, isCondition: boolean, isText: IsText): string {
  if (separator.test(word) || bracketed.test(word)) return word;
  if (conditionSign.test(word)) return isCondition ? word : quote(word);
  const match = assignment.exec(word);
  if (match === null) return writtenValue(word);
  const [, nameAndOperator = '', value = ''] = match;
  const isCommand = bracketed.test(value) && !isText(nameAndOperator.replace(/[!~<>=]+$/, ''));
  return nameAndOperator + (isCommand ? value : writtenValue(value));
}

function writtenValue(value: string): string {
  return value === '' || needsQuotes.test(value) ? quote(value) : value;
}
