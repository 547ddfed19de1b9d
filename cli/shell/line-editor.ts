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

  constructor(options: LineEditorOptions) {
    this.#options = options;
    const { keyboard, output, earlier, historyLimit } = options;
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
    this.#readline.on('line', (text) => this.#settle({ kind: 'line', text }));
    this.#readline.on('close', () => this.#settle({ kind: 'ended' }));
    this.#readline.on('SIGINT', () => this.#interrupt());
  }

  /** The next line. Rejects when completion or help fails: then there is nobody to give lines to. */
  read(prompt: string): Promise<Line> {
    return new Promise((resolve, reject) => {
      this.#reading = { resolve, reject };
      this.#readline.setPrompt(prompt);
      this.#readline.prompt();
      this.#listen();
    });
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
  async #answer<T>(answer: Promise<T>, use: (value: T) => void): Promise<void> {
    this.#options.keyboard.takeBack();
    try {
      use(await answer);
    } catch (error) {
      this.#reading?.reject(error);
      this.#reading = undefined;
      return;
    }
    // Readline puts a completion into the line in its own time, which is before the next turn.
    setImmediate(() => this.#listen());
  }

  #complete(line: string, done: Completed): void {
    const isAgain = this.#lastKey === 'tab';
    this.#answer(this.#options.complete(line), ({ words, typed }) => {
      const [first, ...others] = words;
      if (first === undefined) done(null, [[], typed]);
      else if (others.length === 0) done(null, [[this.#finished(first)], typed]);
      // Listing them is not left to readline, which writes over the list when the line takes many rows.
      else if (!isAgain || goOnAlike(words, typed)) done(null, [[...words], typed]);
      else {
        done(null, [[], typed]);
        this.#show(wordList(words, this.#options.output.columns));
      }
    });
  }

  /** A word that is complete is followed by a blank, a property by its value (C-35). */
  #finished(word: string): string {
    const behind = this.#readline.line.charAt(this.#readline.cursor);
    return word.endsWith('=') || behind === ' ' ? word : `${word} `;
  }

  #showHelp(): void {
    this.#answer(this.#options.help(this.#beforeCursor()), (text) => this.#show(text));
  }

  /** Shows a text, and below it the line as it was. */
  #show(text: string): void {
    const { cursor } = this.#readline;
    this.#writeBelow(text);
    this.#readline.prompt(true);
    while (this.#readline.cursor > cursor) this.#readline.write(null, { name: 'left' });
  }

  /** Leaves what was typed on the screen, says so, and begins anew. */
  #interrupt(): void {
    this.#writeBelow('', '^C');
    this.#readline.write(null, { ctrl: true, name: 'u' });
    this.#settle({ kind: 'interrupted' });
  }

  /** Writes lines below the typed line, and rows for readline to write that line again. */
  #writeBelow(text: string, mark = ''): void {
    this.#readline.write(null, { ctrl: true, name: 'e' });
    // Readline goes up as many rows as its line has before it writes it again.
    const rows = this.#readline.getCursorPos().rows;
    this.#options.output.write(`${mark}\n${text}${'\n'.repeat(rows)}`);
  }
}

type Completed = (error: null, result: [string[], string]) => void;
