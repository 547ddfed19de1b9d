/** What to type instead of a name that is no menu, command or argument there (C-50 to C-52). */
import { matchName } from '../config/abbreviation.js';
import type { AnyMenu } from '../config/menu.js';
import { propertyOf } from '../config/menu.js';
import { commandsAt, globalCommands } from './commands/catalogue.js';
import type { CommandSpec } from './commands/command.js';
import { didYouMean, listed } from './hints.js';
import type { MenuNode } from './menu-tree.js';
import { shellWords } from './other-menus.js';

type Nodes = readonly MenuNode[];

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

function namesAt(node: MenuNode): readonly string[] {
  return [...node.children, ...commandsAt(node)].map(nameOf);
}

/** For a word that is neither a menu nor a command at the end of the path. */
export function commandHint(word: string, path: Nodes): string {
  const node = path.at(-1);
  const [root] = path;
  if (node === undefined || root === undefined) return '';
  return (
    otherName(word, node) ??
    colonHint(word) ??
    elsewhereHint(word, root, path) ??
    didYouMean(word, namesAt(node)) ??
    neededHint(path)
  );
}

function otherName(word: string, { otherNames = {} }: MenuNode): string | undefined {
  const known = { ...shellWords, ...otherNames };
  return Object.hasOwn(known, word) ? known[word] : undefined;
}

function colonHint(word: string): string | undefined {
  if (word.startsWith(':')) return 'a command with : comes first in its line';
  return globalCommands.some(({ name }) => name === word) ? `write :${word}` : undefined;
}

/** A menu of that name, or a table with a command of that name: no misspelling of anything here. */
function elsewhereHint(word: string, root: MenuNode, path: Nodes): string | undefined {
  const places = below(root, '');
  const menu = places.find((place) => place.node.name === word);
  if (menu !== undefined) return `that menu is ${menu.path}`;
  const table = places.find((place) => commandsAt(place.node).some(({ name }) => name === word));
  if (table === undefined) return undefined;
  // A table has all the commands there are for it.
  if (path.at(-1)?.menu !== undefined) return neededHint(path);
  return `a menu comes before it, as in ${table.path === '' ? '/' : `${table.path} `}${word}`;
}

interface NodePlace {
  readonly node: MenuNode;
  readonly path: string;
}

function below(node: MenuNode, path: string): readonly NodePlace[] {
  const children = node.children.flatMap((child) =>
    below(child, path === '' ? `/${child.name}` : `${path} ${child.name}`),
  );
  return [{ node, path }, ...children];
}

/** What can stand where a menu or command is needed. */
export function neededHint(path: Nodes): string {
  const node = path.at(-1);
  if (node === undefined) return '';
  return `in /${path.slice(1).map(nameOf).join(' ')} there are ${listed(namesAt(node))}`;
}

/** For a word after `:` (C-30). */
export function globalCommandHint(word: string): string {
  const names = globalCommands.map(nameOf);
  return didYouMean(word, names) ?? `of the commands with : there are only ${listed(names)}`;
}

/** For a line that begins with a value (C-51). */
export const continuationHint =
  'a command comes first; a line that goes on needs a \\ at the end of the one before';

/** For `NAME>VALUE` and the like where values are given. */
export const comparisonHint = 'a comparison belongs behind where, or into [find ...]';

export interface ArgumentPlace {
  readonly command: CommandSpec;
  readonly node: MenuNode;
  /** The names of the arguments before it. */
  readonly given: readonly string[];
}

function commandName({ command, node }: ArgumentPlace): string {
  return [node.name, command.name].filter((name) => name !== '').join(' ');
}

/** For a name that is no argument of the command, or one that was given before. */
export function argumentHint(name: string, place: ArgumentPlace): string {
  const { command, node, given } = place;
  const known = command.arguments(node);
  if (known.includes(name) && given.includes(name)) return `${name} is given twice`;
  if (command.laterArguments?.(node, 'compat').includes(name)) {
    return `${name} is of later versions: import a file that has it with compat=yes`;
  }
  const what = `${shownName(name, place)} is no argument of ${commandName(place)}`;
  const near = didYouMean(name, known);
  if (near !== undefined) return `${what}; ${near}`;
  return known.length === 0 ? what : `${what}: it takes ${listed(known)}`;
}

/** After a secret the name may be more of it, typed without quotes: it is not repeated. */
function shownName(name: string, { given, node }: ArgumentPlace): string {
  return given.every((each) => isHarmless(node.menu, each)) ? `"${name}"` : 'that';
}

function isHarmless(menu: AnyMenu | undefined, name: string): boolean {
  const property = menu && propertyOf(menu, name);
  return property !== undefined && property.type.secret === undefined;
}

/** For a value without a name that nothing takes. */
export function surplusHint(text: string, place: ArgumentPlace): string {
  const { command, node } = place;
  const match = matchName(
    text,
    command.arguments(node).map((name) => ({ name, value: name })),
  );
  if (match.kind === 'found') return `write ${match.value}=VALUE, without blanks around =`;
  const near = didYouMean(text, command.keywords);
  if (near !== undefined) return near;
  const taken =
    command.unnamed.length === 0
      ? `${commandName(place)} takes no value without a name`
      : `of values without a name ${commandName(place)} takes only ${listed(command.unnamed)}`;
  return `${taken}; a value with blanks in it must stand in quotes`;
}
