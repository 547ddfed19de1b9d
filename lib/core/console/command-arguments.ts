/** What the arguments of a command take and mean: for completion, help and documentation. */
import { matchName } from '../config/abbreviation.js';
import { propertyOf } from '../config/menu.js';
import type { Property, PropertyType } from '../config/property.js';
import type { CommandSpec } from './commands/command.js';
import type { MenuNode } from './menu-tree.js';

export interface CommandArgument {
  readonly name: string;
  readonly help: string;
  /** What its values are, where that can be told. */
  readonly type?: PropertyType<unknown, unknown>;
  /** The property of the menu that it gives a value. */
  readonly property?: Property<unknown>;
  /** It names items of the table (C-20), or a value of an item (C-17). */
  readonly names?: 'items' | 'values';
}

const itemArguments = new Set(['numbers', 'from', 'copy-from', 'place-before', 'destination']);
const valueArguments = new Set(['value-name']);

/**
 * In the order of help: those that need no name, properties, others. What only old scripts use is left
 * out (B-20, 5).
 */
export function argumentsOf(command: CommandSpec, node: MenuNode): readonly CommandArgument[] {
  const names = command.arguments(node);
  const own = names.flatMap((name) => ownArgument(command, name) ?? []);
  const properties = names.flatMap((name) => propertyArgument(command, node, name) ?? []);
  const unnamed = own.filter(({ name }) => command.unnamed.includes(name));
  return [...unnamed, ...properties, ...own.filter((each) => !unnamed.includes(each))];
}

function ownArgument(command: CommandSpec, name: string): CommandArgument | undefined {
  const help = command.argumentHelp?.[name];
  if (help === undefined) return undefined;
  const type = command.argumentTypes?.[name];
  return { name, help, ...(type && { type }), ...namesOf(name) };
}

function namesOf(name: string): Pick<CommandArgument, 'names'> {
  if (itemArguments.has(name)) return { names: 'items' };
  return valueArguments.has(name) ? { names: 'values' } : {};
}

function propertyArgument(
  { argumentHelp }: CommandSpec,
  { menu }: MenuNode,
  name: string,
): CommandArgument | undefined {
  if (menu === undefined || argumentHelp?.[name] !== undefined) return undefined;
  const property = propertyOf(menu, name);
  return property && { name, help: property.help, type: property.type, property };
}

/** The one a name, perhaps shortened, stands for. */
export function named<T extends { readonly name: string }>(
  text: string,
  known: readonly T[],
): T | undefined {
  const match = matchName(
    text,
    known.map((value) => ({ name: value.name, value })),
  );
  return match.kind === 'found' ? match.value : undefined;
}
