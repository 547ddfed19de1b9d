/**
 * What a person is told beside a refusal: what could stand there. No hint repeats a value, for any value
 * may be a secret, or a part of one that was typed without its quotes.
 */
import { nearNames } from '../base/nearest.js';
import type { Config } from '../config/config.js';
import { isTableName, itemsOf, tableMenus } from '../config/config.js';
import { printable } from '../config/quoting.js';

/** More names than this are no hint but a reference: `?` has it. */
const listedMax = 10;
const nearMax = 3;

/** `a, b, c`, cut short when there are many. */
export function listed(names: readonly string[]): string {
  const rest = names.length - listedMax;
  const shown = names.slice(0, listedMax).map(printable).join(', ');
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** Undefined when none of the names is near. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const near = nearNames(name, known).slice(0, nearMax);
  return near.length === 0 ? undefined : `did you mean ${near.map(quoted).join(' or ')}?`;
}

function quoted(name: string): string {
  return `"${name}"`;
}

export function couldBe(names: readonly string[]): string {
  return `it could be ${listed(names)}`;
}

/** What may stand where a text cannot be read (C-53). */
export const syntaxHints = {
  quoteOpen: 'the quote there is not closed: a text ends in the line it begins in',
  bracketOpen: 'the [ there is not closed; from a shell, put the brackets in quotes',
  closing: 'nothing is open that this could close',
  escape:
    'that backslash begins no escape: \\\\ is a backslash, the others are \\" \\$ \\? \\n \\r \\t \\_ \\a \\b \\f \\v and two digits 0-9A-F',
  dollar: 'there $ begins no variable: write \\$ in quotes',
  glued: 'a blank belongs behind a closing quote or bracket and behind a variable',
  inWord: 'a value with " [ ( { $ or \\ in it must stand in quotes, with \\ before " $ and \\',
  control: 'a value with a control character in it must stand in quotes, written as an escape',
  half: 'there is half of a character: the text was damaged on its way',
  nesting: 'brackets are too deep inside each other',
  parenthesis: 'parentheses and ! && || belong into conditions, behind find or where',
  substitution: 'in brackets stands one command that gives a value: find, get or add',
  tokens: 'a command has at most 10,000 words and signs: give it in several parts',
  unsetVariable: 'no :local before it gave that variable a value; a dollar sign is written \\$',
  variableName: 'the name of a variable has letters and digits',
  condition:
    'a condition is NAME=VALUE (also != ~ !~ < > <= >=), a flag, or several with && || ! ( )',
  conditionDepth: 'parentheses are too deep inside each other',
  pattern: 'behind ~ stands a regular expression',
  parenthesisOpen: 'the ( there is not closed',
} as const;

/** For a name that conditions do not know; it may be a part of a value before it. */
export function subjectHint(name: string, known: readonly string[]): string {
  return didYouMean(name, known) ?? `conditions ask for ${listed(known)}`;
}

interface Grammar {
  readonly grammar: string;
  readonly words?: readonly string[];
  readonly list?: true;
  readonly references?: string;
}

/** The words of the type, or its grammar (C-54, C-55, C-58, C-59). */
export function valueHint(name: string, type: Grammar | undefined, config?: Config) {
  if (type === undefined) return undefined;
  const { grammar, words, list, references } = type;
  if (references !== undefined) return referenceHint(name, grammar, references, config);
  if (words === undefined || words.length > listedMax) return `${name} is ${grammar}`;
  return `${name} is ${list ? 'a comma list of' : 'one of'} ${listed(words)}`;
}

/** With the names there are: names are no secrets. */
function referenceHint(name: string, grammar: string, table: string, config: Config | undefined) {
  const words = `${name} is the ${grammar}`;
  if (config === undefined || !isTableName(table)) return words;
  const { itemName } = tableMenus[table];
  const items = itemName === undefined ? [] : itemsOf(config, table);
  const names = items.map((item) => `${item[itemName ?? '']}`);
  return names.length === 0 ? `${words}, and there is none` : `${words}: ${listed(names)}`;
}
