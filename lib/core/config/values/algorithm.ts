/** Words that name algorithms, the weak ones marked as their rows say (`crypto/algorithms.ts`). */
import type { PropertyType } from '../property.js';

interface Algorithm {
  readonly name: string;
  readonly weak?: string;
}

/** `none`: what the type calls the algorithm that is none, if not null. */
export function withWeakWords<T, J>(
  type: PropertyType<T, J>,
  algorithms: readonly Algorithm[],
  { none = 'null' }: { readonly none?: string } = {},
): PropertyType<T, J> {
  const weak = algorithms.flatMap(({ name, weak: why }) => {
    const word = name === 'null' ? none : name;
    return why !== undefined && type.words?.includes(word) ? [[word, why] as const] : [];
  });
  return { ...type, weakWords: Object.fromEntries(weak) };
}
