/** Adds to a map that forgets the oldest beyond that size, 1 or more. */
export function rememberEntry<K, V>(map: Map<K, V>, key: K, value: V, size: number): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > size && oldest !== undefined) map.delete(oldest);
}

/** Adds to a set that forgets the oldest beyond that size, 1 or more. */
export function remember<T>(set: Set<T>, value: T, size: number): void {
  set.add(value);
  const [oldest] = set;
  if (set.size > size && oldest !== undefined) set.delete(oldest);
}
