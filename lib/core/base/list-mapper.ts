/** Maps lists of immutable objects of which one is mostly like the one before: tables under change. */

/**
 * A pure function of the elements. It remembers the last list: elements at the same distance from its
 * beginning or its end cost a comparison, moved ones a look into a map, and only new ones `compute`.
 */
export function listMapper<K extends object, V>(
  compute: (key: K) => V,
): (keys: readonly K[]) => readonly V[] {
  let lastKeys: readonly K[] = [];
  let lastValues: readonly V[] = [];
  return (keys) => {
    if (keys === lastKeys) return lastValues;
    const { start, end, lastEnd } = differenceOf(lastKeys, keys);
    const moved = new Map<K, { readonly value: V }>();
    for (const [index, value] of lastValues.slice(start, lastEnd).entries()) {
      const key = lastKeys[start + index];
      if (key !== undefined) moved.set(key, { value });
    }
    const values = [
      ...lastValues.slice(0, start),
      ...keys.slice(start, end).map((key) => (moved.get(key) ?? { value: compute(key) }).value),
      ...lastValues.slice(lastEnd),
    ];
    lastKeys = keys;
    lastValues = values;
    return values;
  };
}

export interface ListDifference {
  /** Elements before are the same in both. */
  readonly start: number;
  /** So are those from here on in the new list. */
  readonly end: number;
  /** And from here on in the old one. */
  readonly lastEnd: number;
}

/** Where two lists of the same objects differ; one stretch that holds all of it. */
export function differenceOf<T>(before: readonly T[], after: readonly T[]): ListDifference {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = after.length;
  let lastEnd = before.length;
  while (end > start && lastEnd > start && before[lastEnd - 1] === after[end - 1]) {
    end -= 1;
    lastEnd -= 1;
  }
  return { start, end, lastEnd };
}
