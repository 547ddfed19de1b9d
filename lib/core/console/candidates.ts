/** Everything that can stand at a position of a line: completion picks from it, help shows it (C-35, C-36). */
import type { Config } from '../config/config.js';
import { isTableName, itemsOf, tableMenus } from '../config/config.js';
import { itemValues } from '../config/item-values.js';
import type { AnyMenu } from '../config/menu.js';
import { propertyOf } from '../config/menu.js';
import type { PropertyType } from '../config/property.js';
import { yesNo } from '../config/values/enumeration.js';
import type { CommandArgument } from './command-arguments.js';
import { argumentsOf, named } from './command-arguments.js';
import { commandsAt, globalCommands } from './commands/catalogue.js';
import type { CommandSpec } from './commands/command.js';
import type { LineContext, LinePosition } from './line-position.js';
import type { Invocation, Path } from './parse.js';
import { typedWord } from './value-text.js';

export type CandidateKind = 'menu' | 'command' | 'property' | 'keyword' | 'value' | 'item';

export interface Candidate {
  /** The whole word, as it goes into the line: a property with its `=`, other words without a blank. */
  readonly text: string;
  readonly kind: CandidateKind;
  /** A few words for help. */
  readonly help: string;
}

export interface Offer {
  readonly candidates: readonly Candidate[];
  /** Values and items may be joined by commas. */
  readonly list: boolean;
}

const nothing: Offer = { candidates: [], list: false };

export function offerAt(position: LinePosition, context: LineContext): Offer {
  switch (position.kind) {
    case 'name':
      return { candidates: namesIn(position.path, position.inBrackets), list: false };
    case 'globalName':
      return { candidates: commands(globalCommands, position.inBrackets), list: false };
    case 'argument':
      return argumentOffer(position.invocation, context.config);
    case 'value':
      return valueOffer(position.invocation, position.name, context.config);
    case 'subject':
      return { candidates: subjectNames(position.invocation), list: false };
    case 'subjectValue': {
      const subject = named(position.name, subjectsOf(position.invocation.node.menu));
      return subject === undefined ? nothing : typeOffer(subject.type, context.config);
    }
  }
}

function namesIn(path: Path, inBrackets: boolean): readonly Candidate[] {
  const node = path.at(-1);
  if (node === undefined) return [];
  const menus = node.children.map(
    ({ name, help }) => ({ text: name, kind: 'menu', help }) as const,
  );
  const own = path.length === 1 && !inBrackets ? shellCommands : [];
  return [...menus, ...commands(commandsAt(node), inBrackets), ...own];
}

/** What the shell itself does in every menu; told at the root, where a new user begins. */
const shellCommands: readonly Candidate[] = [
  {
    text: 'help',
    kind: 'command',
    help: 'What can stand here; ? tells it at any place of a line.',
  },
  { text: 'quit', kind: 'command', help: 'Leaves the shell.' },
];

function commands(specs: readonly CommandSpec[], inBrackets: boolean): readonly Candidate[] {
  return specs
    .filter(({ givesValue }) => givesValue === true || !inBrackets)
    .map(({ name, help }) => ({ text: name, kind: 'command', help }));
}

/** Names of arguments, keywords, and what the next value without a name may be. */
function argumentOffer(invocation: Invocation, config: Config): Offer {
  const { command, node, keywords } = invocation;
  const given = new Set(invocation.arguments.map(({ name }) => name));
  const known = argumentsOf(command, node);
  const next = known.find(({ name }) => name === command.unnamed.find((word) => !given.has(word)));
  const { candidates, list } = next === undefined ? nothing : namedValues(next, node.menu, config);
  const names = known
    .filter(({ name }) => !given.has(name))
    .map(({ name, help }) => ({ text: `${name}=`, kind: 'property', help }) as const);
  const words = command.keywords
    .filter((word) => !keywords.has(word))
    .map((word) => keyword(word, command));
  return { candidates: [...words, ...candidates, ...names], list };
}

function keyword(word: string, { argumentHelp }: CommandSpec): Candidate {
  return { text: word, kind: 'keyword', help: argumentHelp?.[word] ?? '' };
}

function valueOffer({ command, node }: Invocation, name: string, config: Config): Offer {
  const argument = named(name, argumentsOf(command, node));
  if (argument === undefined) return nothing;
  return argument.type === undefined
    ? namedValues(argument, node.menu, config)
    : typeOffer(argument.type, config);
}

/** What an argument of the command itself may name. */
function namedValues({ names }: CommandArgument, menu: AnyMenu | undefined, config: Config): Offer {
  if (menu === undefined || names === undefined) return nothing;
  if (names === 'items') return { candidates: itemNames(menu.name, config, 'asItems'), list: true };
  const values = Array.from(itemValues(menu).keys(), (name) => value(name, meaning(menu, name)));
  return { candidates: values, list: false };
}

function typeOffer(type: PropertyType<unknown, unknown>, config: Config): Offer {
  const words = (type.words ?? []).map((word) => value(word, rating(word, type)));
  const names = type.references === undefined ? [] : itemNames(type.references, config);
  return { candidates: [...words, ...names], list: type.list === true };
}

function rating(word: string, { weakWords }: PropertyType<unknown, unknown>): string {
  const why = weakWords?.[word];
  return why === undefined ? '' : `Weak: ${why}.`;
}

function value(text: string, help = ''): Candidate {
  return { text, kind: 'value', help };
}

/** Only texts: an address is nothing that a Tab should choose (C-35). */
function itemNames(table: string, config: Config, use?: 'asItems'): readonly Candidate[] {
  if (!isTableName(table)) return [];
  const { itemName, properties } = tableMenus[table];
  if (itemName === undefined || properties[itemName]?.type.quoting !== 'always') return [];
  return (
    itemsOf(config, table)
      .map((item) => `${item[itemName]}`)
      // Where items are meant, digits are a number (C-20).
      .filter((name) => use === undefined || !/^\d+$/.test(name))
      .map((name) => ({ text: typedWord(name), kind: 'item', help: '' }))
  );
}

/** What a condition may ask for, and `where` as long as it says nothing yet. */
function subjectNames({ command, node, condition }: Invocation): readonly Candidate[] {
  const where =
    condition === undefined ? command.keywords.map((word) => keyword(word, command)) : [];
  const names = subjectsOf(node.menu).flatMap(({ name, help, type }) => [
    // What is yes or no may stand alone (C-24).
    ...(type.grammar === yesNo.grammar ? [{ text: name, kind: 'keyword', help } as const] : []),
    { text: `${name}=`, kind: 'property', help } as const,
  ]);
  return [...where, ...names];
}

interface Subject {
  readonly name: string;
  readonly help: string;
  readonly type: PropertyType<unknown, unknown>;
}

function subjectsOf(menu: AnyMenu | undefined): readonly Subject[] {
  if (menu === undefined) return [];
  const subjects = Array.from(itemValues(menu), ([name, { type }]) => ({
    name,
    type,
    help: meaning(menu, name),
  }));
  const permanent = { name: 'default', type: yesNo, help: 'The item that always exists.' };
  return menu.permanentItem === undefined ? subjects : [...subjects, permanent];
}

/** Of a property, a statistic or a flag. */
function meaning(menu: AnyMenu, name: string): string {
  const described = propertyOf(menu, name) ?? menu.statistics?.[name];
  const flag = menu.flags.flat().find(({ word }) => word === name);
  return described?.help ?? (flag === undefined ? '' : `Flag ${flag.letter}.`);
}
