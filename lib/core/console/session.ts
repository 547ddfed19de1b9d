/** One user at the console: the current menu, the numbers seen, and the commands carried out (spec C). */
import type { Result } from '../base/result.js';
import { err, ok } from '../base/result.js';
import type { Config } from '../config/config.js';
import { isTableName, itemsOf } from '../config/config.js';
import type { ConfigError } from '../config/config-error.js';
import type { LiveStatus } from '../config/live-status.js';
import type { AnyItem, AnyMenu, View } from '../config/menu.js';
import { formatContext, parseContext } from '../config/references.js';
import type { Call, Done } from './commands/commands.js';
import type { Condition } from './condition.js';
import { parseCondition } from './condition.js';
import type { ConsoleError } from './console-error.js';
import { placeOf, refused, syntaxError } from './console-error.js';
import { ItemNumbers, LiveIds, resolveItems } from './items.js';
import type { MenuNode } from './menu-tree.js';
import { consoleMenus, menuTree } from './menu-tree.js';
import type { Invocation, Path } from './parse.js';
import { parseCommand } from './parse.js';
import { printItems } from './print.js';
import type { Substitution, Value } from './tokens.js';
import { nextCommand } from './tokens.js';

/** The system a console works on. */
export interface ConsoleHost {
  config(): Config;
  /** Makes the next configuration effective as a whole, or refuses it with the words for the user. */
  commit(next: Config): Result<undefined, string>;
  status(): LiveStatus;
  /** Router local time of an epoch second, such as `nov/24/2008 14:28:42`. */
  formatTime(epochSeconds: number): string;
}

export interface ExecuteOptions {
  /** Width of the terminal; 80 where there is none. */
  readonly columns?: number;
}

export interface ExecuteResult {
  /** What the commands before the error printed. */
  readonly output: string;
  /** `text` is the line to show; `line` and `column` are 1-based places in the source. */
  readonly error?: { readonly text: string; readonly line: number; readonly column: number };
}

export interface SessionOptions {
  /** The menus under `/ip ipsec`. */
  readonly menus?: readonly AnyMenu[];
}

const defaultColumns = 80;

export class ConsoleSession {
  readonly #host: ConsoleHost;
  readonly #root: MenuNode;
  readonly #numbers = new ItemNumbers();
  readonly #liveIds = new LiveIds();
  #path: Path;

  constructor(host: ConsoleHost, { menus = consoleMenus }: SessionOptions = {}) {
    this.#host = host;
    this.#root = menuTree(menus);
    this.#path = [this.#root];
  }

  /** The words of the current menu; empty at the root. */
  get path(): readonly string[] {
    return this.#path.slice(1).map(({ name }) => name);
  }

  /** Carries out the commands of a text in order, up to the first error. */
  execute(source: string, { columns = defaultColumns }: ExecuteOptions = {}): ExecuteResult {
    let output = '';
    for (let offset = 0; ; ) {
      const command = nextCommand(source, offset);
      if (!command.ok) return { output, error: shown(command.error, source) };
      if (command.value === undefined) return { output };
      const statement = parseCommand(command.value, this.#root, this.#path);
      if (!statement.ok) return { output, error: shown(statement.error, source) };
      if (statement.value.kind === 'enter') this.#path = statement.value.path;
      else {
        const done = this.#invoke(statement.value, columns);
        if (!done.ok) return { output, error: shown(done.error, source) };
        output += done.value.output;
      }
      offset = command.value.end;
    }
  }

  #items(menu: AnyMenu): readonly AnyItem[] {
    return isTableName(menu.name)
      ? itemsOf(this.#host.config(), menu.name)
      : this.#liveIds.items(menu, this.#host.status());
  }

  #invoke(invocation: Invocation, columns: number): Done {
    const { command, menu, path } = invocation;
    const textOf = (value: Value) => this.#textOf(value, path, columns);
    const config = this.#host.config();
    const items = this.#items(menu);
    const view = new LazyView(config, this.#host);
    const parse = parseContext(config);
    const format = formatContext(config, (seconds) => this.#host.formatTime(seconds));
    const call: Call = {
      invocation,
      config,
      parse,
      items,
      textOf: ({ value }) => textOf(value),
      itemsOf: ({ value, offset }) => {
        const text = textOf(value);
        if (!text.ok) return text;
        const context = { menu, items, numbers: this.#numbers, parse, format };
        const ids = resolveItems(text.value, context);
        return ids.ok ? ids : refused(ids.error.text, offset);
      },
      condition: (): Result<Condition, ConsoleError> =>
        parseCondition(invocation.condition ?? [], { menu, view, parse, format, textOf }),
      commit: (next) => this.#commit(next, invocation),
      print: (chosen, form) => {
        this.#numbers.assign(menu, chosen);
        return printItems(menu, chosen, { form, columns, view, format });
      },
    };
    return command.run(call);
  }

  #commit(next: Result<Config, ConfigError>, { offset }: Invocation): Result<Config, ConsoleError> {
    if (!next.ok) return refused(next.error.text, offset);
    const committed = this.#host.commit(next.value);
    return committed.ok ? next : refused(`failure: ${committed.error}`, offset);
  }

  /** The text a value stands for; brackets are carried out, starting in the menu of their command. */
  #textOf(value: Value, path: Path, columns: number): Result<string, ConsoleError> {
    return value.kind === 'text' ? ok(value.text) : this.#substitute(value, path, columns);
  }

  #substitute(
    { commands, offset }: Substitution,
    path: Path,
    columns: number,
  ): Result<string, ConsoleError> {
    const [command, ...others] = commands;
    if (command === undefined || others.length > 0) return syntaxError(offset);
    const statement = parseCommand(command, this.#root, path);
    if (!statement.ok) return statement;
    if (statement.value.kind === 'enter' || statement.value.command.givesValue === undefined) {
      return syntaxError(offset);
    }
    const done = this.#invoke(statement.value, columns);
    return done.ok ? ok(done.value.value ?? '') : err(done.error);
  }
}

/** Asks for the state of the system, which may be a kernel's, only when something shows it, and once. */
class LazyView implements View {
  readonly config: Config;
  readonly #host: ConsoleHost;
  #status: LiveStatus | undefined;

  constructor(config: Config, host: ConsoleHost) {
    this.config = config;
    this.#host = host;
  }

  get status(): LiveStatus {
    this.#status ??= this.#host.status();
    return this.#status;
  }
}

function shown(error: ConsoleError, source: string) {
  const { line, column } = placeOf(source, error.offset);
  const place = error.located ? ` (line ${line} column ${column})` : '';
  return { text: `${error.text}${place}`, line, column };
}
