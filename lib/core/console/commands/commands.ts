/** The commands every table has, each declared once: its arguments, and what it does (C-10 to C-16). */
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import type { Config, TableName } from '../../config/config.js';
import { isTableName } from '../../config/config.js';
import type { ConfigError } from '../../config/config-error.js';
import { missingValues } from '../../config/config-error.js';
import type { AnyItem, AnyMenu, AnyRow } from '../../config/menu.js';
import { propertyOf, writableProperties } from '../../config/menu.js';
import type { ParseContext } from '../../config/property.js';
import { addItem, moveItems, removeItems, setDisabled, setItems } from '../../config/tables.js';
import { valueErrorText } from '../../config/value-error.js';
import type { Condition } from '../condition.js';
import type { ConsoleError } from '../console-error.js';
import { refused } from '../console-error.js';
import { formatId } from '../items.js';
import type { Argument, Invocation } from '../parse.js';
import type { NumberedItem, PrintForm } from '../print.js';

export interface Outcome {
  /** What the command prints. */
  readonly output: string;
  /** What the command stands for in brackets. */
  readonly value?: string;
}

export type Done = Result<Outcome, ConsoleError>;

/** What a session offers to the command it carries out. */
export interface Call {
  readonly invocation: Invocation;
  readonly config: Config;
  readonly parse: ParseContext;
  readonly items: readonly AnyItem[];
  /** The text of an argument, brackets carried out. */
  textOf(argument: Argument): Result<string, ConsoleError>;
  /** The items an argument names. */
  itemsOf(argument: Argument): Result<readonly number[], ConsoleError>;
  condition(): Result<Condition, ConsoleError>;
  commit(next: Result<Config, ConfigError>): Result<Config, ConsoleError>;
  print(items: readonly NumberedItem[], form: PrintForm): string;
}

export interface CommandSpec {
  readonly name: string;
  readonly help: string;
  /** Words that stand alone, in the order of help. */
  readonly keywords: readonly string[];
  /** The arguments that values without a name fill, in order. */
  readonly unnamed: readonly string[];
  /** All that follows is a condition. */
  readonly condition?: 'whole';
  /** May stand in brackets. */
  readonly givesValue?: true;
  /** Names of the arguments it takes in that menu. */
  arguments(menu: AnyMenu): readonly string[];
  run(call: Call): Done;
}

const numbers = 'numbers';
const nothing: Outcome = { output: '' };

function argument(call: Call, name: string): Argument | undefined {
  return call.invocation.arguments.find((given) => given.name === name);
}

/** What a table refuses is refused at the command's name. */
function refusedBy({ invocation }: Call, error: ConfigError) {
  return refused(error.text, invocation.offset);
}

/** The items of a required argument. */
function requiredItems(call: Call, name: string): Result<readonly number[], ConsoleError> {
  const given = argument(call, name);
  return given === undefined ? refusedBy(call, missingValues([name])) : call.itemsOf(given);
}

/** The single item of an optional argument. */
function optionalItem(call: Call, name: string): Result<number | undefined, ConsoleError> {
  const given = argument(call, name);
  if (given === undefined) return ok(undefined);
  const ids = call.itemsOf(given);
  if (!ids.ok) return ids;
  const [id, ...others] = ids.value;
  return id !== undefined && others.length === 0
    ? ok(id)
    : refused(valueErrorText({ kind: 'invalid' }, name), given.offset);
}

/** The table a writing command works on: such commands exist in writable menus alone. */
function tableOf({ invocation }: Call): TableName {
  const { name } = invocation.menu;
  return isTableName(name) ? name : 'policy';
}

function propertyArguments(menu: AnyMenu): readonly string[] {
  return [...Object.keys(writableProperties(menu)), ...Object.keys(menu.legacyArguments ?? {})];
}

/** The values given for properties, legacy arguments translated (B-20, 5). */
function givenValues(call: Call): Result<AnyRow, ConsoleError> {
  const { menu } = call.invocation;
  const values: Record<string, unknown> = {};
  for (const given of call.invocation.arguments) {
    const property = propertyOf(menu, given.name);
    const legacy = menu.legacyArguments?.[given.name];
    if (property === undefined && legacy === undefined) continue;
    const text = call.textOf(given);
    if (!text.ok) return text;
    const value = property?.type.parse(text.value, call.parse) ?? legacy?.parse(text.value);
    if (value === undefined) continue;
    if (!value.ok) return refused(valueErrorText(value.error, given.name), given.offset);
    if (property === undefined) Object.assign(values, value.value);
    else values[given.name] = value.value;
  }
  return ok(values);
}

function done(result: Result<Config, ConsoleError>): Done {
  return result.ok ? ok(nothing) : result;
}

const add: CommandSpec = {
  name: 'add',
  help: 'Adds an item at the end, or before another.',
  keywords: [],
  unnamed: [],
  arguments: (menu) => [
    ...propertyArguments(menu),
    'copy-from',
    ...(menu.ordered ? ['place-before'] : []),
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

const set: CommandSpec = {
  name: 'set',
  help: 'Changes properties of items.',
  keywords: [],
  unnamed: [numbers],
  arguments: (menu) => [numbers, ...propertyArguments(menu)],
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

const remove = onItems('remove', 'Removes items.', (call, ids) =>
  removeItems(call.config, tableOf(call), ids),
);
const enable = onItems('enable', 'Lets items take effect.', (call, ids) =>
  setDisabled(call.config, tableOf(call), ids, false),
);
const disable = onItems('disable', 'Keeps items without effect.', (call, ids) =>
  setDisabled(call.config, tableOf(call), ids, true),
);

const comment: CommandSpec = {
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

const move: CommandSpec = {
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

const find: CommandSpec = {
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

const print: CommandSpec = {
  name: 'print',
  help: 'Shows items, and numbers them for the commands that follow.',
  keywords: ['brief', 'count-only', 'detail', 'stats', 'where', 'without-paging'],
  unnamed: ['from'],
  arguments: () => ['from'],
  run: (call) => {
    const { keywords, menu } = call.invocation;
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
    return ok({ output: call.print(shown, form ?? menu.printForm) });
  },
};

const writing = [add, set, remove, enable, disable, comment];

/** The commands of a menu, in the order of help. */
export function commandsOf(menu: AnyMenu): readonly CommandSpec[] {
  if (menu.live !== undefined) return [print, find];
  return [...writing, ...(menu.ordered ? [move] : []), print, find];
}
