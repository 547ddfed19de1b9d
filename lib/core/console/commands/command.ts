/** What a command of the console is: its arguments, and what a session offers to carry it out. */
import { assert } from '../../base/assert.js';
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import type { Config } from '../../config/config.js';
import type { ConfigError } from '../../config/config-error.js';
import { missingValues } from '../../config/config-error.js';
import type { AnyItem, AnyMenu, View } from '../../config/menu.js';
import { propertyOf } from '../../config/menu.js';
import type { FormatContext, ParseContext, PropertyType } from '../../config/property.js';
import type { Condition } from '../condition.js';
import type { ConsoleError } from '../console-error.js';
import { refused, refusedValue } from '../console-error.js';
import type { ConsoleHost, EditRequest, ExecuteOptions } from '../console-host.js';
import { valueHint } from '../hints.js';
import type { MenuNode } from '../menu-tree.js';
import type { Argument, Invocation } from '../parse.js';
import type { NumberedItem } from '../print.js';

export interface Outcome {
  /** What the command prints. */
  readonly output: string;
  /** What it tells besides that it has done; a dry run has done nothing. */
  readonly receipt?: string;
  /** What the command stands for in brackets. */
  readonly value?: string;
  /** The reader wants the command again after so many seconds, until it is interrupted (B-13). */
  readonly intervalSeconds?: number;
  /** The reader wants it all at once, however long it is (B-13). */
  readonly withoutPaging?: true;
  /** A value the user is to edit (C-18). */
  readonly edit?: EditRequest;
  readonly script?: ScriptRequest;
}

export type Done = Result<Outcome, ConsoleError>;

/** A file whose commands are to be carried out next (C-45). */
export interface ScriptRequest {
  readonly file: string;
  readonly text: string;
  /** Harmless differences of later versions are warnings (C-46). */
  readonly compat: boolean;
  /** Nothing is changed; what would be refused is told. */
  readonly dryRun: boolean;
}

/**
 * Whose language the text is in: only ours; in files also what later versions say otherwise and mean
 * alike; on request also what they say and mean nothing by (C-46).
 */
export type Dialect = 'own' | 'import' | 'compat';

/** What a session offers to the command it carries out. */
export interface Call {
  readonly invocation: Invocation;
  readonly host: ConsoleHost;
  readonly options: Required<ExecuteOptions>;
  readonly dialect: Dialect;
  /** As it is at this moment: brackets may have changed it. So are all the others. */
  readonly config: Config;
  readonly parse: ParseContext;
  readonly format: FormatContext;
  readonly view: View;
  /** The items of the menu; none where there is no table. */
  readonly items: readonly AnyItem[];
  /** The text of an argument, brackets carried out. */
  textOf(argument: Argument): Result<string, ConsoleError>;
  /** The items an argument names. */
  itemsOf(argument: Argument): Result<readonly number[], ConsoleError>;
  condition(): Result<Condition, ConsoleError>;
  commit(next: Result<Config, ConfigError>): Result<Config, ConsoleError>;
  /** From now on the items shown have the numbers shown, and no others have any (C-21). */
  number(items: readonly NumberedItem[]): void;
  /** Gives the variable a text for the commands that follow; false when there are too many (C-30). */
  setVariable(name: string, text: string): boolean;
  /** A line for the reader, with the place of the offset in it, if the command succeeds. */
  warn(text: string, offset: number): void;
}

export interface CommandSpec {
  readonly name: string;
  readonly help: string;
  /** No command of RouterOS: it makes no abbreviation of one ambiguous. */
  readonly yields?: true;
  /** Words that stand alone, in the order of help. */
  readonly keywords: readonly string[];
  /** They are not shortened: a value without a name may look like the beginning of one. */
  readonly wholeKeywords?: true;
  /** Of these only one may be given. */
  readonly exclusive?: readonly string[];
  /** The arguments that values without a name fill, in order. */
  readonly unnamed: readonly string[];
  /** A few words for help, by the name of an argument or keyword that is no property. */
  readonly argumentHelp?: Readonly<Record<string, string>>;
  /** What values such an argument takes, where there are words or a grammar to tell. */
  readonly argumentTypes?: Readonly<Record<string, PropertyType<unknown, unknown>>>;
  /** All that follows is a condition. */
  readonly condition?: 'whole';
  /** May stand in brackets. */
  readonly givesValue?: true;
  /** Names of the arguments it takes at that node of the tree. */
  arguments(node: MenuNode): readonly string[];
  /** Names that a text in that dialect may give besides, written out. */
  laterArguments?(node: MenuNode, dialect: Dialect): readonly string[];
  run(call: Call): Done;
}

export const numbers = 'numbers';
export const nothing: Outcome = { output: '' };

export function argument(call: Call, name: string): Argument | undefined {
  return call.invocation.arguments.find((given) => given.name === name);
}

/** The menu of a command that only tables have. */
export function menuOf({ invocation }: Call): AnyMenu {
  const { menu } = invocation.node;
  assert(menu !== undefined, 'the command is offered where there is a table');
  return menu;
}

/** What a table refuses is refused at the command's name. */
export function refusedBy({ invocation }: Call, { text, rule }: ConfigError, hint?: string) {
  return refused(text, rule, invocation.offset, hint);
}

/** The command needs these arguments (C-60). */
export function refusedWithout(call: Call, names: readonly string[]) {
  return refusedBy(call, missingValues(names), missingHint(call, names));
}

/** What to give. */
export function missingHint({ invocation, config }: Call, names: readonly string[]): string {
  const { command, node } = invocation;
  const [name = ''] = names;
  const type = node.menu && propertyOf(node.menu, name)?.type;
  const words = command.argumentHelp?.[name] ?? valueHint(name, type, config);
  const given = command.unnamed.includes(name) ? 'after the command' : `as ${name}=VALUE`;
  return `give it ${given}: ${sentenceInside(words ?? name)}`;
}

/** Begins as the middle of a sentence does, and has no full stop. */
function sentenceInside(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`.replace(/\.$/, '');
}

/** The items of a required argument. */
export function requiredItems(call: Call, name: string): Result<readonly number[], ConsoleError> {
  const given = argument(call, name);
  return given === undefined ? refusedWithout(call, [name]) : call.itemsOf(given);
}

/** The single item of an optional argument. */
export function optionalItem(call: Call, name: string): Result<number | undefined, ConsoleError> {
  const given = argument(call, name);
  if (given === undefined) return ok(undefined);
  const ids = call.itemsOf(given);
  if (!ids.ok) return ids;
  const [id, ...others] = ids.value;
  return id !== undefined && others.length === 0
    ? ok(id)
    : refusedValue({ kind: 'invalid' }, name, given.offset, `${name} is one item`);
}
