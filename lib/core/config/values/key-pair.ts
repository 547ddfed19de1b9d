/** The in/out pairs of manual keying: SPIs and keys (spec A.0 `spipair`, `keypair`; R-41). */
import { fromHex } from '../../base/bytes.js';
import { ok } from '../../base/result.js';
import type { PropertyType } from '../property.js';
import { invalidValue, outOfRange } from '../value-error.js';
import { spi } from './number.js';

/** What this router receives with, and what it sends with. */
export interface InOut<T> {
  readonly in: T;
  readonly out: T;
}

/** RFC 2401 4.1: 1 to 255 are reserved, 0 is never sent. */
const spiFirst = 0x100;

function halves(text: string): readonly [string, string] | undefined {
  const [first = '', second = first, ...rest] = text.split('/');
  return rest.length === 0 ? [first, second] : undefined;
}

/** Bare digits are hexadecimal. */
export const spiPair: PropertyType<InOut<number>> = {
  grammar: '[0x]hexadecimal[/[0x]hexadecimal]',
  parse: (text, context) => {
    const [inText, outText] = halves(text) ?? ['', ''];
    const inbound = spi.parse(inText, context);
    if (!inbound.ok) return inbound;
    const outbound = spi.parse(outText, context);
    if (!outbound.ok) return outbound;
    const pair = { in: inbound.value, out: outbound.value };
    return Math.min(pair.in, pair.out) < spiFirst ? outOfRange('100', 'FFFFFFFF') : ok(pair);
  },
  format: (pair, context) => {
    const inbound = spi.format(pair.in, context);
    return pair.in === pair.out ? inbound : `${inbound}/${spi.format(pair.out, context)}`;
  },
  order: (pair) => pair.in,
};

/** Hexadecimal digits as typed, so that case is kept; empty = no key. */
export const keyPair: PropertyType<InOut<string>> = {
  grammar: '[0x]hexadecimal[/[0x]hexadecimal], an even number of digits each',
  quoting: 'whenEmpty',
  secret: true,
  parse: (text) => {
    const pair = halves(text)?.map((half) => (half.startsWith('0x') ? half.slice(2) : half));
    const [inbound, outbound] = pair ?? [];
    if (inbound === undefined || outbound === undefined) return invalidValue;
    if (fromHex(inbound) === undefined || fromHex(outbound) === undefined) return invalidValue;
    return ok({ in: inbound, out: outbound });
  },
  format: (pair) => (pair.in === pair.out ? pair.in : `${pair.in}/${pair.out}`),
};
