/** Follows a text that arrives bit by bit as far as needed to know where a command ends (C-02 to C-07). */

type State =
  /** Only blanks since the command began: a `#` here is a comment. */
  | 'beginning'
  /** Behind a blank or a sign: a quote or bracket here opens. */
  | 'wordStart'
  | 'word'
  | 'quoted'
  | 'comment';

const blanks = ' \t';
const signs = '=!~<>(|&';

export class CommandScanner {
  #state: State = 'beginning';
  /** Open brackets: lines inside them belong to the command around them. */
  #depth = 0;
  /** The character before was a backslash that counts. */
  #escaping = false;
  /** The line before this one goes on here. */
  #isContinued = false;
  /** The line end may still be the first half of CR LF. */
  #afterReturn: 'end' | 'continuation' | undefined;

  /** True when the text so far stands inside quotes or a comment, or behind a backslash. */
  get takesAnything(): boolean {
    return this.#state === 'quoted' || this.#state === 'comment' || this.#escaping;
  }

  /** True when no command is under way. */
  get isBetweenCommands(): boolean {
    const isWhole = this.#depth === 0 && !this.#escaping && !this.#isContinued;
    return isWhole && this.#state === 'beginning';
  }

  /** Reads on; returns the index behind each line end of the text that ends a command. */
  push(text: string): readonly number[] {
    const ends: number[] = [];
    for (let index = 0; index < text.length; index += 1) {
      const character = text.charAt(index);
      if (this.#afterReturn !== undefined) {
        const isEnd = this.#afterReturn === 'end';
        this.#afterReturn = undefined;
        // A lone CR ended the line before this character, CR LF ends it with this one.
        if (isEnd) ends.push(character === '\n' ? index + 1 : index);
        if (character === '\n') continue;
      }
      this.#character(character);
      if (character === '\n' && this.isBetweenCommands) ends.push(index + 1);
    }
    return ends;
  }

  #character(character: string): void {
    if (character === '\n' || character === '\r') {
      this.#lineEnd(character);
    } else if (this.#escaping) {
      this.#escaping = false;
    } else if (this.#state === 'quoted') {
      if (character === '"') this.#state = 'word';
      this.#escaping = character === '\\';
    } else if (this.#state !== 'comment') {
      this.#plain(character);
    }
  }

  #lineEnd(character: string): void {
    const isContinued = this.#escaping;
    this.#isContinued = isContinued;
    this.#escaping = false;
    // Quotes end on their line (C-53): the command is wrong, and what follows is none of it.
    if (!isContinued && this.#state === 'quoted') this.#depth = 0;
    if (!isContinued) this.#state = 'beginning';
    else if (this.#state === 'word') this.#state = 'wordStart';
    if (character !== '\r') return;
    this.#afterReturn = isContinued || this.#depth > 0 ? 'continuation' : 'end';
  }

  #plain(character: string): void {
    const atWordStart = this.#state !== 'word';
    this.#escaping = character === '\\';
    if (character === ';') this.#state = 'beginning';
    else if (character === '#' && this.#state === 'beginning') this.#state = 'comment';
    else if (character === '"' && atWordStart) this.#state = 'quoted';
    else if (character === '[' && atWordStart) {
      this.#depth += 1;
      this.#state = 'beginning';
    } else if (character === ']') {
      this.#depth = Math.max(0, this.#depth - 1);
      this.#state = 'word';
    } else if (signs.includes(character)) {
      this.#state = 'wordStart';
    } else if (!blanks.includes(character)) {
      // A backslash belongs to no word: what it continues is a blank.
      if (character !== '\\') this.#state = 'word';
    } else if (this.#state === 'word') {
      this.#state = 'wordStart';
    }
  }
}
