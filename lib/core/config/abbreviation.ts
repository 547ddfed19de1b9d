/** Names shortened to a unique prefix; an exact match always wins. */

export type Match<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous'; readonly names: readonly string[] };

/** Finds what `text` names among `entries`; two names of the same thing are not ambiguous. */
export function matchName<T>(
  text: string,
  entries: readonly { readonly name: string; readonly value: T }[],
): Match<T> {
  const exact = entries.find(({ name }) => name === text);
  if (exact !== undefined) return { kind: 'found', value: exact.value };
  const candidates = text === '' ? [] : entries.filter(({ name }) => name.startsWith(text));
  const [first] = candidates;
  if (first === undefined) return { kind: 'none' };
  if (candidates.every(({ value }) => value === first.value)) {
    return { kind: 'found', value: first.value };
  }
  return { kind: 'ambiguous', names: candidates.map(({ name }) => name) };
}
