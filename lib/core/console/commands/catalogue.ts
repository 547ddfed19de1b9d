/** Which commands there are at each node of the menu tree, in the order of help. */
import type { MenuNode } from '../menu-tree.js';
import type { CommandSpec } from './command.js';
import { add, comment, disable, enable, move, remove, set } from './editing.js';
import { find, print } from './looking.js';

const writing = [add, set, remove, enable, disable, comment];

/** The commands at that node. */
export function commandsAt({ menu }: MenuNode): readonly CommandSpec[] {
  if (menu === undefined) return [];
  if (menu.live !== undefined) return [print, find];
  return [...writing, ...(menu.ordered ? [move] : []), print, find];
}

/** The commands that `:` introduces, anywhere. */
export const globalCommands: readonly CommandSpec[] = [];
