/** The commands that change a table (C-10 to C-14). */
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import type { Config, TableName } from '../../config/config.js';
import { isTableName } from '../../config/config.js';
import type { ConfigError } from '../../config/config-error.js';
import { formatId } from '../../config/item-id.js';
import { addItem, moveItems, removeItems, setDisabled, setItems } from '../../config/tables.js';
import type { ConsoleError } from '../console-error.js';
import { jsonLine } from './answer.js';
import type { Call, CommandSpec, Done } from './command.js';
import {
  argument,
  menuOf,
  nothing,
  numbers,
  optionalItem,
  refusedBy,
  refusedWithout,
  requiredItems,
} from './command.js';
import {
  givenValues,
  laterArgumentNames,
  laterItemLeft,
  propertyArguments,
  withElsewhere,
  withLaterDefaults,
} from './given-values.js';
import { tableHint } from './table-hints.js';

/** The table a writing command works on: such commands exist in writable menus alone. */
function tableOf(call: Call): TableName {
  const { name } = menuOf(call);
  return isTableName(name) ? name : 'policy';
}

const theItems = 'The items: numbers, ids, names, or [find ...].';

function done(result: Result<Config, ConsoleError>): Done {
  return result.ok ? ok(nothing) : result;
}

export const add: CommandSpec = {
  name: 'add',
  help: 'Adds an item at the end, or before another.',
  keywords: [],
  unnamed: [],
  argumentHelp: {
    'copy-from': 'The item whose values are taken where none are given.',
    'place-before': 'The item to stand before.',
  },
  arguments: ({ menu }) => [
    ...propertyArguments(menu),
    'copy-from',
    ...(menu?.ordered ? ['place-before'] : []),
  ],
  laterArguments: ({ menu }, dialect) => laterArgumentNames(menu, dialect),
  givesValue: true,
  run: (call) => {
    const given = givenValues(call);
    if (!given.ok) return given;
    const copyFrom = optionalItem(call, 'copy-from');
    if (!copyFrom.ok) return copyFrom;
    const placeBefore = optionalItem(call, 'place-before');
    if (!placeBefore.ok) return placeBefore;
    const table = tableOf(call);
    const values = withLaterDefaults(call, given.value.values);
    const added = addItem(call.config, table, values, {
      ...(copyFrom.value === undefined ? {} : { copyFrom: copyFrom.value }),
      ...(placeBefore.value === undefined ? {} : { placeBefore: placeBefore.value }),
    });
    if (!added.ok) {
      const change = { table, values, ids: [], copyFrom: copyFrom.value };
      return refusedBy(call, added.error, tableHint(call, added.error, change));
    }
    const { config, id } = added.value;
    const whole = withElsewhere(config, table, [id], given.value.elsewhere);
    const committed = whole.ok ? call.commit(whole) : whole;
    if (!committed.ok) return committed;
    const value = formatId(id);
    const isJson = call.options.form === 'json';
    return ok({ ...nothing, value, ...(isJson && { receipt: jsonLine({ added: [value] }) }) });
  },
};

export const set: CommandSpec = {
  name: 'set',
  help: 'Changes properties of items.',
  keywords: [],
  unnamed: [numbers],
  argumentHelp: { [numbers]: theItems },
  arguments: ({ menu }) => [numbers, ...propertyArguments(menu)],
  laterArguments: ({ menu }, dialect) => laterArgumentNames(menu, dialect),
  run: (call) => {
    const left = laterItemLeft(call);
    if (!left.ok) return left;
    if (left.value) return ok(nothing);
    const given = givenValues(call);
    if (!given.ok) return given;
    const { values, elsewhere } = given.value;
    const ids = requiredItems(call, numbers);
    if (!ids.ok) return ids;
    if (ids.value.length === 0 || Object.keys(values).length + elsewhere.length === 0) {
      return ok(nothing);
    }
    const table = tableOf(call);
    const changed = setItems(call.config, table, ids.value, values);
    if (!changed.ok) {
      const hint = tableHint(call, changed.error, { table, values, ids: ids.value });
      return refusedBy(call, changed.error, hint);
    }
    const whole = withElsewhere(changed.value, table, ids.value, elsewhere);
    return done(whole.ok ? call.commit(whole) : whole);
  },
};

/** A command that changes some items and takes nothing else. */
function onItems(
  name: string,
  help: string,
  change: (call: Call, ids: readonly number[]) => Result<Config, ConfigError>,
): CommandSpec {
  return {
    name,
    help,
    keywords: [],
    unnamed: [numbers],
    argumentHelp: { [numbers]: theItems },
    arguments: () => [numbers],
    run: (call) => {
      const ids = requiredItems(call, numbers);
      if (!ids.ok) return ids;
      return ids.value.length === 0 ? ok(nothing) : done(call.commit(change(call, ids.value)));
    },
  };
}

export const remove = onItems('remove', 'Removes items.', (call, ids) =>
  removeItems(call.config, tableOf(call), ids),
);
export const enable = onItems('enable', 'Lets items take effect.', (call, ids) =>
  setDisabled(call.config, tableOf(call), ids, false),
);
export const disable = onItems('disable', 'Keeps items without effect.', (call, ids) =>
  setDisabled(call.config, tableOf(call), ids, true),
);

export const comment: CommandSpec = {
  name: 'comment',
  help: 'Sets the remark of items.',
  keywords: [],
  unnamed: [numbers, 'comment'],
  argumentHelp: { [numbers]: theItems, comment: 'The remark; "" for none.' },
  arguments: () => [numbers, 'comment'],
  run: (call) => {
    const given = argument(call, 'comment');
    const missing = [numbers, 'comment'].filter((name) => argument(call, name) === undefined);
    if (given === undefined || missing.length > 0) return refusedWithout(call, missing);
    const text = call.textOf(given);
    if (!text.ok) return text;
    const ids = requiredItems(call, numbers);
    if (!ids.ok) return ids;
    if (ids.value.length === 0) return ok(nothing);
    const values = { comment: text.value };
    return done(call.commit(setItems(call.config, tableOf(call), ids.value, values)));
  },
};

export const move: CommandSpec = {
  name: 'move',
  help: 'Places items before another, or at the end.',
  keywords: [],
  unnamed: [numbers, 'destination'],
  argumentHelp: { [numbers]: theItems, destination: 'The item to stand before; absent: the end.' },
  arguments: () => [numbers, 'destination'],
  run: (call) => {
    const ids = requiredItems(call, numbers);
    if (!ids.ok) return ids;
    const destination = optionalItem(call, 'destination');
    if (!destination.ok) return destination;
    if (ids.value.length === 0) return ok(nothing);
    return done(call.commit(moveItems(call.config, tableOf(call), ids.value, destination.value)));
  },
};
