/** Carries out one command: works out its values, and keeps what it changes apart until it has succeeded. */
import type { Result } from '../base/result.js';
import { ok } from '../base/result.js';
import type { Config } from '../config/config.js';
import { isTableName, itemsOf } from '../config/config.js';
import type { ConfigError } from '../config/config-error.js';
import type { LiveStatus } from '../config/live-status.js';
import type { AnyItem, View } from '../config/menu.js';
import type { FormatContext, ParseContext } from '../config/property.js';
import { joinBytes } from '../config/quoting.js';
import { formatContext, parseContext } from '../config/references.js';
import type { Call, Dialect, Done } from './commands/command.js';
import type { Condition } from './condition.js';
import { parseCondition } from './condition.js';
import type { ConsoleError } from './console-error.js';
import { refused, syntaxError } from './console-error.js';
import type { ConsoleHost, ExecuteOptions } from './console-host.js';
import { consoleLimits } from './console-limits.js';
import type { Variables } from './frame.js';
import { syntaxHints } from './hints.js';
import type { ItemNumbers, LiveIds } from './items.js';
import { itemsHint, resolveItems } from './items.js';
import type { MenuNode } from './menu-tree.js';
import type { Argument, Invocation, Path } from './parse.js';
import { parseCommand } from './parse.js';
import type { NumberedItem } from './print.js';
import type { JoinedText, Substitution, Value, Variable } from './tokens.js';

export interface Warning {
  readonly text: string;
  readonly offset: number;
}

/** What a command and the commands in its brackets work on together. */
export interface Scene {
  readonly root: MenuNode;
  readonly host: ConsoleHost;
  readonly options: Required<ExecuteOptions>;
  readonly dialect: Dialect;
  readonly numbers: ItemNumbers;
  readonly liveIds: LiveIds;
  readonly warnings: Warning[];
  variables: Variables;
}

export function carryOut(invocation: Invocation, scene: Scene): Done {
  return invocation.command.run(new CommandCall(invocation, scene));
}

class CommandCall implements Call {
  readonly invocation: Invocation;
  readonly #scene: Scene;
  #view: LazyView;
  #parse: { readonly config: Config; readonly context: ParseContext } | undefined;
  #format: { readonly config: Config; readonly context: FormatContext } | undefined;

  constructor(invocation: Invocation, scene: Scene) {
    this.invocation = invocation;
    this.#scene = scene;
    this.#view = new LazyView(scene.host);
  }

  get host(): ConsoleHost {
    return this.#scene.host;
  }

  get options(): Required<ExecuteOptions> {
    return this.#scene.options;
  }

  get dialect(): Dialect {
    return this.#scene.dialect;
  }

  get config(): Config {
    return this.host.config();
  }

  get parse(): ParseContext {
    const { config, host } = this;
    if (this.#parse?.config !== config) {
      const context = parseContext(config, (text) => host.parseTime(text));
      this.#parse = { config, context };
    }
    return this.#parse.context;
  }

  get format(): FormatContext {
    const { config, host } = this;
    if (this.#format?.config !== config) {
      const context = formatContext(config, (seconds) => host.formatTime(seconds));
      this.#format = { config, context };
    }
    return this.#format.context;
  }

  get view(): View {
    if (this.#view.config !== this.config) this.#view = new LazyView(this.host);
    return this.#view;
  }

  get items(): readonly AnyItem[] {
    const { menu } = this.invocation.node;
    if (menu === undefined) return [];
    return isTableName(menu.name)
      ? itemsOf(this.config, menu.name)
      : this.#scene.liveIds.items(menu, this.view.status);
  }

  textOf({ value }: Argument): Result<string, ConsoleError> {
    return textOf(value, this.invocation.path, this.#scene);
  }

  itemsOf(argument: Argument): Result<readonly number[], ConsoleError> {
    const { menu } = this.invocation.node;
    const text = this.textOf(argument);
    if (!text.ok || menu === undefined) return text.ok ? ok([]) : text;
    const { items, parse } = this;
    const context = { menu, items, numbers: this.#scene.numbers, parse };
    const ids = resolveItems(text.value, context);
    if (ids.ok) return ids;
    return refused(
      ids.error.text,
      ids.error.rule,
      argument.offset,
      itemsHint(context, this.format),
    );
  }

  condition(): Result<Condition, ConsoleError> {
    const { condition = [], node, path } = this.invocation;
    if (node.menu === undefined) return ok(() => true);
    const { view, parse, format, host } = this;
    return parseCondition(condition, {
      ...{ menu: node.menu, view, parse, format },
      textOf: (value) => textOf(value, path, this.#scene),
      matcher: (pattern) => host.matcher(pattern),
    });
  }

  commit(next: Result<Config, ConfigError>): Result<Config, ConsoleError> {
    const { offset } = this.invocation;
    if (!next.ok) return refused(next.error.text, next.error.rule, offset);
    const committed = this.host.commit(next.value);
    return committed.ok ? next : refused(`failure: ${committed.error}`, 'C-63', offset);
  }

  number(items: readonly NumberedItem[]): void {
    const { menu } = this.invocation.node;
    if (menu !== undefined) this.#scene.numbers.assign(menu, items);
  }

  setVariable(name: string, text: string): boolean {
    const variables = new Map(this.#scene.variables).set(name, text);
    let length = 0;
    for (const each of variables.values()) length += each.length;
    if (variables.size > consoleLimits.variables) return false;
    if (length > consoleLimits.variablesLength) return false;
    this.#scene.variables = variables;
    return true;
  }

  warn(text: string, offset: number): void {
    this.#scene.warnings.push({ text, offset });
  }
}

/** The text a value stands for; brackets are carried out, starting in the menu of their command. */
function textOf(value: Value, path: Path, scene: Scene): Result<string, ConsoleError> {
  switch (value.kind) {
    case 'text':
      return ok(value.text);
    case 'variable':
      return variable(value, scene);
    case 'joined':
      return joined(value, scene);
    case 'substitution':
      return substituted(value, path, scene);
  }
}

/** A name that nothing was given is a mistake, not an empty text: a secret must not lose a part. */
function variable({ name, offset }: Variable, { variables }: Scene): Result<string, ConsoleError> {
  const text = variables.get(name);
  return text === undefined ? syntaxError(offset, syntaxHints.unsetVariable) : ok(text);
}

function joined({ parts, offset }: JoinedText, scene: Scene): Result<string, ConsoleError> {
  let whole = '';
  for (const part of parts) {
    const text = typeof part === 'string' ? ok(part) : variable(part, scene);
    if (!text.ok) return text;
    whole += text.value;
    if (whole.length > consoleLimits.textLength) {
      return refused(
        `failure: a text has at most ${consoleLimits.textLength} characters`,
        'C-63',
        offset,
      );
    }
  }
  return ok(joinBytes(whole));
}

function substituted(
  { commands, offset }: Substitution,
  path: Path,
  scene: Scene,
): Result<string, ConsoleError> {
  const [command, ...others] = commands;
  if (command === undefined || others.length > 0) {
    return syntaxError(offset, syntaxHints.substitution);
  }
  const statement = parseCommand(command, scene.root, path, scene.dialect);
  if (!statement.ok) return statement;
  if (statement.value.kind === 'enter' || statement.value.command.givesValue === undefined) {
    return syntaxError(offset, syntaxHints.substitution);
  }
  const done = carryOut(statement.value, scene);
  return done.ok ? ok(done.value.value ?? '') : done;
}

/** Asks for the state of the system, which may be a kernel's, only when something shows it, and once. */
class LazyView implements View {
  readonly config: Config;
  readonly #host: ConsoleHost;
  #status: LiveStatus | undefined;

  constructor(host: ConsoleHost) {
    this.config = host.config();
    this.#host = host;
  }

  get status(): LiveStatus {
    this.#status ??= this.#host.status();
    return this.#status;
  }
}
