/** The text of a script cut into commands and their tokens (C-02 to C-07, C-30). */
import type { Result } from '../base/result.js';
import { ok } from '../base/result.js';
import { escapes, isWholeText, joinBytes, textFromBytes } from '../config/quoting.js';
import type { ConsoleError } from './console-error.js';
import { syntaxError } from './console-error.js';
import { consoleLimits } from './console-limits.js';
import { syntaxHints } from './hints.js';

export type Operator = '=' | '!=' | '~' | '!~' | '<=' | '>=' | '<' | '>';

/** A word as it stands, `"quoted"` already opened. */
export interface TextValue {
  readonly kind: 'text';
  readonly offset: number;
  readonly text: string;
  readonly quoted: boolean;
}

/** `$name`: stands for the text of that variable (C-30). */
export interface Variable {
  readonly kind: 'variable';
  readonly offset: number;
  readonly name: string;
}

/** A quoted string with variables in it. */
export interface JoinedText {
  readonly kind: 'joined';
  readonly offset: number;
  readonly parts: readonly (string | Variable)[];
}

/** `[command]`: stands for what the command gives. */
export interface Substitution {
  readonly kind: 'substitution';
  readonly offset: number;
  readonly commands: readonly Command[];
}

export type Value = TextValue | Variable | JoinedText | Substitution;

/** `name=value`, or in a condition another operator. */
export interface Assignment {
  readonly kind: 'assignment';
  readonly offset: number;
  readonly name: string;
  readonly operator: Operator;
  readonly value: Value;
}

export interface Sign {
  readonly kind: 'sign';
  readonly offset: number;
  readonly sign: '(' | ')' | '!' | '&&' | '||';
}

export type Token = Value | Assignment | Sign;

/** The tokens of one command, and where it ends. */
export interface Command {
  readonly tokens: readonly Token[];
  /** The words of the path in a pasted `[USER@NAME] path> `, which is where the command belongs. */
  readonly prompt?: readonly TextValue[];
  readonly end: number;
}

/**
 * The first command at or after `offset`; undefined when there is none left. Reads no further, so
 * that commands before a mistake are carried out.
 */
export function nextCommand(
  source: string,
  offset: number,
): Result<Command | undefined, ConsoleError> {
  return new Scanner(source, offset).command(0);
}

/** What there is of a command that has a mistake in it: the tokens before the mistake. */
export function commandBeforeMistake(source: string, offset: number): Command {
  const found: FoundTokens = { tokens: [] };
  const command = new Scanner(source, offset).command(0, found);
  const end = command.ok ? (command.value?.end ?? offset) : command.error.offset;
  return { ...found, end };
}

/** Filled in one by one. */
interface FoundTokens {
  readonly tokens: Token[];
  prompt?: readonly TextValue[];
}

type Scanned<T> = Result<T, ConsoleError>;

const wordEnds = ' \t\r\n;])}';
const name = /[A-Za-z][A-Za-z0-9-]*/y;
const operator = /!=|!~|<=|>=|=|~|<|>/y;
const variableName = /[A-Za-z0-9]+/y;
// What opens something, or is kept for it, cannot be inside a bare word.
const notInWord = '"[({$\\';
const continuationPrompt = '\\...';
/** B-14. No command begins with a bracket, so a pasted prompt cannot be taken for anything else. */
const prompt = /\[[^\s@[\]]+@[^\s[\]]+\] ([a-z0-9 -]*)>(?=[ \t\r\n]|$)/y;

function signOf(first: string, second: string): Sign['sign'] | undefined {
  switch (first) {
    case '(':
    case ')':
      return first;
    case '!':
      return second === '=' ? undefined : first;
    case '&':
      return second === '&' ? '&&' : undefined;
    case '|':
      return second === '|' ? '||' : undefined;
    default:
      return undefined;
  }
}

class Scanner {
  readonly #source: string;
  #offset: number;

  constructor(source: string, offset: number) {
    this.#source = source;
    this.#offset = offset;
  }

  command(depth: number, found: FoundTokens = { tokens: [] }): Scanned<Command | undefined> {
    const { tokens } = found;
    this.#skipToCommand();
    const prompted = depth === 0 ? this.#prompt() : undefined;
    if (prompted !== undefined) found.prompt = prompted;
    for (;;) {
      this.#skipBlanks();
      if (tokens.length === 0) this.#skipComment();
      if (this.#atEnd() || ';\r\n'.includes(this.#peek()) || (depth > 0 && this.#peek() === ']')) {
        const isThere = tokens.length > 0 || prompted !== undefined;
        return ok(isThere ? { ...found, end: this.#offset } : undefined);
      }
      if (tokens.length >= consoleLimits.tokens) {
        return syntaxError(this.#offset, syntaxHints.tokens);
      }
      const token = this.#token(depth);
      if (!token.ok) return token;
      tokens.push(token.value);
    }
  }

  #atEnd(): boolean {
    return this.#offset >= this.#source.length;
  }

  #peek(ahead = 0): string {
    return this.#source.charAt(this.#offset + ahead);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    return pattern.exec(this.#source)?.[0];
  }

  /** Over line ends, separators and comments (C-02, C-03). */
  #skipToCommand(): void {
    for (;;) {
      this.#skipBlanks();
      this.#skipComment();
      if (this.#atEnd() || !';\r\n'.includes(this.#peek())) return;
      this.#offset += 1;
    }
  }

  #skipComment(): void {
    if (this.#peek() !== '#') return;
    while (!this.#atEnd() && !this.#atLineEnd()) this.#offset += 1;
  }

  /** Over a pasted prompt; the words of its path. */
  #prompt(): readonly TextValue[] | undefined {
    prompt.lastIndex = this.#offset;
    const match = prompt.exec(this.#source);
    if (match === null) return undefined;
    const [whole, path = ''] = match;
    const pathOffset = this.#offset + whole.indexOf('] ') + 2;
    this.#offset += whole.length;
    return Array.from(path.matchAll(/[^ ]+/g), ({ 0: text, index }) => ({
      kind: 'text',
      offset: pathOffset + index,
      text,
      quoted: false,
    }));
  }

  #atLineEnd(): boolean {
    return this.#peek() === '\n' || this.#peek() === '\r';
  }

  /** Over blanks and continued line ends, which are blanks too (C-04). */
  #skipBlanks(): void {
    for (;;) {
      if (this.#peek() === ' ' || this.#peek() === '\t') this.#offset += 1;
      else if (!this.#skipContinuation()) return;
    }
  }

  /** Over backslash, line end, the blanks that follow, and a pasted continuation prompt. */
  #skipContinuation(): boolean {
    if (this.#peek() !== '\\') return false;
    const lineEnd = this.#peek(1);
    // At the very end it is half of something: a script cut short must not be taken for a whole one.
    if (lineEnd !== '\n' && lineEnd !== '\r') return false;
    this.#offset += lineEnd === '\r' && this.#peek(2) === '\n' ? 3 : 2;
    this.#skipPlainBlanks();
    const after = this.#peek(continuationPrompt.length);
    if (this.#source.startsWith(continuationPrompt, this.#offset) && ' \t\r\n'.includes(after)) {
      this.#offset += continuationPrompt.length;
      this.#skipPlainBlanks();
    }
    return true;
  }

  #skipPlainBlanks(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#offset += 1;
  }

  #token(depth: number): Scanned<Token> {
    const offset = this.#offset;
    const first = this.#peek();
    const sign = signOf(first, this.#peek(1));
    if (sign !== undefined) {
      this.#offset += sign.length;
      return ok({ kind: 'sign', offset, sign });
    }
    const assigned = this.#match(name);
    if (assigned !== undefined) {
      this.#offset += assigned.length;
      const between = this.#match(operator) as Operator | undefined;
      if (between !== undefined) return this.#assignment(offset, assigned, between, depth);
      this.#offset = offset;
    }
    return this.#value(depth, 'token');
  }

  #assignment(
    offset: number,
    assigned: string,
    sign: Operator,
    depth: number,
  ): Scanned<Assignment> {
    this.#offset += sign.length;
    // Exports break lines after the sign (C-04).
    while (this.#skipContinuation()) this.#skipPlainBlanks();
    const value = this.#value(depth, 'value');
    if (!value.ok) return value;
    return ok({
      kind: 'assignment',
      offset,
      name: assigned,
      operator: sign,
      value: value.value,
    });
  }

  #value(depth: number, place: 'token' | 'value'): Scanned<Value> {
    const value = this.#valueFrom(this.#peek(), depth, place);
    if (!value.ok || this.#atWordEnd()) return value;
    // Something is glued to a closing quote or bracket, or to a variable.
    return syntaxError(this.#offset, syntaxHints.glued);
  }

  #valueFrom(first: string, depth: number, place: 'token' | 'value'): Scanned<Value> {
    switch (first) {
      case '"':
        return this.#quoted();
      case '[':
        return this.#substitution(depth);
      case '$':
        return this.#variable();
      default:
        return this.#bare(place);
    }
  }

  #variable(): Scanned<Variable> {
    const offset = this.#offset;
    this.#offset += 1;
    const found = this.#match(variableName);
    if (found === undefined) return syntaxError(offset, syntaxHints.dollar);
    this.#offset += found.length;
    return ok({ kind: 'variable', offset, name: found });
  }

  #atWordEnd(): boolean {
    if (this.#atEnd() || wordEnds.includes(this.#peek())) return true;
    if (this.#source.startsWith('&&', this.#offset)) return true;
    if (this.#source.startsWith('||', this.#offset)) return true;
    const lineEnd = this.#peek(1);
    return this.#peek() === '\\' && (lineEnd === '\n' || lineEnd === '\r');
  }

  #bare(place: 'token' | 'value'): Scanned<TextValue> {
    const offset = this.#offset;
    while (!this.#atWordEnd()) {
      const character = this.#peek();
      if (notInWord.includes(character)) return syntaxError(this.#offset, syntaxHints.inWord);
      if (character < ' ' || character === '\x7f') {
        return syntaxError(this.#offset, syntaxHints.control);
      }
      this.#offset += 1;
    }
    const text = this.#source.slice(offset, this.#offset);
    // A closing sign where a token should begin; as a value it means there is none.
    if (text === '' && place === 'token') return syntaxError(offset, syntaxHints.closing);
    if (!isWholeText(text)) return syntaxError(offset, syntaxHints.half);
    return ok({ kind: 'text', offset, text, quoted: false });
  }

  #quoted(): Scanned<TextValue | JoinedText> {
    const offset = this.#offset;
    this.#offset += 1;
    const parts: (string | Variable)[] = [];
    let text = '';
    while (this.#peek() !== '"') {
      if (this.#atEnd() || this.#atLineEnd()) {
        return syntaxError(offset, syntaxHints.quoteOpen);
      }
      if (this.#skipContinuation()) continue;
      const piece = this.#piece();
      if (!piece.ok) return piece;
      if (typeof piece.value === 'string') text += piece.value;
      else {
        parts.push(text, piece.value);
        text = '';
      }
    }
    this.#offset += 1;
    if (!isWholeText(this.#source.slice(offset, this.#offset))) {
      return syntaxError(offset, syntaxHints.half);
    }
    if (parts.length === 0)
      return ok({ kind: 'text', offset, text: joinBytes(text), quoted: true });
    return ok({ kind: 'joined', offset, parts: [...parts, text] });
  }

  /** The next character of a quoted string, or a variable in it. */
  #piece(): Scanned<string | Variable> {
    const character = this.#peek();
    if (character === '\\') return this.#escape();
    // What else may follow `$` in scripts is not understood: refused, so that no secret loses a part.
    if (character === '$' && /[A-Za-z0-9_([{]/.test(this.#peek(1))) return this.#variable();
    this.#offset += 1;
    return ok(character);
  }

  #escape(): Scanned<string> {
    const hex = this.#source.slice(this.#offset + 1, this.#offset + 3);
    if (/^[0-9A-F]{2}$/.test(hex)) {
      this.#offset += 3;
      return ok(textFromBytes(Uint8Array.of(Number.parseInt(hex, 16))));
    }
    const character = this.#peek(1);
    const meaning = Object.hasOwn(escapes, character) ? escapes[character] : undefined;
    if (meaning === undefined) return syntaxError(this.#offset, syntaxHints.escape);
    this.#offset += 2;
    return ok(meaning);
  }

  #substitution(depth: number): Scanned<Substitution> {
    const offset = this.#offset;
    if (depth >= consoleLimits.nesting) return syntaxError(offset, syntaxHints.nesting);
    this.#offset += 1;
    const commands: Command[] = [];
    for (;;) {
      const command = this.command(depth + 1);
      if (!command.ok) return command;
      if (command.value !== undefined) commands.push(command.value);
      if (this.#atEnd()) return syntaxError(offset, syntaxHints.bracketOpen);
      if (this.#peek() === ']') break;
    }
    this.#offset += 1;
    return ok({ kind: 'substitution', offset, commands });
  }
}
