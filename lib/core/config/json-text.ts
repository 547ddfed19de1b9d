/** What programs give for a value, as the text that a user would have typed. */

/** What programs may give. */
export type JsonInputValue = string | number | boolean | null | readonly (string | number)[];

/**
 * `true` and `false` are yes and no, a list is written with commas, null is none, and a text is what
 * it is. Undefined when the value is nothing that a property could have.
 */
export function textOfJson(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return value ? 'yes' : 'no';
    case 'number':
      // Nothing that would be written with an exponent or a fraction is a value of ours.
      return Number.isSafeInteger(value) ? `${value}` : undefined;
    default:
      if (value === null) return 'none';
      return Array.isArray(value) ? listText(value) : undefined;
  }
}

function listText(values: readonly unknown[]): string | undefined {
  const texts = values.map((value) =>
    typeof value === 'string' || typeof value === 'number' ? textOfJson(value) : undefined,
  );
  return texts.includes(undefined) ? undefined : texts.join(',');
}
