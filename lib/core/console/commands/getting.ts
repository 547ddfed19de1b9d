/** The commands for one value of one item: get, edit (C-17, C-18). */
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import { matchName } from '../../config/abbreviation.js';
import { noSuchItem } from '../../config/config-error.js';
import { formatId } from '../../config/item-id.js';
import type { ItemValue } from '../../config/item-values.js';
import { itemValues } from '../../config/item-values.js';
import { jsonValue } from '../../config/json.js';
import type { AnyItem } from '../../config/menu.js';
import { propertyOf } from '../../config/menu.js';
import { printable } from '../../config/quoting.js';
import type { ConsoleError } from '../console-error.js';
import { refused, refusedValue } from '../console-error.js';
import { couldBe, didYouMean, listed } from '../hints.js';
import type { Argument } from '../parse.js';
import { typedWord } from '../value-text.js';
import { jsonLine } from './answer.js';
import type { Call, CommandSpec, Done } from './command.js';
import { argument, menuOf, numbers, refusedBy, refusedWithout, requiredItems } from './command.js';

const valueName = 'value-name';

type NamedValue = readonly [name: string, value: ItemValue];

export const get: CommandSpec = {
  name: 'get',
  help: 'The value of a property of an item, or all its values.',
  keywords: [],
  unnamed: [numbers, valueName],
  argumentHelp: { [numbers]: 'The item.', [valueName]: 'The property; absent: all.' },
  givesValue: true,
  arguments: () => [numbers, valueName],
  run: (call) => {
    const item = theItem(call);
    return item.ok ? valuesOf(call, item.value) : item;
  },
};

/** Where there is one record, nothing needs to say which. */
export const getOfRecord: CommandSpec = {
  ...get,
  help: 'A value, or all values.',
  unnamed: [valueName],
  arguments: () => [valueName],
  run: (call) => {
    const [record] = call.items;
    return record === undefined ? refusedBy(call, noSuchItem) : valuesOf(call, record);
  },
};

export const edit: CommandSpec = {
  name: 'edit',
  help: 'Opens a property of an item in an editor.',
  keywords: [],
  unnamed: [numbers, valueName],
  argumentHelp: { [numbers]: 'The item.', [valueName]: 'The property.' },
  arguments: () => [numbers, valueName],
  run: (call) => {
    const given = argument(call, valueName);
    const missing = [numbers, valueName].filter((name) => argument(call, name) === undefined);
    if (given === undefined || missing.length > 0) return refusedWithout(call, missing);
    const menu = menuOf(call);
    const found = namedValue(call, given, (name) => propertyOf(menu, name) !== undefined);
    if (!found.ok) return found;
    const item = theItem(call);
    if (!item.ok) return item;
    const [property, { type, of }] = found.value;
    const path = call.invocation.path.slice(1).map(({ name }) => name);
    const value = type.format(of(item.value, call.view), call.format) ?? '';
    return ok({ output: '', edit: { path, id: formatId(item.value.id), property, value } });
  },
};

/** Exactly one item. */
function theItem(call: Call): Result<AnyItem, ConsoleError> {
  const ids = requiredItems(call, numbers);
  if (!ids.ok) return ids;
  const offset = argument(call, numbers)?.offset ?? call.invocation.offset;
  if (ids.value.length > 1) {
    return refusedValue({ kind: 'invalid' }, numbers, offset, 'give exactly one item');
  }
  const item = call.items.find(({ id }) => id === ids.value[0]);
  return item === undefined ? refused(noSuchItem.text, noSuchItem.rule, offset) : ok(item);
}

/** The value an argument names, of those that qualify. */
function namedValue(
  call: Call,
  given: Argument,
  qualifies: (name: string) => boolean,
): Result<NamedValue, ConsoleError> {
  const text = call.textOf(given);
  if (!text.ok) return text;
  const known = Array.from(itemValues(menuOf(call)), (value) => ({ name: value[0], value }));
  const fitting = known.filter(({ name }) => qualifies(name));
  const names = fitting.map(({ name }) => name);
  const match = matchName(text.value, fitting);
  switch (match.kind) {
    case 'found':
      return ok(match.value);
    case 'none':
      return refusedValue(
        { kind: 'unknown' },
        valueName,
        given.offset,
        valuesHint(text.value, names),
      );
    case 'ambiguous':
      return refusedValue({ kind: 'ambiguous' }, valueName, given.offset, couldBe(match.names));
  }
}

function valuesHint(name: string, known: readonly string[]): string {
  return didYouMean(name, known) ?? `${valueName} is one of ${listed(known)}`;
}

function valuesOf(call: Call, item: AnyItem): Done {
  const given = argument(call, valueName);
  const named = given === undefined ? undefined : namedValue(call, given, () => true);
  if (named !== undefined && !named.ok) return named;
  const menu = menuOf(call);
  const wanted = named === undefined ? [...itemValues(menu)] : [named.value];
  const { view, format } = call;
  const texts = wanted.flatMap(([name, { type, of }]) => {
    const text = type.format(of(item, view), format);
    return text === undefined ? [] : [{ name, text }];
  });
  const value =
    named === undefined
      ? texts.map(({ name, text }) => `${name}=${typedWord(text)}`).join(';')
      : (texts[0]?.text ?? '');
  if (call.options.form === 'json') {
    const values = wanted.map(([name, { type, of }]) => [
      name,
      jsonValue(type, of(item, view), format),
    ]);
    const document = {
      menu: menu.name,
      id: formatId(item.id),
      values: Object.fromEntries(values),
    };
    return ok({ output: jsonLine(document), value });
  }
  // In brackets it is exactly the value; on a terminal nothing in it may move the cursor.
  return ok({ output: value === '' ? '' : `${printable(value)}\n`, value });
}
