/** Strings between the console and bytes: escapes, and texts that are not valid UTF-8 (C-07, C-08, B-07). */
import { concat, concatAll, utf8 } from '../base/bytes.js';

/**
 * A byte written as `\HH` that is no part of valid UTF-8 is kept as a lone surrogate U+DC80..U+DCFF,
 * which no valid text contains: so a string stays text and still gives back every byte.
 */
const strayByteFirst = 0xdc80;
const strayByteLast = 0xdcff;
const strayByteBase = 0xdc00;

const anyStrayByte = new RegExp(
  `[\\u{${strayByteFirst.toString(16)}}-\\u{${strayByteLast.toString(16)}}]`,
  'u',
);

/** Runs of them; between two there is always something else. */
const strayBytes = new RegExp(`(${anyStrayByte.source}+)`, 'u');

const anyStranger = /[\ud800-\udc7f\udd00-\udfff]/u;

/** Whether it stands for bytes: no half of a surrogate pair in it is anything but a stray byte. */
export function isWholeText(text: string): boolean {
  return !anyStranger.test(text);
}

/** The bytes a string stands for: UTF-8, and the stray bytes as they were typed. */
export function textToBytes(text: string): Uint8Array {
  if (!anyStrayByte.test(text)) return utf8(text);
  return concatAll(
    text
      .split(strayBytes)
      .map((piece) => (anyStrayByte.test(piece) ? bytesOfStrays(piece) : utf8(piece))),
  );
}

function bytesOfStrays(strays: string): Uint8Array {
  return Uint8Array.from(strays, (stray) => stray.charCodeAt(0) - strayByteBase);
}

/** The string that stands for these bytes. */
export function textFromBytes(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const codes: number[] = [];
    while (offset < bytes.length && codes.length < pieceLength) {
      const code = codePointAt(bytes, offset);
      codes.push(code ?? strayByteBase + (bytes[offset] ?? 0));
      offset += code === undefined ? 1 : encodedLength(code);
    }
    pieces.push(String.fromCodePoint(...codes));
  }
  return pieces.join('');
}

/** Characters made at once: as arguments of a call they may not be too many, one by one they are slow. */
const pieceLength = 4096;

/** The same for bytes that come in pieces: a character whose bytes come apart stays whole. */
export class ByteStreamText {
  #held: Uint8Array = new Uint8Array();

  /** The text that is complete with these bytes. */
  push(bytes: Uint8Array): string {
    const known = concat(this.#held, bytes);
    const end = known.length - beginningLength(known);
    this.#held = known.slice(end);
    return textFromBytes(known.subarray(0, end));
  }

  /** What is left when no more bytes come. */
  end(): string {
    const text = textFromBytes(this.#held);
    this.#held = new Uint8Array();
    return text;
  }
}

/** How many of the last bytes may be the beginning of a character. */
function beginningLength(bytes: Uint8Array): number {
  for (let length = 1; length <= 3 && length <= bytes.length; length += 1) {
    const byte = bytes[bytes.length - length] ?? 0;
    if (byte >= 0xc0) return sequenceLength(byte) > length ? length : 0;
  }
  return 0;
}

/** Joins stray bytes that were written one by one and together are characters. */
export function joinBytes(text: string): string {
  return anyStrayByte.test(text) ? textFromBytes(textToBytes(text)) : text;
}

/**
 * The character whose UTF-8 begins there, or undefined (RFC 3629 3, 4). Read by hand: a decoder says "not
 * UTF-8" by throwing, which is slow for every stray byte.
 */
function codePointAt(bytes: Uint8Array, offset: number): number | undefined {
  const first = bytes[offset] ?? 0;
  if (first < 0x80) return first;
  const length = sequenceLength(first);
  if (length === 1) return undefined;
  let code = first & (0x7f >> length);
  for (let index = offset + 1; index < offset + length; index += 1) {
    const next = bytes[index] ?? 0;
    if ((next & 0xc0) !== 0x80) return undefined;
    code = (code << 6) | (next & 0x3f);
  }
  return isCharacter(code) && encodedLength(code) === length ? code : undefined;
}

/** How many bytes the sequence that starts with this byte takes; 1: none starts with it. */
function sequenceLength(first: number): number {
  if (first < 0xc0 || first > 0xf7) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

/** Halves of surrogate pairs are no characters. */
function isCharacter(code: number): boolean {
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

function encodedLength(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** The escapes besides `\HH` and backslash-newline, by the character after the backslash. */
export const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  n: '\n',
  r: '\r',
  t: '\t',
  $: '$',
  '?': '?',
  _: ' ',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

const written: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Control, format and separator characters could move the cursor or hide text on a terminal. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;

function escapeUnprintable(character: string): string {
  if (!unprintable.test(character)) return character;
  const short = written[character];
  if (short !== undefined) return short;
  const bytes = textToBytes(character);
  return Array.from(bytes, (byte) => `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
    '',
  );
}

/** The string in quotes, escaped so that it reads back as the same bytes. */
export function quote(text: string): string {
  const inner = Array.from(text, (character) =>
    '"\\$?'.includes(character) ? `\\${character}` : escapeUnprintable(character),
  );
  return `"${inner.join('')}"`;
}

/** The string without quotes for tables and comment lines: only what would break the line is escaped. */
export function printable(text: string): string {
  return unprintable.test(text) ? Array.from(text, escapeUnprintable).join('') : text;
}
