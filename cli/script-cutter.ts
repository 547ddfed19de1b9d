/** Cuts a script that arrives bit by bit into parts that end where a command ends. */
import { controlLimits } from '../lib/core/control/messages.js';
import { CommandScanner } from './command-scanner.js';

export interface ScriptPart {
  readonly text: string;
  /** Number of its first line in the whole script, from 1. */
  readonly firstLine: number;
}

export class ScriptCutter {
  readonly #partLength: number;
  readonly #scanner = new CommandScanner();
  #held = '';
  #firstLine = 1;
  #isOver = false;

  /** `partLength`: a part is no longer than this many characters if a command's end allows it. */
  constructor(partLength: number = controlLimits.scriptBytes) {
    this.#partLength = partLength;
  }

  /** A line that is `quit` and nothing else ended the script: what follows it is no part of it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The parts that are complete with this text. */
  push(text: string): readonly ScriptPart[] {
    // Some editors mark the beginning of a text with U+FEFF; it is no part of the first command.
    const isBeginning = this.#firstLine === 1 && this.#held === '';
    const added = isBeginning ? text.replace(/^\uFEFF/, '') : text;
    const before = this.#held.length;
    this.#held += added;
    const parts: ScriptPart[] = [];
    let start = 0;
    let end = 0;
    for (const behind of this.#scanner.push(added)) {
      const next = before + behind;
      if (isQuit(this.#held.slice(end, next))) {
        this.#isOver = true;
        break;
      }
      if (next - start > this.#partLength && end > start) {
        parts.push(this.#part(start, end));
        start = end;
      }
      end = next;
    }
    if (end > start) parts.push(this.#part(start, end));
    this.#held = this.#held.slice(end);
    return parts;
  }

  /** What is left when the script has ended without a line end. */
  end(): readonly ScriptPart[] {
    const text = this.#held;
    this.#held = '';
    if (isQuit(text)) this.#isOver = true;
    if (this.#isOver) return [];
    return text === '' ? [] : [{ text, firstLine: this.#firstLine }];
  }

  #part(start: number, end: number): ScriptPart {
    const text = this.#held.slice(start, end);
    const part = { text, firstLine: this.#firstLine };
    // CR, LF and CRLF all end a line (C-02).
    this.#firstLine += text.split(/\r\n|\r|\n/).length - 1;
    return part;
  }
}

/** As in the shell, where it ends the session. */
export function isQuit(command: string): boolean {
  return /^\s*\/?quit\s*$/.test(command);
}
