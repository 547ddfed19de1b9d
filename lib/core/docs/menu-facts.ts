/** What the generated documents tell of each menu, in one shape for all of them. */
import type { LaterArgument } from '../config/later-arguments.js';
import type { AnyMenu } from '../config/menu.js';
import { commonProperties } from '../config/menu.js';
import type { Properties, PropertyType } from '../config/property.js';
import { defaultText } from '../config/property-text.js';
import { formatContext } from '../config/references.js';
import { emptyConfig } from '../config/tables.js';
import type { CommandArgument } from '../console/command-arguments.js';
import { argumentsOf } from '../console/command-arguments.js';
import { commandsAt, globalCommands } from '../console/commands/catalogue.js';
import type { CommandSpec } from '../console/commands/command.js';
import type { MenuNode } from '../console/menu-tree.js';
import { consoleMenus, menuTree } from '../console/menu-tree.js';

export interface PropertyFacts {
  readonly name: string;
  readonly help: string;
  readonly type: PropertyType<unknown, unknown>;
  readonly secret: boolean;
  /** Absent where there is none: `required`, or the menu is read-only. */
  readonly default?: string;
  readonly required: boolean;
}

export interface CommandFacts {
  readonly name: string;
  readonly help: string;
  /** Those that are no properties, with what they mean. */
  readonly arguments: readonly CommandArgument[];
  /** The arguments whose names may be left out. */
  readonly unnamed: readonly string[];
  readonly keywords: readonly { readonly name: string; readonly help: string }[];
  readonly takesProperties: boolean;
  readonly takesCondition: boolean;
}

export interface MenuFacts {
  /** `/ip ipsec policy` */
  readonly path: string;
  readonly node: MenuNode;
  readonly menu: AnyMenu;
  readonly readOnly: boolean;
  readonly flags: readonly { readonly letter: string; readonly word: string }[];
  readonly properties: readonly PropertyFacts[];
  readonly statistics: readonly {
    readonly name: string;
    readonly help: string;
    readonly type: PropertyType<unknown, unknown>;
  }[];
  readonly legacy: readonly {
    readonly name: string;
    readonly help: string;
    readonly grammar: string;
  }[];
  /** Arguments of later versions, and what becomes of them (C-46). */
  readonly later: readonly { readonly name: string; readonly meaning: string }[];
  readonly commands: readonly CommandFacts[];
}

/** The tree a console offers. */
export const documentedTree: MenuNode = menuTree(consoleMenus);

/** Every table, in the order of the help listing. */
export function allMenus(): readonly MenuFacts[] {
  return tablesBelow(documentedTree, '');
}

function tablesBelow(node: MenuNode, path: string): readonly MenuFacts[] {
  const { menu } = node;
  const own = menu === undefined ? [] : [factsOf(node, menu, path)];
  const below = node.children.map((child) => tablesBelow(child, joined(path, child.name)));
  return [...own, ...below.flat()];
}

/** `/ip ipsec`: the slash stands at the root alone. */
export function joined(path: string, name: string): string {
  return path === '' ? `/${name}` : `${path} ${name}`;
}

function factsOf(node: MenuNode, menu: AnyMenu, path: string): MenuFacts {
  const readOnly = menu.live !== undefined;
  const hidden: Properties = readOnly ? {} : commonProperties;
  return {
    path,
    node,
    menu,
    readOnly,
    flags: menu.flags.flat().map(({ letter, word }) => ({ letter, word })),
    properties: Object.entries({ ...shown(menu.properties), ...hidden }).map(([name, property]) => {
      const { type, help } = property;
      const initial = readOnly ? undefined : defaultText(property, formatContext(emptyConfig()));
      return {
        ...{ name, help, type, secret: type.secret === true },
        ...(initial !== undefined && { default: initial }),
        required: !readOnly && initial === undefined,
      };
    }),
    statistics: Object.entries(menu.statistics ?? {}).map(([name, { help, type }]) => ({
      name,
      help,
      type,
    })),
    legacy: Object.entries(menu.legacyArguments ?? {}).map(([name, { help, grammar }]) => ({
      name,
      help,
      grammar,
    })),
    later: Object.entries(menu.laterArguments ?? {}).map(([name, argument]) => ({
      name,
      meaning: laterMeaning(argument),
    })),
    commands: commandsAt(node).map((command) => commandFacts(command, node)),
  };
}

function laterMeaning<R>(argument: LaterArgument<R>): string {
  switch (argument.kind) {
    case 'translated':
      return 'Said by the properties of this menu.';
    case 'elsewhere':
      return `Becomes \`${argument.property}\` in ${argument.table}.`;
    case 'ignored':
      return `Without effect: ${argument.instead ?? argument.because}.`;
  }
}

/** What a flag shows already is no property to a reader. */
function shown(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, { hidden }]) => hidden !== true));
}

function commandFacts(command: CommandSpec, node: MenuNode): CommandFacts {
  const { name, help, keywords, unnamed, argumentHelp, condition } = command;
  const all = argumentsOf(command, node);
  return {
    ...{ name, help, unnamed },
    arguments: all.filter(({ property }) => property === undefined),
    keywords: keywords.map((word) => ({ name: word, help: argumentHelp?.[word] ?? '' })),
    takesProperties: all.some(({ property }) => property !== undefined),
    takesCondition: condition === 'whole' || keywords.includes('where'),
  };
}

/** Commands that only nodes between the root and the tables have, named with their path. */
function commandsBetween(): readonly CommandFacts[] {
  const nodes = nodesBelow(documentedTree, '');
  const elsewhere = nodes.filter(({ node, path }) => path === '' || node.menu !== undefined);
  const known = new Set(elsewhere.flatMap(({ node }) => commandsAt(node)));
  return nodes.flatMap(({ node, path }) =>
    commandsAt(node)
      .filter((command) => !known.has(command))
      .map((command) => commandFacts(command, node))
      .map((facts) => ({ ...facts, name: `${path} ${facts.name}` })),
  );
}

interface NodeAt {
  readonly node: MenuNode;
  /** `/ip ipsec`, empty for the root. */
  readonly path: string;
}

function nodesBelow(node: MenuNode, path: string): readonly NodeAt[] {
  const separator = path === '' ? '/' : ' ';
  const below = node.children.flatMap((child) =>
    nodesBelow(child, `${path}${separator}${child.name}`),
  );
  return [{ node, path }, ...below];
}

/** Each command once: what it does and takes is the same wherever it is, or less. */
export function everyCommand(): readonly CommandFacts[] {
  const root = commandsAt(documentedTree).map((command) => commandFacts(command, documentedTree));
  const global = globalCommands
    .map((command) => commandFacts(command, documentedTree))
    .map((facts) => ({ ...facts, name: `:${facts.name}` }));
  const tables = allMenus().flatMap(({ commands }) => commands);
  const all = [...tables, ...root, ...commandsBetween(), ...global];
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}
