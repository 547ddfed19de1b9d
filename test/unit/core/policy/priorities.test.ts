/** Priorities in the order of rows that change as little as the order allows (E-02). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assignPriorities } from '../../../../lib/core/policy/priorities.js';

type Present = readonly (number | undefined)[];

function expectRising(priorities: readonly number[]): void {
  const falling = priorities.findIndex((each, at) => each <= (priorities[at - 1] ?? 1));
  expect({ falling, of: falling < 0 ? [] : priorities }).toEqual({ falling: -1, of: [] });
  expect(priorities.at(-1) ?? 0).toBeLessThan(2 ** 31);
}

/** How many of the rows that had a priority have another one now. */
function changes(present: Present, priorities: readonly number[]): number {
  return present.filter((before, at) => before !== undefined && before !== priorities[at]).length;
}

const fresh = (count: number) => assignPriorities(Array.from({ length: count }, () => undefined));

describe('E-02', () => {
  test('rows without history count in thousands', () => {
    expect(fresh(4)).toEqual([1000, 2000, 3000, 4000]);
    expect(fresh(0)).toEqual([]);
  });

  test('rows in order keep what they have, whatever it is', () => {
    const present = [2, 3, 700_000, 2 ** 31 - 1];
    expect(assignPriorities(present)).toEqual(present);
  });

  test.each<[string, Present, readonly number[]]>([
    ['at the end', [1000, 2000, undefined], [1000, 2000, 3000]],
    ['between two', [1000, undefined, 2000], [1000, 1500, 2000]],
    ['before the first', [undefined, 1000, 2000], [500, 1000, 2000]],
    ['several between two', [1000, undefined, undefined, 2000], [1000, 1333, 1666, 2000]],
  ])('a new row %s leaves the others alone', (_, present, expected) => {
    expect(assignPriorities(present)).toEqual(expected);
  });

  test.each<[string, Present, readonly number[]]>([
    ['forward', [2000, 3000, 1000, 4000], [2000, 3000, 3500, 4000]],
    ['back', [1000, 4000, 2000, 3000], [1000, 1500, 2000, 3000]],
    ['to the end', [1000, 3000, 4000, 2000], [1000, 3000, 4000, 5000]],
  ])('a row moved %s is the only one that changes', (_, present, expected) => {
    expect(assignPriorities(present)).toEqual(expected);
  });

  test('rows that crowd are given room with their neighbours, and the rest stays', () => {
    const present = [1000, 2000, undefined, 2001, 3000, 4000, 5000];
    const priorities = assignPriorities(present);
    expectRising(priorities);
    expect(priorities.slice(4)).toEqual([3000, 4000, 5000]);
    expect(changes(present, priorities)).toBeLessThanOrEqual(2);
  });

  test('a priority that IKE’s exemptions or others have is not kept', () => {
    expect(assignPriorities([1, 2 ** 31, 0, -5])).toEqual([1000, 2000, 3000, 4000]);
  });

  test('at the upper end the last rows move together', () => {
    const present = [1000, 2 ** 31 - 2, 2 ** 31 - 1, undefined];
    const priorities = assignPriorities(present);
    expectRising(priorities);
    expect(priorities[0]).toBe(1000);
  });

  test('any rows get rising priorities, and have them still the next time', () => {
    const present = fc.array(
      fc.option(fc.oneof(fc.nat(50), fc.nat(2 ** 31 - 1)), { nil: undefined }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(present, (rows) => {
        const priorities = assignPriorities(rows);
        expect(priorities).toHaveLength(rows.length);
        expectRising(priorities);
        expect(assignPriorities(priorities)).toEqual(priorities);
      }),
    );
  });

  test('rows moved among many: each costs itself', () => {
    const count = 200;
    const move = fc.tuple(fc.nat(count - 1), fc.nat(count - 1));
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 5 }), (moves) => {
        const present = [...fresh(count)];
        for (const [from, to] of moves) {
          present.splice(to, 0, ...present.splice(from, 1));
        }
        const priorities = assignPriorities(present);
        expectRising(priorities);
        expect(changes(present, priorities)).toBeLessThanOrEqual(moves.length);
      }),
    );
  });

  test('a thousand rows put before the same row change few others, and never many at once', () => {
    let priorities = [...fresh(1000)];
    let changed = 0;
    for (let count = 0; count < 1000; count += 1) {
      const present: Present = [...priorities.slice(0, -1), undefined, ...priorities.slice(-1)];
      const next = assignPriorities(present);
      expectRising(next);
      const now = changes(present, next);
      expect(now).toBeLessThan(100);
      changed += now;
      priorities = [...next];
    }
    // Fewer than a handful a row.
    expect(changed).toBeLessThan(10_000);
  });
});
