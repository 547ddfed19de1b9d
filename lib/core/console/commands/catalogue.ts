/** Which commands there are at each node of the menu tree, in the order of help. */
import type { MenuNode } from '../menu-tree.js';
import type { CommandSpec } from './command.js';
import { add, comment, disable, enable, move, remove, set } from './editing.js';
import { explain, explainsItems } from './explaining.js';
import { explainFlow } from './explaining-packet.js';
import { exportTables, hasTables } from './exporting.js';
import { flush } from './flushing.js';
import { edit, get, getOfRecord } from './getting.js';
import { importFile } from './importing.js';
import { find, print } from './looking.js';
import { local, put } from './scripting.js';

const writing = [add, set, remove, enable, disable, comment];

/** The commands at that node. */
export function commandsAt(node: MenuNode): readonly CommandSpec[] {
  const { menu } = node;
  const exporting = hasTables(node) ? [exportTables] : [];
  if (node.name === '') return [importFile, ...exporting];
  if (node.name === 'ipsec') return [...exporting, explainFlow];
  if (menu === undefined) return exporting;
  if (menu.printForm === 'sheet') return [print, getOfRecord];
  if (menu.live !== undefined) return [print, find, get, flush];
  const reading = [print, find, get, ...(explainsItems(menu) ? [explain] : [])];
  return [...writing, ...(menu.ordered ? [move] : []), edit, ...reading, ...exporting];
}

/** The commands that `:` introduces, anywhere. */
export const globalCommands: readonly CommandSpec[] = [local, put];
