/** How the tables of numbers are read: number to name for people, name to number for code. */

export interface RegistryEntry {
  readonly number: number;
  readonly name: string;
  /** Where the number is assigned. */
  readonly reference: string;
}

/** An object with the number of each name: `notifyType['INITIAL-CONTACT']` is 24578. */
export function numbersOf<const T extends readonly RegistryEntry[]>(
  table: T,
): { readonly [E in T[number] as E['name']]: E['number'] } {
  return Object.fromEntries(table.map(({ name, number }) => [name, number])) as {
    readonly [E in T[number] as E['name']]: E['number'];
  };
}

/** The name of a number, or the number itself in words fit for a log line. */
export function nameOf(table: readonly RegistryEntry[], number: number): string {
  return table.find((entry) => entry.number === number)?.name ?? `number ${number}`;
}
