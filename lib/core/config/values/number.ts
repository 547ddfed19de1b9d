/** Integers, SPIs and the soft/hard pairs of SA limits (spec A.0 `spi`, `soft/hard`). */
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import type { PropertyType, ValueError } from '../property.js';
import { invalidValue, outOfRange } from '../value-error.js';
import { formatSpan, parseSpan } from './time.js';

/** A decimal integer between `first` and `last`, both included. */
export function integer(first: number, last: number): PropertyType<number, number> {
  return {
    grammar: last === Number.MAX_SAFE_INTEGER ? 'a number' : `${first}..${last}`,
    json: {
      schema: { type: 'integer', minimum: first, maximum: last },
      of: (value) => value,
    },
    parse: (text) => {
      if (!/^-?\d+$/.test(text)) return invalidValue;
      const value = Number(text);
      return value >= first && value <= last ? ok(value) : outOfRange(first, last);
    },
    format: (value) => `${value}`,
    order: (value) => value,
  };
}

/** Upper-case hexadecimal without `0x` and without leading zeros. */
export const spi: PropertyType<number> = {
  grammar: '[0x]hexadecimal',
  parse: (text) => {
    const digits = /^(?:0x)?([0-9a-fA-F]{1,8})$/.exec(text)?.[1];
    return digits === undefined ? invalidValue : ok(Number.parseInt(digits, 16));
  },
  format: (value) => value.toString(16).toUpperCase(),
  order: (value) => value,
};

/** The two limits of an SA: soft asks for a successor, hard ends it (RFC 4301 4.4.2.1). */
export interface SoftHard {
  readonly soft: number;
  readonly hard: number;
}

const softHardSchema = {
  type: 'object',
  properties: { soft: { type: 'integer' }, hard: { type: 'integer' } },
  required: ['soft', 'hard'],
};

function softHard(
  grammar: string,
  parse: (text: string) => Result<number, ValueError>,
  format: (value: number) => string,
): PropertyType<SoftHard, SoftHard> {
  return {
    grammar,
    json: { schema: softHardSchema, of: (value) => value },
    parse: (text) => {
      const [softText, hardText, ...rest] = text.split('/');
      if (softText === undefined || hardText === undefined || rest.length > 0) return invalidValue;
      const soft = parse(softText);
      if (!soft.ok) return soft;
      const hard = parse(hardText);
      return hard.ok ? ok({ soft: soft.value, hard: hard.value }) : hard;
    },
    // Never collapsed, even when equal: `0s/0s`.
    format: ({ soft, hard }) => `${format(soft)}/${format(hard)}`,
    order: ({ hard }) => hard,
  };
}

/** Seconds. */
export const softHardTime = softHard('soft/hard time', parseSpan, formatSpan);

/** Bytes. */
export const softHardBytes = softHard(
  'soft/hard bytes',
  (text) => (/^\d{1,15}$/.test(text) ? ok(Number(text)) : invalidValue),
  (value) => `${value}`,
);

/** A value that some items do not have; it is then left out of the print (B-08). */
export function whenPresent<T, J>(
  type: PropertyType<T, J>,
): PropertyType<T | undefined, J | undefined> {
  const { json, ...rest } = type;
  return {
    ...rest,
    ...(json === undefined
      ? {}
      : {
          json: {
            schema: json.schema,
            of: (value, context) => (value === undefined ? undefined : json.of(value, context)),
          },
        }),
    optional: true,
    parse: (text, context) => type.parse(text, context),
    format: (value, context) => (value === undefined ? undefined : type.format(value, context)),
    order: (value) => (value === undefined ? -1 : (type.order?.(value) ?? 0)),
  };
}
