/** A text carried out command by command, with the files it imports (C-45). */
import type { Dialect, Outcome, ScriptRequest } from './commands/command.js';
import type { ConsoleError } from './console-error.js';
import { refused } from './console-error.js';
import type { ConsoleHost, ExecuteError, ExecuteOptions, ExecuteResult } from './console-host.js';
import { consoleLimits } from './console-limits.js';
import { behindDone, behindRefused, isPathAlone, isUnclear, nextLine } from './dry-run.js';
import type { Scene, Warning } from './evaluate.js';
import { carryOut } from './evaluate.js';
import type { DryRun, Frame, Standing } from './frame.js';
import { frameOf } from './frame.js';
import type { LiveIds } from './items.js';
import { ItemNumbers } from './items.js';
import type { MenuNode } from './menu-tree.js';
import { Notices } from './notices.js';
import type { Invocation } from './parse.js';
import { parseCommand } from './parse.js';
import { StagedHost } from './staged-host.js';
import type { Command } from './tokens.js';
import { commandBeforeMistake, nextCommand } from './tokens.js';

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
  readonly frames: readonly Frame[];
}

export interface RunParts {
  readonly root: MenuNode;
  readonly host: ConsoleHost;
  readonly liveIds: LiveIds;
  readonly options: Required<ExecuteOptions>;
  /** What the session keeps of the run so far. */
  readonly onStanding: (standing: Standing) => void;
}

/** Where a run goes on behind a command. */
interface FramesAfter {
  readonly done: Frame;
  /** In a dry run, which goes on all the same. */
  readonly refused: Frame;
}

const tooMuchOutput = `one text prints at most ${consoleLimits.outputLength} characters: print fewer rows, or send the commands in several parts`;

export class Run implements ConsoleRun {
  readonly #parts: RunParts;
  readonly #notices: Notices;
  /** The text, and inside it the files that are being imported, the innermost last. */
  #frames: readonly [Frame, ...Frame[]];
  readonly #outputs: string[] = [];
  #outputLength = 0;
  #last: Outcome | undefined;
  #error: ExecuteError | undefined;

  constructor(frame: Frame, parts: RunParts) {
    this.#parts = parts;
    this.#notices = new Notices(parts.options.form);
    this.#frames = [frame];
  }

  step(): boolean {
    if (this.#error !== undefined) return false;
    const frame = this.#frame;
    const command = nextCommand(frame.source, frame.offset);
    if (!command.ok) {
      const before = commandBeforeMistake(frame.source, frame.offset);
      const after = { ...frame, offset: nextLine(frame, command.error) };
      const mistake = this.#firstMistake(before, frame, command.error);
      return this.#refused(mistake, behindRefused(after, before));
    }
    if (command.value === undefined) return this.#endOfText(frame);
    const after = { ...frame, offset: command.value.end };
    if (isUnclear(command.value, frame)) {
      this.#continue(behindRefused(after, command.value));
      return true;
    }
    return this.#command(command.value, frame, after);
  }

  result(): ExecuteResult {
    const last = this.#last;
    return {
      output: this.#outputs.join(''),
      ...(this.#error && { error: this.#error }),
      ...(last?.intervalSeconds !== undefined && { intervalSeconds: last.intervalSeconds }),
      ...(last?.withoutPaging && { withoutPaging: last.withoutPaging }),
      ...(last?.edit !== undefined && { edit: last.edit }),
    };
  }

  checkpoint(): Checkpoint {
    return { outputLength: this.#outputLength, frames: this.#frames };
  }

  refuse(since: Checkpoint, text: string): void {
    const output = this.#outputs.join('').slice(0, since.outputLength);
    this.#outputs.splice(0, this.#outputs.length, output);
    this.#outputLength = output.length;
    const [first, ...imported] = since.frames;
    if (first !== undefined) this.#frames = [first, ...imported];
    this.#parts.onStanding(this.#frames[0]);
    this.#last = undefined;
    const offset = this.#nextOffset();
    this.#error = shown(
      { rule: 'C-63', text: `failure: ${text}`, offset, located: false },
      this.#frame,
      this.#isNested,
    );
  }

  /** The user's text imports a file, and that one another. */
  get #isNested(): boolean {
    return this.#frames.length > 2;
  }

  get #frame(): Frame {
    return this.#frames.at(-1) ?? this.#frames[0];
  }

  /** Where the next command names what it does, for its refusal. */
  #nextOffset(): number {
    const { source, offset, path, dialect } = this.#frame;
    const command = nextCommand(source, offset);
    if (!command.ok || command.value === undefined) return offset;
    const statement = parseCommand(command.value, this.#parts.root, path, dialect);
    if (statement.ok && statement.value.kind === 'invoke') return statement.value.offset;
    return command.value.tokens[0]?.offset ?? offset;
  }

  #command(command: Command, frame: Frame, after: Frame): boolean {
    const statement = parseCommand(command, this.#parts.root, frame.path, frame.dialect);
    if (!statement.ok) {
      const isLost = frame.dryRun !== undefined && isPathAlone(command);
      const behind = behindRefused(after, command);
      return this.#refused(statement.error, isLost ? { ...behind, isLost } : behind);
    }
    const { isLost: _, ...found } = after;
    if (statement.value.kind === 'invoke') {
      const refused = behindRefused(found, command);
      return this.#invoke(statement.value, frame, { done: behindDone(found, command), refused });
    }
    this.#last = undefined;
    this.#continue({ ...found, path: statement.value.path });
    return true;
  }

  /** Before a word that cannot be read there may be one that is no command (C-30). */
  #firstMistake(before: Command, { path, dialect }: Frame, unreadable: ConsoleError): ConsoleError {
    const statement = parseCommand(before, this.#parts.root, path, dialect);
    const isFirst = !statement.ok && statement.error.offset < unreadable.offset;
    return isFirst ? statement.error : unreadable;
  }

  /** All of a command happens, with what its brackets do, or nothing. */
  #invoke(invocation: Invocation, frame: Frame, after: FramesAfter): boolean {
    const host = new StagedHost(frame.dryRun?.host ?? this.#parts.host);
    const numbers = new ItemNumbers(frame.numbers);
    const { root, liveIds, options } = this.#parts;
    const { dialect, variables } = frame;
    const warnings: Warning[] = [];
    const scene: Scene = { root, host, options, dialect, numbers, liveIds, warnings, variables };
    const done = carryOut(invocation, scene);
    if (!done.ok) return this.#refused(done.error, after.refused);
    const { edit, script } = done.value;
    if (frame.file !== undefined && edit !== undefined) {
      return this.#failed('a file cannot open an editor: use set', invocation, after.refused);
    }
    if (script !== undefined && this.#frames.length > consoleLimits.importDepth) {
      const words = `more than ${consoleLimits.importDepth} files import each other`;
      return this.#failed(words, invocation, after.refused);
    }
    const printed = this.#printed(done.value, warnings, frame);
    if (this.#isTooMuch(printed)) return this.#failed(tooMuchOutput, invocation, after.refused);
    const settled = host.settle();
    if (!settled.ok) return this.#failed(settled.error, invocation, after.refused);

    this.#last = frame.file === undefined ? done.value : undefined;
    for (const text of printed) this.#print(text);
    const { menu: path } = invocation;
    this.#continue({ ...after.done, path, variables: scene.variables, numbers: numbers.tables });
    if (script !== undefined) this.#open(script);
    return true;
  }

  #printed({ output, receipt = '', script }: Outcome, warnings: readonly Warning[], frame: Frame) {
    const { dryRun, places, file } = frame;
    return [
      output,
      ...(dryRun === undefined ? [receipt] : []),
      ...warnings.map(({ text, offset }) =>
        this.#notices.warning(text, places.lineOf(offset), file),
      ),
      ...(script === undefined
        ? []
        : [this.#notices.opening(script.file, script.dryRun || dryRun !== undefined)]),
    ];
  }

  #isTooMuch(texts: readonly string[]): boolean {
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    return length > 0 && this.#outputLength + length > consoleLimits.outputLength;
  }

  /** The file's commands come next; it begins at the root and sees nothing of who imports it. */
  #open({ file, text, compat, dryRun }: ScriptRequest): void {
    const { root, host } = this.#parts;
    const importer = this.#frame;
    const dialect: Dialect = compat || importer.dialect === 'compat' ? 'compat' : 'import';
    const begun: DryRun | undefined = dryRun
      ? { host: new StagedHost(host, { isDry: true }), complaints: [] }
      : undefined;
    const dry = importer.dryRun ?? begun;
    const standing: Standing = { path: [root], variables: new Map(), numbers: new Map() };
    const frame = frameOf(text, standing, { file, dialect, ...(dry && { dryRun: dry }) });
    this.#frames = [...this.#frames, frame];
  }

  #endOfText({ file, dryRun }: Frame): boolean {
    const [first, ...imported] = this.#frames;
    if (file === undefined) return false;
    const outer = imported.at(-2) ?? first;
    if (dryRun !== undefined && outer.dryRun === undefined && dryRun.complaints.length > 0) {
      return this.#endDryRun(dryRun, file);
    }
    this.#print(this.#notices.finished(file, dryRun !== undefined));
    this.#frames = [first, ...imported.slice(0, -1)];
    this.#last = undefined;
    return true;
  }

  #continue(frame: Frame): void {
    const [first, ...imported] = this.#frames;
    this.#frames = imported.length === 0 ? [frame] : [first, ...imported.slice(0, -1), frame];
    this.#parts.onStanding(this.#frames[0]);
  }

  #failed(words: string, { offset }: Invocation, after: Frame): boolean {
    return this.#refused(refused(`failure: ${words}`, 'C-63', offset).error, after);
  }

  /** A dry run only complains, and goes on. */
  #refused(refusal: ConsoleError, after: Frame): boolean {
    const error = shown(refusal, after, this.#isNested);
    const { dryRun } = after;
    if (dryRun === undefined) {
      this.#error = error;
      return false;
    }
    dryRun.complaints.push(error);
    this.#print(this.#notices.complaint(error));
    this.#continue(after);
    if (dryRun.complaints.length < consoleLimits.complaints) return true;
    const outermost = this.#frames.find((frame) => frame.dryRun !== undefined);
    return this.#endDryRun(dryRun, outermost?.file ?? '');
  }

  /** The place is that of the first complaint. */
  #endDryRun({ complaints }: DryRun, file: string): boolean {
    const [first] = complaints;
    const count = complaints.length;
    const found =
      count < consoleLimits.complaints
        ? `found ${count} ${count === 1 ? 'error' : 'errors'}`
        : `stopped after ${count} errors`;
    const text = `failure: ${found} in import file ${file}`;
    const { line = 1, column = 1, file: inFile } = first ?? {};
    this.#error = {
      text,
      rule: 'C-63',
      line,
      column,
      ...(inFile !== undefined && { file: inFile }),
    };
    return false;
  }

  #print(text: string): void {
    this.#outputs.push(text);
    this.#outputLength += text.length;
  }
}

/** In a file every error names its place, and the file if it is not the one the user imports (C-45). */
function shown(
  { text, rule, offset, located, hint }: ConsoleError,
  { places, file }: Frame,
  isNested: boolean,
): ExecuteError {
  const { line, column } = places.of(offset);
  const place = located || file !== undefined ? ` (line ${line} column ${column})` : '';
  return {
    ...{ text: `${text}${place}${isNested ? ` in ${file}` : ''}`, rule, line, column },
    ...(file !== undefined && { file }),
    ...(hint !== undefined && { hint }),
  };
}
