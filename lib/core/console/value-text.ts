/** The text of a value: as a print shows it, and as it can be typed again (B-07, C-08). */
import type { PropertyType } from '../config/property.js';
import { printable, quote } from '../config/quoting.js';

type AnyType = PropertyType<unknown, unknown>;

/** In property lists (B-07). */
export function shownText({ quoting }: AnyType, text: string): string {
  const quotes = quoting === 'always' || (quoting === 'whenEmpty' && text === '');
  return quotes ? quote(text) : printable(text);
}

/** In exports, where strings are always quoted, and other words that need it (C-08, C-41). */
export function typedText({ quoting }: AnyType, text: string): string {
  return quoting === 'always' ? quote(text) : typedWord(text);
}

/** Quoted only when a command could not read it otherwise (C-08). */
export function typedWord(text: string): string {
  return /^[A-Za-z0-9._:/*+,@-]+$/.test(text) ? text : quote(text);
}
