/** Adds to a set that forgets the oldest beyond that size, 1 or more. */
export function remember<T>(set: Set<T>, value: T, size: number): void {
  set.add(value);
  const [oldest] = set;
  if (set.size > size && oldest !== undefined) set.delete(oldest);
}
