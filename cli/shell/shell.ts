/** The shell on a terminal: a prompt, a command, its answer, until the user leaves. */
import { hostname } from 'node:os';
import { quote } from '../../lib/core/config/quoting.js';
import type { EditRequest } from '../../lib/core/console/console-host.js';
import type { ExecuteResult } from '../../lib/core/control/messages.js';
import { CommandScanner } from '../command-scanner.js';
import { type Refusal, terminalRefusalLine } from '../error-line.js';
import type { Options } from '../ipsecctl-options.js';
import { executeOptions, type OutputForm } from '../output-form.js';
import { firstFrame, repeat } from '../repeat.js';
import { isQuit } from '../script-cutter.js';
import { DaemonLink, type Session } from './daemon-link.js';
import { editText } from './editor-program.js';
import { History, historyLimit } from './history.js';
import { joinedLines } from './joined-lines.js';
import { isInterrupt, Keyboard, type Stroke } from './keyboard.js';
import { type Hits, LineEditor } from './line-editor.js';
import { type PagerStep, page } from './pager.js';

const continuationPrompt = '\\... ';

/** The exit code. `connect` makes further connections to the daemon, should the first be lost. */
export async function runShell(
  first: Session,
  connect: () => Promise<Session>,
  form: OutputForm,
  options: Pick<Options, 'user' | 'name'>,
): Promise<number> {
  const shell = new Shell(first, connect, form, promptName(options));
  try {
    await shell.run();
  } finally {
    shell.close();
  }
  return 0;
}

/** Who and where, in front of the path (B-14). */
function promptName({ user, name }: Pick<Options, 'user' | 'name'>): string {
  const { IPSECCTL_USER, IPSECCTL_NAME } = process.env;
  return `[${user ?? (IPSECCTL_USER || 'admin')}@${name ?? (IPSECCTL_NAME || hostname())}]`;
}

class Shell {
  readonly #link: DaemonLink;
  readonly #form: OutputForm;
  readonly #promptName: string;
  readonly #screen = process.stdout;
  readonly #history = new History();
  readonly #keyboard = new Keyboard(process.stdin, process.stdout);
  readonly #editor: LineEditor;
  /** The lines of the command that is being typed. */
  #typed: string[] = [];

  constructor(first: Session, connect: () => Promise<Session>, form: OutputForm, name: string) {
    this.#form = form;
    this.#promptName = name;
    this.#editor = new LineEditor({
      keyboard: this.#keyboard,
      output: this.#screen,
      earlier: this.#history.earlier,
      historyLimit,
      complete: (line) => this.#complete(this.#textUpTo(line)),
      help: (line) => this.#help(this.#textUpTo(line)),
      page: (text) => this.#page(text),
      takesQuestionMark: (line) => {
        const scanner = new CommandScanner();
        scanner.push(this.#textUpTo(line));
        return scanner.takesAnything;
      },
    });
    this.#link = new DaemonLink(first, {
      connect,
      notice: (text) => this.#editor.tell(said(text)),
    });
  }

  async run(): Promise<void> {
    const { failure } = this.#history;
    if (failure !== undefined) this.#say(`the history is not kept: ${failure}`);
    for (;;) {
      const command = await this.#readCommand();
      if (command === undefined || isQuit(command)) return;
      if (/^\s*\/?help\s*$/.test(command)) await this.#page(await this.#help(''));
      else if (command.trim() !== '') await this.#carryOut(command);
    }
  }

  close(): void {
    this.#link.close();
    this.#editor.close();
    this.#keyboard.close();
  }

  /** The text of one command; undefined when the user leaves. */
  async #readCommand(): Promise<string | undefined> {
    this.#typed = [];
    const scanner = new CommandScanner();
    for (;;) {
      const line = await this.#editor.read(
        this.#typed.length > 0 ? continuationPrompt : this.#prompt(),
      );
      if (line.kind === 'interrupted') return '';
      if (line.kind === 'ended') {
        this.#screen.write('\n');
        return undefined;
      }
      this.#typed.push(line.text);
      scanner.push(`${line.text}\n`);
      if (!scanner.isBetweenCommands) continue;
      const command = joinedLines(this.#typed);
      if (command.trim() !== '') this.#editor.remember(command);
      this.#history.add(command);
      return this.#textUpTo('');
    }
  }

  #prompt(): string {
    return `${this.#promptName} ${this.#link.path.join(' ')}> `;
  }

  /** The command under way, up to the cursor in its last line. */
  #textUpTo(line: string): string {
    return [...this.#typed, line].join('\n');
  }

  async #complete(text: string): Promise<Hits> {
    const answer = await this.#wait(this.#link.complete(text));
    if (!answer.ok) return { words: [], typed: '', note: said(answer.error) };
    const { from, candidates } = answer.value;
    // Where nothing can be completed there may be something to say.
    const note = candidates.length > 0 ? '\n' : await this.#help(text);
    return {
      words: candidates.map((candidate) => candidate.text),
      typed: text.slice(from),
      note: note === '\n' ? '' : note,
    };
  }

  async #help(text: string): Promise<string> {
    const { colour } = this.#form;
    const answer = await this.#wait(this.#link.help(text, { colour }));
    return answer.ok ? answer.value : said(answer.error);
  }

  async #carryOut(text: string): Promise<void> {
    const result = await this.#execute(text);
    if (result === undefined) return;
    await this.#show(result);
    if (result.error !== undefined) return;
    if (result.intervalSeconds !== undefined) await this.#repeat(text, result.intervalSeconds);
    if (result.edit !== undefined) await this.#edit(result.edit);
  }

  /** Undefined when there is no answer, and the user was told why. */
  async #execute(text: string): Promise<ExecuteResult | undefined> {
    const answer = await this.#wait(this.#link.execute(text, executeOptions(this.#form)));
    this.#screen.write(this.#editor.untold());
    if (answer.ok) return answer.value;
    this.#say(answer.error);
    return undefined;
  }

  async #show({ output, error, withoutPaging, intervalSeconds }: ExecuteResult): Promise<void> {
    if (error === undefined && intervalSeconds !== undefined) {
      this.#screen.write(firstFrame(output, this.#screen, this.#form));
    } else if (withoutPaging) this.#screen.write(endingItsLine(output));
    else await this.#page(output);
    if (error !== undefined) this.#refuse(error);
  }

  async #page(text: string): Promise<void> {
    // Who typed ahead, or pasted a script, does not want to be asked.
    if (this.#keyboard.isAhead) this.#screen.write(endingItsLine(text));
    else await page(text, this.#screen, () => this.#nextStep());
  }

  #refuse(error: Refusal): void {
    const { json, colour } = this.#form;
    this.#screen.write(terminalRefusalLine(error, { json, errorColour: colour, hints: true }));
  }

  /** Waits for a key that means something to the pager. */
  #nextStep(): Promise<PagerStep> {
    return new Promise((resolve) => {
      this.#keyboard.lend((stroke) => {
        const step = pagerStep(stroke);
        if (step === undefined) return;
        this.#keyboard.takeBack();
        resolve(step);
      });
    });
  }

  async #repeat(text: string, seconds: number): Promise<void> {
    const interruption = new AbortController();
    const { signal } = interruption;
    this.#keyboard.lend((stroke) => {
      if (isInterrupt(stroke) || stroke.text?.toLowerCase() === 'q') interruption.abort();
    });
    const repetition = {
      execute: (command: string) => this.#execute(command),
      ...{ text, seconds, form: this.#form, output: this.#screen },
    };
    const refusal = await repeat(repetition, signal);
    this.#keyboard.takeBack();
    if (refusal !== undefined) this.#refuse(refusal);
  }

  async #edit({ path, id, property, value }: EditRequest): Promise<void> {
    this.#keyboard.close();
    const edited = await editText(value);
    this.#keyboard.open();
    if (!edited.ok) this.#say(edited.reason);
    else if (edited.value !== value) {
      const command = `/${path.join(' ')} set ${id} ${property}=${quote(edited.value)}`;
      const result = await this.#execute(command);
      if (result !== undefined) await this.#show(result);
    }
  }

  /** Lets the user leave a daemon that does not answer. */
  async #wait<T>(answer: Promise<T>): Promise<T> {
    this.#keyboard.onInterrupt(() => {
      this.#say('ipsecd has not answered yet; Ctrl-C once more ends the shell');
      this.#keyboard.onInterrupt(() => this.#link.close());
    });
    try {
      return await answer;
    } finally {
      this.#keyboard.onInterrupt(undefined);
    }
  }

  #say(text: string): void {
    this.#screen.write(said(text));
  }
}

/** What the shell itself says. */
function said(text: string): string {
  return `ipsecctl: ${text}\n`;
}

/** Readline writes its prompt over what stands on the line. */
function endingItsLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

/** Pasted text is for the prompt, not for the pager. */
function pagerStep({ text = '', key, isPasted }: Stroke): PagerStep | undefined {
  if (isPasted) return undefined;
  if (key.ctrl === true) return key.name === 'c' || key.name === 'd' ? 'quit' : undefined;
  if (['return', 'enter', 'down'].includes(key.name ?? '')) return 'line';
  if (text === ' ' || key.name === 'pagedown') return 'page';
  return { q: 'quit' as const, d: 'dump' as const }[text.toLowerCase()];
}
