/** What the shell completions know: options, menus, commands, arguments and words, as shell functions. */
import { itemValues } from '../config/item-values.js';
import type { AnyMenu } from '../config/menu.js';
import type { PropertyType } from '../config/property.js';
import { argumentsOf } from '../console/command-arguments.js';
import { commandsAt, globalCommands } from '../console/commands/catalogue.js';
import type { CommandSpec } from '../console/commands/command.js';
import type { MenuNode } from '../console/menu-tree.js';
import { documentedTree } from './menu-facts.js';
import type { NamedOption, ProgramOptions } from './option-table.js';
import { allOptions } from './option-table.js';

/** Words by what was typed before: a menu, a command, a property. */
type Entry = readonly [key: string, words: readonly string[]];

type AnyType = PropertyType<unknown, unknown>;

export function shellData(options: ProgramOptions): string {
  const nodes = nodesBelow(documentedTree, '');
  const programs = Object.entries(options);
  return [
    lookup(
      'menus',
      'MENU',
      nodes.map(([path, node]) => [path, node.children.map(({ name }) => name)]),
    ),
    lookup('commands', 'MENU', [
      ...nodes.map(([path, node]): Entry => [path, commandsAt(node).map(({ name }) => name)]),
      [':', globalCommands.map(({ name }) => name)],
    ]),
    lookup('arguments', '"MENU COMMAND"', [
      ...nodes.flatMap(([path, node]) =>
        commandsAt(node).map((each): Entry => [`${path} ${each.name}`, argumentWords(each, node)]),
      ),
      ...globalCommands.map(
        (each): Entry => [`: ${each.name}`, argumentWords(each, documentedTree)],
      ),
    ]),
    lookup(
      'conditions',
      'MENU',
      nodes.flatMap(([path, { menu }]) =>
        menu === undefined ? [] : [[path, conditionWords(menu)]],
      ),
    ),
    lookup(
      'values',
      '"MENU NAME"; a comma before them: they make lists',
      nodes.flatMap(([path, node]) => valueEntries(path, node)),
    ),
    lookup(
      'options',
      'PROGRAM',
      programs.map(([program, table]) => [
        program,
        allOptions(table).map(({ name }) => `--${name}`),
      ]),
    ),
    lookup(
      'option_values',
      '"PROGRAM --OPTION"; @files and @directories stand for names',
      programs.flatMap(([program, table]) =>
        allOptions(table)
          .filter(({ argument }) => argument !== undefined)
          .map((option): Entry => [`${program} --${option.name}`, optionValues(option)]),
      ),
    ),
  ].join('\n');
}

/** A function that prints the words of its argument; none for any other. */
function lookup(name: string, argument: string, entries: readonly Entry[]): string {
  const keys = new Map<string, string[]>();
  for (const [key, words] of entries) {
    if (words.length === 0) continue;
    const text = words.join(' ');
    keys.set(text, [...(keys.get(text) ?? []), key]);
  }
  const cases = Array.from(keys, ([words, same]) => {
    const patterns = same.map((key) => `'${key}'`).join(' | ');
    return `    ${patterns})\n      echo '${words}' ;;\n`;
  });
  return `# ${argument}\n_ipsecctl_${name}() {\n  case $1 in\n${cases.join('')}  esac\n}\n`;
}

function nodesBelow(node: MenuNode, path: string): readonly (readonly [string, MenuNode])[] {
  const below = node.children.flatMap((child) => nodesBelow(child, `${path} ${child.name}`.trim()));
  return [[path, node], ...below];
}

/** Of a command that is a condition as a whole, what may stand in it. */
function argumentWords(command: CommandSpec, node: MenuNode): readonly string[] {
  const names = argumentsOf(command, node).map(({ name }) => `${name}=`);
  const subjects =
    command.condition === 'whole' && node.menu !== undefined ? conditionWords(node.menu) : [];
  return [...command.keywords, ...names, ...subjects];
}

function conditionWords(menu: AnyMenu): readonly string[] {
  return Array.from(itemValues(menu).keys(), (name) => `${name}=`);
}

function valueEntries(path: string, node: MenuNode): readonly Entry[] {
  const types = new Map<string, AnyType>();
  for (const command of commandsAt(node)) {
    for (const { name, type } of argumentsOf(command, node)) if (type) types.set(name, type);
  }
  if (node.menu !== undefined) {
    for (const [name, { type }] of itemValues(node.menu)) types.set(name, type);
  }
  return [...types].flatMap(([name, { words, list }]): readonly Entry[] =>
    words === undefined ? [] : [[`${path} ${name}`, [...(list ? [','] : []), ...words]]],
  );
}

function optionValues({ argument, choices }: NamedOption): readonly string[] {
  if (choices !== undefined) return choices;
  if (argument === 'DIRECTORY') return ['@directories'];
  return argument === 'FILE' ? ['@files'] : [];
}
