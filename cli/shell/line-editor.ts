/** Reads lines from a terminal: Node's readline, fed stroke by stroke so that `?` can act at once. */
import { createInterface, type Interface } from 'node:readline';
import { PassThrough } from 'node:stream';
import type { Keyboard, Stroke } from './keyboard.js';
import { goOnAlike, wordList } from './word-list.js';

export type Line =
  | { readonly kind: 'line'; readonly text: string }
  /** Ctrl-C */
  | { readonly kind: 'interrupted' }
  /** Ctrl-D on an empty line. */
  | { readonly kind: 'ended' };

/** Whole words that can stand where `typed` stands, the end of the line up to the cursor. */
export interface Hits {
  readonly words: readonly string[];
  readonly typed: string;
  /** What to show when there are none. */
  readonly note: string;
}

export interface LineEditorOptions {
  readonly keyboard: Keyboard;
  readonly output: NodeJS.WriteStream;
  /** Lines to go back to, the newest first. */
  readonly earlier: readonly string[];
  readonly historyLimit: number;
  complete(beforeCursor: string): Promise<Hits>;
  /** What `?` shows. */
  help(beforeCursor: string): Promise<string>;
  /** Shows a text, however long it is. */
  page(text: string): Promise<void>;
  /** Whether a `?` typed there is a character like any other. */
  takesQuestionMark(beforeCursor: string): boolean;
}

interface Reading {
  resolve(line: Line): void;
  reject(error: unknown): void;
}

export class LineEditor {
  readonly #options: LineEditorOptions;
  readonly #readline: Interface;
  #reading: Reading | undefined;
  #lastKey: string | undefined;
  /** An answer is waited for, or being shown. */
  #isAnswering = false;
  /** What `tell` could not show yet. */
  #untold = '';
  /** What the arrow keys go back to, the newest first. */
  #commands: readonly string[];
  /** The same, as readline uses it. */
  #history: string[] | undefined;

  constructor(options: LineEditorOptions) {
    this.#options = options;
    const { keyboard, output, earlier, historyLimit } = options;
    this.#commands = earlier;
    this.#readline = createInterface({
      // Strokes come through `write`; what is left of an input is its mode, for Ctrl-Z.
      input: Object.assign(new PassThrough(), {
        setRawMode: (isRaw: boolean) => keyboard.setRawMode(isRaw),
      }),
      output,
      terminal: true,
      history: [...earlier],
      historySize: historyLimit,
      removeHistoryDuplicates: true,
      completer: (line: string, done: Completed) => this.#complete(line, done),
    });
    // Readline keeps lines, some of which are parts of a command: they are kept by `remember`.
    this.#readline.on('history', (history) => {
      this.#history = history;
      history.splice(0, history.length, ...this.#commands);
    });
    this.#readline.on('line', (text) => this.#settle({ kind: 'line', text }));
    this.#readline.on('close', () => this.#settle({ kind: 'ended' }));
    this.#readline.on('SIGINT', () => this.#interrupt());
  }

  /** The next line. Rejects when completion or help fails: then there is nobody to give lines to. */
  read(prompt: string): Promise<Line> {
    return new Promise((resolve, reject) => {
      this.#reading = { resolve, reject };
      this.#options.output.write(this.untold());
      this.#readline.setPrompt(prompt);
      this.#readline.prompt();
      this.#listen();
    });
  }

  /** Makes a command one that the arrow keys go back to. */
  remember(command: string): void {
    const others = this.#commands.filter((other) => other !== command);
    this.#commands = [command, ...others].slice(0, this.#options.historyLimit);
    this.#history?.splice(0, this.#history.length, ...this.#commands);
  }

  /** Shows lines that nobody asked for: at once, or before the next prompt. */
  tell(text: string): void {
    this.#untold += text;
    if (this.#reading !== undefined && !this.#isAnswering) this.#showUntold();
  }

  /** Whoever writes to the screen writes this first. */
  untold(): string {
    const text = this.#untold;
    this.#untold = '';
    return text;
  }

  close(): void {
    this.#readline.close();
  }

  #listen(): void {
    this.#options.keyboard.lend((stroke) => this.#take(stroke));
  }

  #settle(line: Line): void {
    this.#options.keyboard.takeBack();
    this.#reading?.resolve(line);
    this.#reading = undefined;
  }

  #take(stroke: Stroke): void {
    this.#insert(stroke);
    this.#lastKey = stroke.key.name;
  }

  #insert({ text, key, isPasted }: Stroke): void {
    if (isPasted) {
      if (key.name === 'return' || key.name === 'enter') this.#readline.write(null, key);
      // Without its key a character is only itself: a pasted tab completes nothing.
      else if (text !== undefined && (text >= ' ' || text === '\t')) this.#readline.write(text);
      return;
    }
    const asksForHelp = key.name === 'f1' || (text === '?' && !this.#isLiteral());
    if (asksForHelp) this.#showHelp();
    else if (text === undefined) this.#readline.write(null, key);
    else this.#readline.write(text, key);
  }

  #isLiteral(): boolean {
    return this.#options.takesQuestionMark(this.#beforeCursor());
  }

  #beforeCursor(): string {
    return this.#readline.line.slice(0, this.#readline.cursor);
  }

  /** Holds the keys back until an answer is there; then they meet the line as it is by then. */
  async #answer<T>(
    answer: Promise<T>,
    use: (value: T) => Promise<void> | undefined,
  ): Promise<void> {
    this.#isAnswering = true;
    this.#options.keyboard.takeBack();
    try {
      await use(await answer);
    } catch (error) {
      this.#reading?.reject(error);
      this.#reading = undefined;
      return;
    } finally {
      this.#isAnswering = false;
    }
    if (this.#untold !== '') this.#showUntold();
    // Readline puts a completion into the line in its own time, which is before the next turn.
    setImmediate(() => this.#listen());
  }

  #complete(line: string, done: Completed): void {
    const isAgain = this.#lastKey === 'tab';
    this.#answer(this.#options.complete(line), ({ words, typed, note }) => {
      const [first, ...others] = words;
      if (first === undefined) {
        done(null, [[], typed]);
        return note === '' ? undefined : this.#show(note);
      }
      if (others.length === 0) {
        const word = this.#finished(first);
        this.#takeRest(first.slice(typed.length));
        done(null, [[word], typed]);
      }
      // Listing them is not left to readline, which writes over the list when the line takes many rows.
      else if (!isAgain || goOnAlike(words, typed)) done(null, [[...words], typed]);
      else {
        done(null, [[], typed]);
        return this.#show(wordList(words, this.#options.output.columns));
      }
      return undefined;
    });
  }

  /** A word that is complete is followed by a blank, a property by its value (C-35). */
  #finished(word: string): string {
    const rest = this.#rest();
    const behind = this.#readline.line.charAt(this.#readline.cursor + rest.length);
    if (word.endsWith('=') && behind === '=') return word.slice(0, -1);
    return word.endsWith('=') || ' =]'.includes(behind || '.') ? word : `${word} `;
  }

  /** What of the word stands behind the cursor. */
  #rest(): string {
    return /^[A-Za-z0-9-]*/.exec(this.#readline.line.slice(this.#readline.cursor))?.[0] ?? '';
  }

  /** Takes away what stands behind the cursor of a word that is completed there. */
  #takeRest(completed: string): void {
    const rest = this.#rest();
    if (!completed.replace(/=$/, '').endsWith(rest)) return;
    for (let count = 0; count < rest.length; count += 1) {
      this.#readline.write(null, { name: 'delete' });
    }
  }

  #showHelp(): void {
    this.#answer(this.#options.help(this.#beforeCursor()), (text) => this.#show(text));
  }

  /** Shows a text, and below it the line as it was. */
  async #show(text: string): Promise<void> {
    const goBack = this.#leaveLine();
    await this.#options.page(text);
    goBack();
  }

  #showUntold(): void {
    const goBack = this.#leaveLine();
    this.#options.output.write(this.untold());
    goBack();
  }

  /** Leaves what was typed on the screen, says so, and begins anew. */
  #interrupt(): void {
    const { rows } = this.#toEnd();
    this.#options.output.write(`^C\n${'\n'.repeat(rows)}`);
    this.#readline.write(null, { ctrl: true, name: 'u' });
    this.#settle({ kind: 'interrupted' });
  }

  /** To the row below the typed line; what it returns writes that line again, below what was shown. */
  #leaveLine(): () => void {
    const { cursor } = this.#readline;
    const { rows } = this.#toEnd();
    this.#options.output.write('\n');
    return () => {
      // Readline goes up as many rows as its line has before it writes it again.
      this.#options.output.write('\n'.repeat(rows));
      this.#readline.prompt(true);
      while (this.#readline.cursor > cursor) this.#readline.write(null, { name: 'left' });
    };
  }

  #toEnd(): { readonly rows: number } {
    this.#readline.write(null, { ctrl: true, name: 'e' });
    return this.#readline.getCursorPos();
  }
}

type Completed = (error: null, result: [string[], string]) => void;
