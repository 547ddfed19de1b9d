/** What to do about what a table refuses: which value is missing, which item has it already (C-60, C-62). */

import type { TableName } from '../../config/config.js';
import { itemsOf, tableMenus } from '../../config/config.js';
import type { ConfigError } from '../../config/config-error.js';
import { formatId } from '../../config/item-id.js';
import type { AnyItem, AnyRow } from '../../config/menu.js';
import { writableProperties } from '../../config/menu.js';
import { indexOf } from '../../config/table-index.js';
import type { Call } from './command.js';
import { missingHint } from './command.js';

/** What was asked of the table. */
export interface Change {
  readonly table: TableName;
  readonly values: AnyRow;
  /** The items to change; none for a new one. */
  readonly ids: readonly number[];
  /** The item that a new one is copied from. */
  readonly copyFrom?: number | undefined;
}

export function tableHint(call: Call, { rule }: ConfigError, change: Change): string | undefined {
  switch (rule) {
    case 'C-60':
      return missingHint(call, missingNames(change));
    case 'C-62':
      return duplicateHint(call, change);
    default:
      return undefined;
  }
}

function missingNames({ table, values }: Change): readonly string[] {
  return Object.entries(writableProperties(tableMenus[table])).flatMap(([name, property]) => {
    const isNeeded = property.default === undefined && property.nextDefault === undefined;
    return isNeeded && !Object.hasOwn(values, name) ? [name] : [];
  });
}

function duplicateHint(call: Call, change: Change): string | undefined {
  const { table, ids, values } = change;
  const items = itemsOf(call.config, table);
  const index = indexOf(tableMenus[table], items);
  const wanted = { ...copiedValues(items, change), ...values };
  for (const [name, { unique }] of Object.entries(tableMenus[table].properties)) {
    if (unique === undefined || !Object.hasOwn(wanted, name)) continue;
    const holder = index.holder(name, wanted[name]);
    if (holder !== undefined && !ids.includes(holder.id)) {
      const number = items.indexOf(holder);
      return `item ${number} (${formatId(holder.id)}) has that ${name}: set it, or give another ${name}`;
    }
    if (ids.length > 1) return `only one item can have that ${name}: set one`;
  }
  return undefined;
}

/** What a new item takes over that it does not make itself. */
function copiedValues(items: readonly AnyItem[], { table, copyFrom }: Change): AnyRow {
  const model = items.find(({ id }) => id === copyFrom);
  if (model === undefined) return {};
  const taken = Object.entries(tableMenus[table].properties).filter(
    ([, { nextDefault }]) => nextDefault === undefined,
  );
  return Object.fromEntries(taken.map(([name]) => [name, model[name]]));
}
