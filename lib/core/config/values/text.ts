/** Strings, names, secrets and key bytes (spec A.0 `string`, `hexstring`; A-51). */
import { fromHex } from '../../base/bytes.js';
import { ok } from '../../base/result.js';
import type { PropertyType } from '../property.js';
import { textToBytes } from '../quoting.js';
import { invalidValue } from '../value-error.js';

export const string: PropertyType<string> = {
  grammar: 'text',
  quoting: 'always',
  parse: (text) => ok(text),
  format: (value) => value,
};

/** The name of an item: not empty, and not the word that means no item. */
export const itemName: PropertyType<string> = {
  ...string,
  grammar: 'text, but not empty and not "none"',
  parse: (text) => (text === '' || text === 'none' ? invalidValue : ok(text)),
};

/** The default names of new items: the stem with a number. */
export function nextName(stem: string): (number: number) => string {
  return (number) => `${stem}${number}`;
}

/** A pre-shared secret, kept and printed as typed; `0x` introduces hexadecimal. */
export const secretText: PropertyType<string> = {
  grammar: 'text that is not empty, or 0x and an even number of hexadecimal digits',
  quoting: 'always',
  secret: true,
  parse: (text) => {
    if (text.startsWith('0x') && fromHex(text.slice(2)) === undefined) return invalidValue;
    // A key of no bytes proves nothing to anybody; it is what `secret=$UNSET` in a shell becomes.
    return preSharedKeyBytes(text).length === 0 ? invalidValue : ok(text);
  },
  format: (value) => value,
};

/** The key of a pre-shared secret: the bytes after `0x`, otherwise the bytes of the text. */
export function preSharedKeyBytes(secret: string): Uint8Array {
  const bytes = secret.startsWith('0x') ? fromHex(secret.slice(2)) : undefined;
  return bytes ?? textToBytes(secret);
}

/** Key bytes as lower-case hexadecimal digits; only shown, never typed. */
export const hexString: PropertyType<string> = {
  grammar: 'hexadecimal digits',
  quoting: 'always',
  secret: true,
  parse: (text) => (/^[0-9a-f]*$/.test(text) ? ok(text) : invalidValue),
  format: (value) => value,
};
