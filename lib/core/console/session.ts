/** One user at the console: the current menu, the numbers and variables, and the texts carried out (spec C). */
import type { AnyMenu } from '../config/menu.js';
import type { Completion } from './complete.js';
import { complete } from './complete.js';
import type { ConsoleHost, ExecuteOptions, ExecuteResult } from './console-host.js';
import type { Standing } from './frame.js';
import { frameOf } from './frame.js';
import { help } from './help.js';
import { ItemNumbers, LiveIds } from './items.js';
import type { LineContext } from './line-position.js';
import type { MenuNode } from './menu-tree.js';
import { consoleMenus, menuTree } from './menu-tree.js';
import type { NumberedItem } from './print.js';
import type { ConsoleRun } from './run.js';
import { Run } from './run.js';

export type { Checkpoint, ConsoleRun } from './run.js';

export interface SessionOptions {
  /** The menus under `/ip ipsec`. */
  readonly menus?: readonly AnyMenu[];
}

/** Where nobody says how wide the terminal is. */
export const defaultColumns = 80;

export class ConsoleSession {
  readonly #host: ConsoleHost;
  readonly #root: MenuNode;
  /** The ids of what is not in a table: they hold as long as the session. */
  readonly liveIds = new LiveIds();
  /** Variables last as long as the session: a script may come in several texts. */
  #standing: Standing;

  constructor(host: ConsoleHost, { menus = consoleMenus }: SessionOptions = {}) {
    this.#host = host;
    this.#root = menuTree(menus);
    this.#standing = { path: [this.#root], variables: new Map(), numbers: new Map() };
  }

  /** The words of the current menu; empty at the root. */
  get path(): readonly string[] {
    return this.#standing.path.slice(1).map(({ name }) => name);
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
    return new Run(frameOf(source, this.#standing), {
      root: this.#root,
      host: this.#host,
      liveIds: this.liveIds,
      options: { columns, colour, form },
      onStanding: (standing) => {
        const { path, variables, numbers } = standing;
        this.#standing = { path, variables, numbers };
      },
    });
  }

  /** As a print does: from now on the items shown have the numbers shown (C-21). */
  number(menu: AnyMenu, items: readonly NumberedItem[]): void {
    const numbers = new ItemNumbers(this.#standing.numbers);
    numbers.assign(menu, items);
    this.#standing = { ...this.#standing, numbers: numbers.tables };
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
    return { root: this.#root, path: this.#standing.path, config: this.#host.config() };
  }
}
