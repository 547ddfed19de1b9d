/** The words for a text that is no value of its property (C-54, C-55, C-58, C-59). */
import { err } from '../base/result.js';
import type { ValueError } from './property.js';

export const invalidValue = err<ValueError>({ kind: 'invalid' });
export const unknownValue = err<ValueError>({ kind: 'unknown' });
export const ambiguousValue = err<ValueError>({ kind: 'ambiguous' });

export function outOfRange(first: number | string, last: number | string) {
  return err<ValueError>({ kind: 'outOfRange', first: `${first}`, last: `${last}` });
}

/** The line a console prints; it never repeats the value, which may be a secret. */
export function valueErrorText(error: ValueError, property: string): string {
  switch (error.kind) {
    case 'invalid':
      return `invalid value for argument ${property}`;
    case 'unknown':
      return `input does not match any value of ${property}`;
    case 'ambiguous':
      return `ambiguous value of ${property}, more than one possible value matches input`;
    case 'outOfRange':
      return `value of ${property} out of range (${error.first}..${error.last})`;
  }
}

const rules = { invalid: 'C-58', unknown: 'C-54', ambiguous: 'C-55', outOfRange: 'C-59' } as const;

/** The rule of the specification for it. */
export function valueErrorRule({ kind }: ValueError): string {
  return rules[kind];
}
