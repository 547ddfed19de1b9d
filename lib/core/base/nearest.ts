/** The name a misspelt one was most likely meant to be. */

/** Undefined when there are no candidates. The first of equally near ones. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

/**
 * The nearest ones, if they are no more than a few slips away; a name that is a part of theirs is near
 * too (`address` of `src-address`).
 */
export function nearNames(name: string, candidates: readonly string[]): readonly string[] {
  const most = name.length < 5 ? 1 : Math.min(3, Math.ceil(name.length / 3));
  const distances = candidates.map((candidate) =>
    candidate.split('-').includes(name) ? most : editDistance(name, candidate),
  );
  const least = Math.min(...distances);
  return least > most ? [] : candidates.filter((_, position) => distances[position] === least);
}

/** Longer names than any of ours are cut: what they come from may be of any length. */
const lengthMax = 64;

/** How many letters must be put in, left out or exchanged to make one text of the other. */
function editDistance(text: string, other: string): number {
  const from = text.slice(0, lengthMax);
  const to = other.slice(0, lengthMax);
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[line - 1] === to[column - 1] ? 0 : 1;
      const exchanged = (row[column - 1] ?? 0) + same;
      const added = Math.min(row[column] ?? 0, next[column - 1] ?? 0) + 1;
      next.push(Math.min(exchanged, added));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
