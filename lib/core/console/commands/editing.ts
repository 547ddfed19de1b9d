/** The commands that change a table (C-10 to C-14). */
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import type { Config, TableName } from '../../config/config.js';
import { isTableName } from '../../config/config.js';
import type { ConfigError } from '../../config/config-error.js';
import { missingValues } from '../../config/config-error.js';
import type { AnyMenu, AnyRow } from '../../config/menu.js';
import { propertyOf, writableProperties } from '../../config/menu.js';
import { addItem, moveItems, removeItems, setDisabled, setItems } from '../../config/tables.js';
import type { ConsoleError } from '../console-error.js';
import { refusedValue } from '../console-error.js';
import type { Call, CommandSpec, Done } from './command.js';
import {
  argument,
  menuOf,
  nothing,
  numbers,
  optionalItem,
  refusedBy,
  requiredItems,
} from './command.js';

/** The table a writing command works on: such commands exist in writable menus alone. */
function tableOf(call: Call): TableName {
  const { name } = menuOf(call);
  return isTableName(name) ? name : 'policy';
}

function propertyArguments(menu: AnyMenu | undefined): readonly string[] {
  if (menu === undefined) return [];
  return [...Object.keys(writableProperties(menu)), ...Object.keys(menu.legacyArguments ?? {})];
}

/** The values given for properties, legacy arguments translated (B-20, 5). */
function givenValues(call: Call): Result<AnyRow, ConsoleError> {
  const menu = menuOf(call);
  const values: Record<string, unknown> = {};
  for (const given of call.invocation.arguments) {
    const property = propertyOf(menu, given.name);
    const legacy = menu.legacyArguments?.[given.name];
    if (property === undefined && legacy === undefined) continue;
    const text = call.textOf(given);
    if (!text.ok) return text;
    const value = property?.type.parse(text.value, call.parse) ?? legacy?.parse(text.value);
    if (value === undefined) continue;
    if (!value.ok) return refusedValue(value.error, given.name, given.offset);
    if (property === undefined) Object.assign(values, value.value);
    else values[given.name] = value.value;
  }
  return ok(values);
}

function done(result: Result<Config, ConsoleError>): Done {
  return result.ok ? ok(nothing) : result;
}

export const add: CommandSpec = {
  name: 'add',
  help: 'Adds an item at the end, or before another.',
  keywords: [],
  unnamed: [],
  arguments: ({ menu }) => [
    ...propertyArguments(menu),
    'copy-from',
    ...(menu?.ordered ? ['place-before'] : []),
  ],
  run: (call) => {
    const values = givenValues(call);
    if (!values.ok) return values;
    const copyFrom = optionalItem(call, 'copy-from');
    if (!copyFrom.ok) return copyFrom;
    const placeBefore = optionalItem(call, 'place-before');
    if (!placeBefore.ok) return placeBefore;
    const added = addItem(call.config, tableOf(call), values.value, {
      ...(copyFrom.value === undefined ? {} : { copyFrom: copyFrom.value }),
      ...(placeBefore.value === undefined ? {} : { placeBefore: placeBefore.value }),
    });
    if (!added.ok) return refusedBy(call, added.error);
    const committed = call.commit(ok(added.value.config));
    return done(committed);
  },
};

export const set: CommandSpec = {
  name: 'set',
  help: 'Changes properties of items.',
  keywords: [],
  unnamed: [numbers],
  arguments: ({ menu }) => [numbers, ...propertyArguments(menu)],
  run: (call) => {
    const values = givenValues(call);
    if (!values.ok) return values;
    const ids = requiredItems(call, numbers);
    if (!ids.ok) return ids;
    if (ids.value.length === 0 || Object.keys(values.value).length === 0) return ok(nothing);
    return done(call.commit(setItems(call.config, tableOf(call), ids.value, values.value)));
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
  arguments: () => [numbers, 'comment'],
  run: (call) => {
    const given = argument(call, 'comment');
    const missing = [numbers, 'comment'].filter((name) => argument(call, name) === undefined);
    if (given === undefined || missing.length > 0) return refusedBy(call, missingValues(missing));
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
