/** The shell on a terminal: a prompt, a command, its answer, until the user leaves. */
import { hostname } from 'node:os';
import type { Client } from '../../lib/client/client.js';
import { quote } from '../../lib/core/config/quoting.js';
import type { EditRequest } from '../../lib/core/console/console-host.js';
import type { ExecuteResult } from '../../lib/core/control/messages.js';
import { CommandScanner } from '../command-scanner.js';
import { terminalRefusalLine } from '../error-line.js';
import type { Options } from '../ipsecctl-options.js';
import { executeOptions, type OutputForm } from '../output-form.js';
import { repeat } from '../repeat.js';
import { editText } from './editor-program.js';
import { History, historyLimit } from './history.js';
import { isInterrupt, Keyboard, type Stroke } from './keyboard.js';
import { type Hits, LineEditor } from './line-editor.js';
import { type PagerStep, page } from './pager.js';

const continuationPrompt = '\\... ';

/** The exit code. */
export async function runShell(
  client: Client,
  form: OutputForm,
  options: Pick<Options, 'user' | 'name'>,
): Promise<number> {
  const shell = new Shell(client, form, promptName(options));
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
  readonly #client: Client;
  readonly #form: OutputForm;
  readonly #promptName: string;
  readonly #screen = process.stdout;
  readonly #history = new History();
  readonly #keyboard = new Keyboard(process.stdin, process.stdout);
  readonly #editor: LineEditor;
  /** The menu the session stands in. */
  #path: readonly string[] = [];
  /** The lines of the command that is being typed. */
  #typed: string[] = [];

  constructor(client: Client, form: OutputForm, name: string) {
    this.#client = client;
    this.#form = form;
    this.#promptName = name;
    this.#editor = new LineEditor({
      keyboard: this.#keyboard,
      output: this.#screen,
      earlier: this.#history.earlier,
      historyLimit,
      complete: (line) => this.#wait(this.#complete(this.#textUpTo(line))),
      help: (line) => this.#wait(this.#client.help(this.#textUpTo(line), { colour: form.colour })),
      takesQuestionMark: (line) => {
        const scanner = new CommandScanner();
        scanner.push(this.#textUpTo(line));
        return scanner.takesAnything;
      },
    });
  }

  async run(): Promise<void> {
    const { failure } = this.#history;
    if (failure !== undefined) this.#say(`the history is not kept: ${failure}`);
    for (;;) {
      const command = await this.#readCommand();
      if (command === undefined || /^\s*\/?quit\s*$/.test(command)) return;
      if (command.trim() !== '') await this.#carryOut(command);
    }
  }

  close(): void {
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
      this.#history.add(this.#typed);
      return this.#textUpTo('');
    }
  }

  #prompt(): string {
    return `${this.#promptName} ${this.#path.join(' ')}> `;
  }

  /** The command under way, up to the cursor in its last line. */
  #textUpTo(line: string): string {
    return [...this.#typed, line].join('\n');
  }

  async #complete(text: string): Promise<Hits> {
    const { from, candidates } = await this.#client.complete(text);
    return { words: candidates.map((candidate) => candidate.text), typed: text.slice(from) };
  }

  async #carryOut(text: string): Promise<void> {
    const result = await this.#execute(text);
    await this.#show(result);
    if (result.error !== undefined) return;
    if (result.intervalSeconds !== undefined) await this.#repeat(text, result.intervalSeconds);
    if (result.edit !== undefined) await this.#edit(result.edit);
  }

  async #execute(text: string): Promise<ExecuteResult> {
    const result = await this.#wait(this.#client.execute(text, executeOptions(this.#form)));
    this.#path = result.path;
    return result;
  }

  async #show({ output, error, withoutPaging, intervalSeconds }: ExecuteResult): Promise<void> {
    // Who typed ahead, or pasted a script, does not want to be asked.
    const isWhole = withoutPaging || intervalSeconds !== undefined || this.#keyboard.isAhead;
    if (isWhole) this.#screen.write(endingItsLine(output));
    else await page(output, this.#screen, () => this.#nextStep());
    if (error === undefined) return;
    const { json, colour } = this.#form;
    this.#screen.write(terminalRefusalLine(error, { json, errorColour: colour }));
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
      ...{ client: this.#client, text, seconds },
      ...{ form: this.#form, output: this.#screen },
    };
    const refusal = await repeat(repetition, signal);
    this.#keyboard.takeBack();
    if (refusal !== undefined) await this.#show({ output: '', error: refusal, path: this.#path });
  }

  async #edit({ path, id, property, value }: EditRequest): Promise<void> {
    this.#keyboard.close();
    const edited = await editText(value);
    this.#keyboard.open();
    if (!edited.ok) this.#say(edited.reason);
    else if (edited.value !== value) {
      const command = `/${path.join(' ')} set ${id} ${property}=${quote(edited.value)}`;
      await this.#show(await this.#execute(command));
    }
  }

  /** Lets the user leave a daemon that does not answer. */
  async #wait<T>(answer: Promise<T>): Promise<T> {
    this.#keyboard.onInterrupt(() => {
      this.#say('ipsecd has not answered yet; Ctrl-C once more ends the shell');
      this.#keyboard.onInterrupt(() => this.#client.close());
    });
    try {
      return await answer;
    } finally {
      this.#keyboard.onInterrupt(undefined);
    }
  }

  #say(text: string): void {
    this.#screen.write(`ipsecctl: ${text}\n`);
  }
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
