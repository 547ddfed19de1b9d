/** The command that writes the configuration as commands: export (C-19, C-40 to C-44). */
import { ok } from '../../base/result.js';
import { isTableName, itemsOf, tableNames } from '../../config/config.js';
import type { AnyMenu } from '../../config/menu.js';
import type { ExportTable } from '../export.js';
import { exportText } from '../export.js';
import type { MenuNode } from '../menu-tree.js';
import { jsonLine, writtenFile } from './answer.js';
import type { Call, CommandSpec } from './command.js';
import { argument } from './command.js';

export const exportTables: CommandSpec = {
  name: 'export',
  help: 'Writes the tables as the commands that make them again.',
  keywords: ['compact', 'hide-sensitive', 'terse'],
  unnamed: [],
  argumentHelp: {
    file: 'Writes NAME.rsc instead of showing anything.',
    compact: 'Only what differs from the defaults.',
    'hide-sensitive': 'Without secrets and keys.',
    terse: 'One line per command.',
  },
  arguments: () => ['file'],
  run: (call) => {
    const { host, format, options, invocation } = call;
    const path = wordsOf(invocation.path);
    const text = exportText(tablesOf(call), {
      format,
      origin: `${format.formatTime(host.now())} by ${host.product}`,
      compact: invocation.keywords.has('compact'),
      hideSensitive: invocation.keywords.has('hide-sensitive'),
      terse: invocation.keywords.has('terse'),
    });
    const file = argument(call, 'file');
    if (file !== undefined) return writtenFile(call, file, '.rsc', text);
    return ok({ output: options.form === 'json' ? jsonLine({ path, text }) : text });
  },
};

function wordsOf(path: readonly MenuNode[]): readonly string[] {
  return path.slice(1).map(({ name }) => name);
}

/** Whether there is anything to export here or below. */
export function hasTables({ menu, children }: MenuNode): boolean {
  return (menu !== undefined && isTableName(menu.name)) || children.some(hasTables);
}

/** The tables here and below, those that others refer to first (C-41). */
function tablesOf({ invocation, config }: Call): readonly ExportTable[] {
  const menus = new Map(menusBelow(invocation.node, wordsOf(invocation.path)));
  return tableNames.flatMap((table) => {
    const found = menus.get(table);
    return found === undefined ? [] : [{ ...found, items: itemsOf(config, table) }];
  });
}

type FoundMenu = Pick<ExportTable, 'path' | 'menu'>;

function menusBelow(
  { menu, children }: MenuNode,
  path: readonly string[],
): readonly (readonly [name: AnyMenu['name'], found: FoundMenu])[] {
  return [
    ...(menu === undefined ? [] : [[menu.name, { path, menu }] as const]),
    ...children.flatMap((child) => menusBelow(child, [...path, child.name])),
  ];
}
