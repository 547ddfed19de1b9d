/** The keys of a terminal, one by one: held while nobody reads them, Ctrl-C at once. */
import { emitKeypressEvents, type Key } from 'node:readline';
import type { ReadStream } from 'node:tty';

export interface Stroke {
  /** The character, if the key gives one. */
  readonly text: string | undefined;
  readonly key: Key;
  /** Part of a pasted text. */
  readonly isPasted: boolean;
}

type Reader = (stroke: Stroke) => void;

/** Terminals mark pasted text when asked to (xterm's bracketed paste mode). */
const markPastes = '\x1b[?2004h';
const leavePastes = '\x1b[?2004l';

export class Keyboard {
  readonly #input: ReadStream;
  readonly #output: Pick<NodeJS.WriteStream, 'write'>;
  #held: Stroke[] = [];
  #reader: Reader | undefined;
  #isPasting = false;
  #last: Stroke | undefined;
  #onInterrupt: (() => void) | undefined;

  constructor(input: ReadStream, output: Pick<NodeJS.WriteStream, 'write'>) {
    this.#input = input;
    this.#output = output;
    emitKeypressEvents(input);
    input.on('keypress', (text, key) => this.#press(text, key));
    // A terminal that is gone types no more: as if its user had left.
    input.on('end', () => this.#deliver(endOfInput));
    this.open();
  }

  /** Strokes are waiting: somebody typed ahead or pasted. */
  get isAhead(): boolean {
    return this.#held.length > 0;
  }

  /** Takes the terminal over. */
  open(): void {
    this.setRawMode(true);
    this.#output.write(markPastes);
    this.#input.resume();
  }

  /** Leaves the terminal to another program, or for good. */
  close(): void {
    this.#output.write(leavePastes);
    this.setRawMode(false);
    this.#input.pause();
  }

  setRawMode(isRaw: boolean): void {
    if (!this.#input.destroyed) this.#input.setRawMode(isRaw);
  }

  /** From now on every stroke goes to this reader, the held ones first. */
  lend(reader: Reader): void {
    this.#reader = reader;
    while (this.#reader === reader) {
      const stroke = this.#held.shift();
      if (stroke === undefined) return;
      reader(stroke);
    }
  }

  /** From now on strokes are held. */
  takeBack(): void {
    this.#reader = undefined;
  }

  /** What Ctrl-C does while nobody reads. */
  onInterrupt(action: (() => void) | undefined): void {
    this.#onInterrupt = action;
    const [first] = this.#held;
    if (action === undefined || first === undefined || !isInterrupt(first)) return;
    this.#held.shift();
    action();
  }

  #press(text: string | undefined, key: Key): void {
    if (key.name === 'paste-start') this.#isPasting = true;
    else if (key.name === 'paste-end') this.#isPasting = false;
    else this.#deliver({ text, key, isPasted: this.#isPasting });
  }

  #deliver(stroke: Stroke): void {
    const previous = this.#last;
    this.#last = stroke;
    // CR LF, pasted or sent by a program, is one line end.
    if (stroke.key.name === 'enter' && previous?.key.name === 'return') return;
    if (isInterrupt(stroke)) this.#held = [];
    if (this.#reader !== undefined) this.#reader(stroke);
    else if (isInterrupt(stroke) && this.#onInterrupt !== undefined) this.#onInterrupt();
    else this.#held.push(stroke);
  }
}

const endOfInput: Stroke = { text: '\x04', key: { name: 'd', ctrl: true }, isPasted: false };

export function isInterrupt({ key, isPasted }: Stroke): boolean {
  return !isPasted && key.ctrl === true && key.name === 'c';
}
