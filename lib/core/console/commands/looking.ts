/** The commands that look at a table: print, find (C-15, C-16). */
import { ok } from '../../base/result.js';
import { formatId } from '../items.js';
import { printItems } from '../print.js';
import type { CommandSpec } from './command.js';
import { argument, menuOf } from './command.js';

export const find: CommandSpec = {
  name: 'find',
  help: 'The ids of the items that meet the conditions.',
  keywords: ['where'],
  unnamed: [],
  condition: 'whole',
  givesValue: true,
  arguments: () => [],
  run: (call) => {
    const condition = call.condition();
    if (!condition.ok) return condition;
    const ids = call.items.filter(condition.value).map(({ id }) => formatId(id));
    const value = ids.join(';');
    return ok({ output: value === '' ? '' : `${value}\n`, value });
  },
};

export const print: CommandSpec = {
  name: 'print',
  help: 'Shows items, and numbers them for the commands that follow.',
  keywords: ['brief', 'count-only', 'detail', 'stats', 'where', 'without-paging'],
  unnamed: ['from'],
  arguments: () => ['from'],
  run: (call) => {
    const { keywords } = call.invocation;
    const menu = menuOf(call);
    const condition = call.condition();
    if (!condition.ok) return condition;
    const from = argument(call, 'from');
    const ids = from === undefined ? undefined : call.itemsOf(from);
    if (ids !== undefined && !ids.ok) return ids;
    // `from` numbers anew in its own order (B-13). A condition leaves the numbers alone: somebody who
    // reads 7 and types `remove 7`, in another session perhaps, must hit that row and no other.
    const listed =
      ids === undefined
        ? call.items
        : ids.value.flatMap((id) => call.items.filter((item) => item.id === id));
    const shown = [...listed.entries()]
      .map(([number, item]) => ({ number, item }))
      .filter(({ item }) => condition.value(item));
    if (keywords.has('count-only')) return ok({ output: `${shown.length}\n` });
    const form = (['stats', 'detail', 'brief'] as const).find((word) => keywords.has(word));
    call.number(shown);
    const { view, format, options } = call;
    const { columns } = options;
    return ok({
      output: printItems(menu, shown, { form: form ?? menu.printForm, columns, view, format }),
    });
  },
};
