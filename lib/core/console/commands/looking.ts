/** The commands that list items: print, find (C-15, C-16). */
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import { formatId } from '../../config/item-id.js';
import { jsonItem } from '../../config/json.js';
import { outOfRange } from '../../config/value-error.js';
import { formatSpan, parseSpan, time } from '../../config/values/time.js';
import type { ConsoleError } from '../console-error.js';
import { refusedValue } from '../console-error.js';
import { valueHint } from '../hints.js';
import type { NumberedItem } from '../print.js';
import { printItems } from '../print.js';
import { jsonLine, writtenFile } from './answer.js';
import type { Call, CommandSpec } from './command.js';
import { argument, menuOf } from './command.js';

export const find: CommandSpec = {
  name: 'find',
  help: 'The ids of the items that meet the conditions.',
  keywords: ['where'],
  unnamed: [],
  argumentHelp: { where: 'The conditions follow; the word may be left out.' },
  condition: 'whole',
  givesValue: true,
  arguments: () => [],
  run: (call) => {
    const condition = call.condition();
    if (!condition.ok) return condition;
    const ids = call.items.filter(condition.value).map(({ id }) => formatId(id));
    const value = ids.join(';');
    if (call.options.form === 'json') {
      return ok({ output: jsonLine({ menu: menuOf(call).name, ids }), value });
    }
    return ok({ output: value === '' ? '' : `${value}\n`, value });
  },
};

/** The layouts of a listing. */
const forms = ['brief', 'detail', 'terse'] as const;

export const print: CommandSpec = {
  name: 'print',
  help: 'Shows items, and numbers them for the commands that follow.',
  keywords: ['brief', 'count-only', 'detail', 'stats', 'terse', 'where', 'without-paging'],
  exclusive: forms,
  unnamed: ['from'],
  argumentHelp: {
    from: 'Only these items, in this order.',
    interval: 'Shows them again every so many seconds.',
    file: 'Writes NAME.txt instead of showing anything.',
    brief: 'As a table.',
    'count-only': 'How many there are.',
    detail: 'As lists of properties.',
    stats: 'With what was counted and computed.',
    terse: 'An item a line, for programs.',
    where: 'Only items that meet the conditions that follow.',
    'without-paging': 'All at once.',
  },
  argumentTypes: { interval: time },
  arguments: () => ['from', 'interval', 'file'],
  run: (call) => {
    const shown = selectedItems(call);
    if (!shown.ok) return shown;
    const interval = intervalOf(call);
    if (!interval.ok) return interval;
    const file = argument(call, 'file');
    if (file !== undefined)
      return writtenFile(call, file, '.txt', textOf(call, shown.value, false));
    const { options, invocation } = call;
    const output =
      options.form === 'json'
        ? jsonOf(call, shown.value)
        : textOf(call, shown.value, options.colour);
    if (!invocation.keywords.has('count-only')) call.number(shown.value);
    return ok({
      output,
      ...(interval.value !== undefined && { intervalSeconds: interval.value }),
      ...(invocation.keywords.has('without-paging') && { withoutPaging: true }),
    });
  },
};

/**
 * The items to show. `from` numbers anew in its own order (B-13). A condition leaves the numbers
 * alone: somebody who reads 7 and types `remove 7`, in another session perhaps, must hit that row and
 * no other.
 */
function selectedItems(call: Call): Result<readonly NumberedItem[], ConsoleError> {
  const condition = call.condition();
  if (!condition.ok) return condition;
  const from = argument(call, 'from');
  const ids = from === undefined ? undefined : call.itemsOf(from);
  if (ids !== undefined && !ids.ok) return ids;
  const byId = new Map(ids === undefined ? [] : call.items.map((item) => [item.id, item]));
  const listed = ids === undefined ? call.items : ids.value.flatMap((id) => byId.get(id) ?? []);
  return ok(
    [...listed.entries()]
      .map(([number, item]) => ({ number, item }))
      .filter(({ item }) => condition.value(item)),
  );
}

const intervalSecondsMin = 1;
const intervalSecondsMax = 86_400;

function intervalOf(call: Call): Result<number | undefined, ConsoleError> {
  const given = argument(call, 'interval');
  if (given === undefined) return ok(undefined);
  const text = call.textOf(given);
  if (!text.ok) return text;
  const seconds = parseSpan(text.value);
  if (!seconds.ok) {
    return refusedValue(seconds.error, given.name, given.offset, valueHint(given.name, time));
  }
  if (seconds.value >= intervalSecondsMin && seconds.value <= intervalSecondsMax) return seconds;
  const range = outOfRange(formatSpan(intervalSecondsMin), formatSpan(intervalSecondsMax));
  return refusedValue(range.error, given.name, given.offset);
}

function textOf(call: Call, shown: readonly NumberedItem[], colour: boolean): string {
  const { keywords } = call.invocation;
  if (keywords.has('count-only')) return `${shown.length}\n`;
  const form = forms.find((word) => keywords.has(word));
  const { view, format, options } = call;
  const menu = menuOf(call);
  return printItems(menu, shown, {
    form: form ?? menu.printForm,
    statistics: keywords.has('stats'),
    columns: options.columns,
    colour,
    view,
    format,
  });
}

function jsonOf(call: Call, shown: readonly NumberedItem[]): string {
  const { view, format, invocation } = call;
  const menu = menuOf(call);
  if (invocation.keywords.has('count-only')) {
    return jsonLine({ menu: menu.name, count: shown.length });
  }
  const statistics = invocation.keywords.has('stats');
  const items = shown.map(({ number, item }) =>
    jsonItem(menu, item, { view, format, number, statistics, rated: true }),
  );
  return jsonLine({ menu: menu.name, items });
}
