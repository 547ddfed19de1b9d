/** One user at the console: the current menu, the numbers seen, and the texts carried out (spec C). */
import type { Result } from '../base/result.js';
import { err, ok } from '../base/result.js';
import type { Config } from '../config/config.js';
import { isTableName, itemsOf } from '../config/config.js';
import type { ConfigError } from '../config/config-error.js';
import type { LiveStatus } from '../config/live-status.js';
import type { AnyItem, AnyMenu, View } from '../config/menu.js';
import { formatContext, parseContext } from '../config/references.js';
import type { Call, Done, Outcome } from './commands/command.js';
import type { Completion, LineContext } from './complete.js';
import { complete } from './complete.js';
import type { Condition } from './condition.js';
import { parseCondition } from './condition.js';
import type { ConsoleError } from './console-error.js';
import { placeOf, refused, syntaxError } from './console-error.js';
import type { ConsoleHost, ExecuteError, ExecuteOptions, ExecuteResult } from './console-host.js';
import { help } from './help.js';
import { ItemNumbers, LiveIds, resolveItems } from './items.js';
import type { MenuNode } from './menu-tree.js';
import { consoleMenus, menuTree } from './menu-tree.js';
import type { Invocation, Path } from './parse.js';
import { parseCommand } from './parse.js';
import type { Substitution, Value } from './tokens.js';
import { nextCommand } from './tokens.js';

export interface SessionOptions {
  /** The menus under `/ip ipsec`. */
  readonly menus?: readonly AnyMenu[];
}

/**
 * A text being carried out command by command, so that a host can do other things in between, and can
 * take back what it found out too late that it cannot do.
 */
export interface ConsoleRun {
  /** Carries out the next command; false when there was none left, or it was refused. */
  step(): boolean;
  result(): ExecuteResult;
  /** Where the run is now. */
  checkpoint(): Checkpoint;
  /**
   * Ends the run with the refusal of the first command after the checkpoint: what that one and later
   * ones printed and where they went is forgotten. The host takes their changes back itself.
   */
  refuse(since: Checkpoint, text: string): void;
}

/** Opaque to hosts. */
export interface Checkpoint {
  readonly outputLength: number;
  /** Where in the source the next command is looked for. */
  readonly offset: number;
  readonly path: Path;
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
  execute(source: string, options: ExecuteOptions = {}): ExecuteResult {
    const run = this.start(source, options);
    while (run.step());
    return run.result();
  }

  /** Begins to carry out a text. One run at a time. */
  start(
    source: string,
    { columns = defaultColumns, colour = false, form = 'text' }: ExecuteOptions = {},
  ): ConsoleRun {
    const options = { columns, colour, form };
    const outputs: string[] = [];
    let outputLength = 0;
    let offset = 0;
    let last: Outcome | undefined;
    let error: ExecuteError | undefined;
    const fail = (refusal: ConsoleError) => {
      error = shown(refusal, source);
      return false;
    };
    return {
      step: () => {
        if (error !== undefined) return false;
        const command = nextCommand(source, offset);
        if (!command.ok) return fail(command.error);
        if (command.value === undefined) return false;
        offset = command.value.end;
        const statement = parseCommand(command.value, this.#root, this.#path);
        if (!statement.ok) return fail(statement.error);
        if (statement.value.kind === 'enter') {
          this.#path = statement.value.path;
          last = undefined;
          return true;
        }
        const done = this.#invoke(statement.value, options);
        if (!done.ok) return fail(done.error);
        last = done.value;
        outputs.push(last.output);
        outputLength += last.output.length;
        return true;
      },
      result: () => ({
        output: outputs.join(''),
        ...(error && { error }),
        ...(last?.intervalSeconds !== undefined && { intervalSeconds: last.intervalSeconds }),
        ...(last?.edit !== undefined && { edit: last.edit }),
      }),
      checkpoint: () => ({ outputLength, offset, path: this.#path }),
      refuse: (since, text) => {
        const output = outputs.join('').slice(0, since.outputLength);
        outputs.splice(0, outputs.length, output);
        this.#path = since.path;
        last = undefined;
        const command = nextCommand(source, since.offset);
        const at = command.ok ? (command.value?.tokens[0]?.offset ?? 0) : 0;
        fail({ rule: 'C-63', text: `failure: ${text}`, offset: at, located: false });
      },
    };
  }

  /** What the line up to the cursor can go on with. */
  complete(line: string): Completion {
    return complete(line, this.#lineContext());
  }

  /** What `?` shows at the end of that line. */
  help(line: string, { colour = false }: ExecuteOptions = {}): string {
    return help(line, this.#lineContext(), { colour });
  }

  #lineContext(): LineContext {
    return { root: this.#root, path: this.#path, config: this.#host.config() };
  }

  #items(menu: AnyMenu | undefined): readonly AnyItem[] {
    if (menu === undefined) return [];
    return isTableName(menu.name)
      ? itemsOf(this.#host.config(), menu.name)
      : this.#liveIds.items(menu, this.#host.status());
  }

  #invoke(invocation: Invocation, options: Required<ExecuteOptions>): Done {
    const { command, path } = invocation;
    const { menu } = invocation.node;
    const textOf = (value: Value) => this.#textOf(value, path, options);
    const config = this.#host.config();
    const items = this.#items(menu);
    const view = new LazyView(config, this.#host);
    const parse = parseContext(config);
    const format = formatContext(config, (seconds) => this.#host.formatTime(seconds));
    const call: Call = {
      invocation,
      host: this.#host,
      options,
      config,
      parse,
      format,
      view,
      items,
      textOf: ({ value }) => textOf(value),
      itemsOf: ({ value, offset }) => {
        const text = textOf(value);
        if (!text.ok || menu === undefined) return text.ok ? ok([]) : text;
        const context = { menu, items, numbers: this.#numbers, parse, format };
        const ids = resolveItems(text.value, context);
        return ids.ok ? ids : refused(ids.error.text, ids.error.rule, offset);
      },
      condition: (): Result<Condition, ConsoleError> =>
        menu === undefined
          ? ok(() => true)
          : parseCondition(invocation.condition ?? [], { menu, view, parse, format, textOf }),
      commit: (next) => this.#commit(next, invocation),
      number: (shownItems) => {
        if (menu !== undefined) this.#numbers.assign(menu, shownItems);
      },
    };
    return command.run(call);
  }

  #commit(next: Result<Config, ConfigError>, { offset }: Invocation): Result<Config, ConsoleError> {
    if (!next.ok) return refused(next.error.text, next.error.rule, offset);
    const committed = this.#host.commit(next.value);
    return committed.ok ? next : refused(`failure: ${committed.error}`, 'C-63', offset);
  }

  /** The text a value stands for; brackets are carried out, starting in the menu of their command. */
  #textOf(
    value: Value,
    path: Path,
    options: Required<ExecuteOptions>,
  ): Result<string, ConsoleError> {
    return value.kind === 'text' ? ok(value.text) : this.#substitute(value, path, options);
  }

  #substitute(
    { commands, offset }: Substitution,
    path: Path,
    options: Required<ExecuteOptions>,
  ): Result<string, ConsoleError> {
    const [command, ...others] = commands;
    if (command === undefined || others.length > 0) return syntaxError(offset);
    const statement = parseCommand(command, this.#root, path);
    if (!statement.ok) return statement;
    if (statement.value.kind === 'enter' || statement.value.command.givesValue === undefined) {
      return syntaxError(offset);
    }
    const done = this.#invoke(statement.value, options);
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

function shown({ text, rule, offset, located }: ConsoleError, source: string): ExecuteError {
  const { line, column } = placeOf(source, offset);
  const place = located ? ` (line ${line} column ${column})` : '';
  return { text: `${text}${place}`, rule, line, column };
}
