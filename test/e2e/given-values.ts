/** Properties given to a command, as typed and as kept. */
import fc from 'fast-check';
import { type ExportedTable, quoted } from './export-text.js';
import { type ValueText, valueTexts } from './value-texts.js';

export type Given = Readonly<Record<string, ValueText>>;

/** Some of the properties of a table, in any order. */
export function givenOf(
  table: ExportedTable,
  without: readonly string[] = [],
): fc.Arbitrary<Given> {
  const texts = Object.entries(valueTexts[table]).filter(([name]) => !without.includes(name));
  return fc
    .subarray(texts)
    .chain((chosen) => fc.shuffledSubarray(chosen, { minLength: chosen.length }))
    .chain((chosen) =>
      fc.tuple(...chosen.map(([name, text]) => text.map((value) => [name, value] as const))),
    )
    .map((pairs) => Object.fromEntries(pairs));
}

export function typedOf(given: Given): string {
  return Object.entries(given)
    .map(([name, { typed }]) => ` ${name}=${typed}`)
    .join('');
}

export function canonicalOf(given: Given): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([name, { canonical }]) => [name, canonical]),
  );
}

export const text = (value: string): ValueText => ({ typed: quoted(value), canonical: value });
