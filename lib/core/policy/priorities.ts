/**
 * Priorities that put kernel policies in the order of their rows (E-02) and stay as they are when other
 * rows come, go or move: with gaps between them, one row's change is one row's work in the kernel.
 */
import { assert } from '../base/assert.js';

/** IKE's own packets come before every policy (E-19). */
export const exemptionPriority = 1;
/** The first row of a table without history. */
const firstPriority = 1000;
/** Between neighbours that were never squeezed. */
const gap = 1000;
/** Below half of what the kernel has: it leaves others room, and a signed number holds it. */
const lastPriority = 2 ** 31 - 1;
/** A neighbourhood that is spread out anew gets so much room a row, or is made larger. */
const roomWanted = 16;

/**
 * Strictly rising priorities for rows in order, given those they have now, if any. As few change as the
 * order allows; where rows crowd, their neighbours are spread out as well.
 */
export function assignPriorities(present: readonly (number | undefined)[]): readonly number[] {
  const kept = keptOf(present);
  const priorities: number[] = [];
  for (let position = 0; position < kept.length; ) {
    const own = kept[position];
    if (own !== undefined) {
      priorities.push(own);
      position += 1;
      continue;
    }
    const end = endOfRun(kept, position);
    spread(priorities, kept, end);
    position = priorities.length;
  }
  return priorities;
}

/** The most priorities that can stay: a longest rising subsequence. */
function keptOf(present: readonly (number | undefined)[]): readonly (number | undefined)[] {
  /** Position of the smallest end of a rising sequence, by its length. */
  const ends: number[] = [];
  const before: number[] = [];
  for (const [position, priority] of present.entries()) {
    if (!isUsable(priority)) continue;
    const length = lengthBelow(present, ends, priority);
    before[position] = ends[length - 1] ?? -1;
    ends[length] = position;
  }
  const kept: (number | undefined)[] = present.map(() => undefined);
  for (let position = ends.at(-1) ?? -1; position >= 0; position = before[position] ?? -1) {
    kept[position] = present[position];
  }
  return kept;
}

function isUsable(priority: number | undefined): priority is number {
  return priority !== undefined && priority > exemptionPriority && priority <= lastPriority;
}

/** The length of the longest of these sequences that ends below `priority`. */
function lengthBelow(
  present: readonly (number | undefined)[],
  ends: readonly number[],
  priority: number,
): number {
  const endOf = (length: number) => present[ends[length - 1] ?? 0] ?? 0;
  // Rows are mostly in order already.
  if (ends.length === 0 || endOf(ends.length) < priority) return ends.length;
  let low = 0;
  let high = ends.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (endOf(middle) < priority) low = middle;
    else high = middle;
  }
  return low;
}

function endOfRun(kept: readonly (number | undefined)[], from: number): number {
  let end = from;
  while (end < kept.length && kept[end] === undefined) end += 1;
  return end;
}

/**
 * Gives the rows from the last one assigned up to `end` priorities between their neighbours'. Without
 * room, more and more neighbours on both sides take part, until there is plenty.
 */
function spread(priorities: number[], kept: readonly (number | undefined)[], end: number): void {
  let first = priorities.length;
  let last = end;
  let step = roomBetween(priorities, kept, first, last) >= last - first ? 0 : 1;
  while (step > 0 && roomBetween(priorities, kept, first, last) < (last - first) * roomWanted) {
    // Nobody is left to take part: close together is room enough.
    if (first === 0 && last === kept.length) break;
    first = Math.max(0, first - step);
    last = endOfRun(kept, Math.min(kept.length, last + step));
    step *= 2;
  }
  const count = last - first;
  const room = roomBetween(priorities, kept, first, last);
  assert(room >= count, 'there are fewer rows than priorities');
  priorities.length = first;
  const below = priorities.at(-1);
  // At the end of the table there is room for gaps as wide as they are meant to be.
  const isEnd = last === kept.length;
  const start = below ?? (isEnd ? firstPriority - gap : exemptionPriority);
  const width = isEnd
    ? Math.min(gap, Math.floor((lastPriority - start) / count))
    : (room + 1) / (count + 1);
  for (let number = 1; number <= count; number += 1) {
    priorities.push(start + Math.floor(width * number));
  }
}

/** Priorities free for the rows from `first` up to `last`. */
function roomBetween(
  priorities: readonly number[],
  kept: readonly (number | undefined)[],
  first: number,
  last: number,
): number {
  const below = priorities[first - 1] ?? exemptionPriority;
  const above = kept[last] ?? lastPriority + 1;
  return above - below - 1;
}
