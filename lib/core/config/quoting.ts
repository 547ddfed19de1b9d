/** Strings between the console and bytes: escapes, and texts that are not valid UTF-8 (C-07, C-08, B-07). */
import { utf8 } from '../base/bytes.js';

/**
 * A byte written as `\HH` that is no part of valid UTF-8 is kept as a lone surrogate U+DC80..U+DCFF,
 * which no valid text contains: so a string stays text and still gives back every byte.
 */
const strayByteFirst = 0xdc80;
const strayByteLast = 0xdcff;
const strayByteBase = 0xdc00;

function isStrayByte(code: number): boolean {
  return code >= strayByteFirst && code <= strayByteLast;
}

const anyStrayByte = new RegExp(
  `[\\u{${strayByteFirst.toString(16)}}-\\u{${strayByteLast.toString(16)}}]`,
  'u',
);

/** The bytes a string stands for: UTF-8, and the stray bytes as they were typed. */
export function textToBytes(text: string): Uint8Array {
  if (!anyStrayByte.test(text)) return utf8(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (isStrayByte(code)) bytes.push(code - strayByteBase);
    else bytes.push(...utf8(character));
  }
  return Uint8Array.from(bytes);
}

/** The string that stands for these bytes. */
export function textFromBytes(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  for (let offset = 0; offset < bytes.length; ) {
    const length = sequenceLength(bytes[offset] ?? 0);
    const sequence = bytes.subarray(offset, offset + length);
    const character = decodeOr(decoder, sequence);
    text += character ?? String.fromCharCode(strayByteBase + (bytes[offset] ?? 0));
    offset += character === undefined ? 1 : length;
  }
  return text;
}

/** Joins stray bytes that were written one by one and together are characters. */
export function joinBytes(text: string): string {
  return anyStrayByte.test(text) ? textFromBytes(textToBytes(text)) : text;
}

/** How many bytes the UTF-8 sequence that starts with this byte takes (RFC 3629 3). */
function sequenceLength(first: number): number {
  if (first < 0xc0) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

function decodeOr(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(bytes);
    // A byte order mark decodes to nothing, and would be lost.
    return text === '' ? '\ufeff' : text;
  } catch {
    // The decoder says "not UTF-8" by throwing; that is an answer here, not a failure.
    return undefined;
  }
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
