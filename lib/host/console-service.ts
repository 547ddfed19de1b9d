/**
 * Console sessions on the running daemon. A text is carried out in slices: what a slice changed is
 * settled as one, and between slices everybody else has his turn.
 */
import { setImmediate as othersHadTheirTurn } from 'node:timers/promises';
import type { Result } from '../core/base/result.js';
import { err, ok } from '../core/base/result.js';
import type { Config } from '../core/config/config.js';
import type { LiveStatus } from '../core/config/live-status.js';
import type { ConsoleHost, ExecuteOptions } from '../core/console/console-host.js';
import type { Checkpoint, ConsoleRun } from '../core/console/session.js';
import { ConsoleSession } from '../core/console/session.js';
import type { ExecuteResult, PrintRequest } from '../core/control/messages.js';
import { print } from '../core/control/table-requests.js';
import type { Clock } from './clock.js';
import type { Configuration } from './configuration.js';
import type { ConsoleFiles } from './console-files.js';
import type { ControlSession } from './control-connection.js';
import { formatDateTime, parseDateTime } from './date-time.js';
import { IpsecError } from './errors.js';
import { matcher } from './matcher.js';

export interface ConsoleServiceParts {
  readonly clock: Clock;
  readonly configuration: Configuration;
  readonly files: Pick<ConsoleFiles, 'read' | 'write'>;
  /** Name and version, for the header of exports. */
  readonly product: string;
  /** Throws an `IpsecError` when the data plane cannot be read. */
  readonly status: () => LiveStatus;
  readonly flushSas: ConsoleHost['flushSas'];
  readonly packetFacts: ConsoleHost['packetFacts'];
}

/** So long the packets and the other clients wait at most for a text, the last command's end aside. */
const sliceMs = 50;

/** A session for one client. */
export function openConsoleSession(parts: ConsoleServiceParts): ControlSession {
  return new SlicedSession(parts);
}

/** What a command can run into that is no bug: it is refused (C-63). */
function refusalOf(error: unknown): string | undefined {
  // A data plane that cannot be read refuses the command that wanted to look.
  if (error instanceof IpsecError) return error.message;
  const isTooLong = error instanceof RangeError && error.message === 'Invalid string length';
  return isTooLong ? 'what it prints is longer than any text can be: print fewer rows' : undefined;
}

class SlicedSession implements ControlSession {
  readonly #parts: ConsoleServiceParts;
  readonly #console: ConsoleSession;
  /** Where the command that is carried out begins. */
  #checkpoint: Checkpoint | undefined;
  /** Of each change staged, where its command begins. */
  #changes: (Checkpoint | undefined)[] = [];
  #refusal: { readonly since: Checkpoint | undefined; readonly words: string } | undefined;
  #isClosed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: ConsoleServiceParts) {
    this.#parts = parts;
    this.#console = new ConsoleSession(this.#host());
  }

  execute(text: string, options: ExecuteOptions): Promise<ExecuteResult> {
    return this.#inTurn(() => this.#execute(text, options));
  }

  print(request: PrintRequest): Promise<object> {
    return this.#inTurn(() => this.#print(request));
  }

  complete(line: string) {
    return this.#console.complete(line);
  }

  help(line: string, options: ExecuteOptions) {
    return this.#console.help(line, options);
  }

  close(): void {
    this.#isClosed = true;
  }

  /** After whatever was asked before. */
  #inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #print(request: PrintRequest): object {
    const { configuration, status } = this.#parts;
    const printed = print(request, {
      ...{ config: configuration.current, status, matcher },
      liveIds: this.#console.liveIds,
      formatTime: formatDateTime,
    });
    if (!printed.ok) return { refusal: printed.error };
    const { output, menu, items } = printed.value;
    this.#console.number(menu, items);
    return { output };
  }

  async #execute(text: string, options: ExecuteOptions): Promise<ExecuteResult> {
    const run = this.#console.start(text, options);
    while (!this.#isClosed && this.#slice(run)) await othersHadTheirTurn();
    return { ...run.result(), path: this.#console.path };
  }

  /** Carries out commands for a while; whether there are more. */
  #slice(run: ConsoleRun): boolean {
    const { clock } = this.#parts;
    const end = clock.now() + sliceMs;
    let hasMore = true;
    while (hasMore && clock.now() < end) hasMore = this.#step(run);
    return this.#settle(run) && hasMore;
  }

  #step(run: ConsoleRun): boolean {
    const since = run.checkpoint();
    const { configuration } = this.#parts;
    const point = configuration.point();
    const { length } = this.#changes;
    this.#checkpoint = since;
    try {
      return run.step() && this.#refusal === undefined;
    } catch (error) {
      const words = refusalOf(error);
      if (words === undefined) throw error;
      configuration.unstage(point);
      this.#changes.length = length;
      run.refuse(since, words);
      return false;
    }
  }

  /** Settles what was staged; false when it was refused, and the run with it. */
  #settle(run: ConsoleRun): boolean {
    this.#settleChanges();
    const refusal = this.#refusal;
    this.#refusal = undefined;
    if (refusal?.since === undefined) return true;
    run.refuse(refusal.since, refusal.words);
    return false;
  }

  #settleChanges(): Result<undefined, string> {
    const changes = this.#changes;
    this.#changes = [];
    const settled = this.#parts.configuration.settle();
    if (settled.ok) return ok(undefined);
    const { index, words } = settled.error;
    this.#refusal ??= { since: changes[index], words };
    return err(words);
  }

  #host(): ConsoleHost {
    const { clock, configuration, files, product, status, flushSas, packetFacts } = this.#parts;
    return {
      product,
      config: () => configuration.current,
      commit: (next) => this.#stage(next),
      status,
      now: () => Math.floor(clock.epochSecondsOf(clock.now())),
      formatTime: formatDateTime,
      parseTime: parseDateTime,
      readFile: (name) => files.read(name),
      // What cannot be taken back must not rest on what may be.
      writeFile: (name, text) => {
        const settled = this.#settleChanges();
        return settled.ok ? files.write(name, text) : settled;
      },
      matcher,
      flushSas: (protocols) => {
        if (this.#settleChanges().ok) flushSas(protocols);
      },
      // What was changed before is to be explained, not what was there before.
      packetFacts: () => {
        this.#settleChanges();
        return packetFacts();
      },
    };
  }

  #stage(next: Config): Result<undefined, string> {
    if (next === this.#parts.configuration.current) return ok(undefined);
    this.#parts.configuration.stage(next);
    this.#changes.push(this.#checkpoint);
    return ok(undefined);
  }
}
