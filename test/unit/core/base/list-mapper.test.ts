/** Lists mapped with what is known from the list before: right whatever the lists, and little work. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { differenceOf, listMapper } from '../../../../lib/core/base/list-mapper.js';

const things = Array.from({ length: 8 }, (_, number) => ({ number }));
const someThings = fc.array(fc.constantFrom(...things), { maxLength: 12 });

test('any list after any other is mapped as if there had been none before', () => {
  fc.assert(
    fc.property(fc.array(someThings, { maxLength: 6 }), (lists) => {
      const map = listMapper(({ number }: { number: number }) => number * 10);
      for (const list of lists) expect(map(list)).toEqual(list.map(({ number }) => number * 10));
    }),
  );
});

describe('only what is new is computed', () => {
  function counted() {
    let count = 0;
    const map = listMapper(({ number }: { number: number }) => {
      count += 1;
      return number;
    });
    map(things);
    return { map, computed: () => count - things.length };
  }

  test.each([
    ['one element replaced', [...things.slice(0, 3), { number: 30 }, ...things.slice(4)], 1],
    ['one element put in', [...things.slice(0, 5), { number: 50 }, ...things.slice(5)], 1],
    ['one element taken out', [...things.slice(0, 2), ...things.slice(3)], 0],
    ['all moved', [...things].reverse(), 0],
  ])('%s', (_, list, expected) => {
    const { map, computed } = counted();
    expect(map(list)).toEqual(list.map(({ number }) => number));
    expect(computed()).toBe(expected);
  });
});

test('the difference of two lists is one stretch, and what is around it is the same', () => {
  fc.assert(
    fc.property(someThings, someThings, (before, after) => {
      const { start, end, lastEnd } = differenceOf(before, after);
      expect(after.slice(0, start)).toEqual(before.slice(0, start));
      expect(after.slice(end)).toEqual(before.slice(lastEnd));
      expect(start).toBeLessThanOrEqual(Math.min(end, lastEnd));
    }),
  );
  expect(differenceOf(things, things)).toEqual({ start: 8, end: 8, lastEnd: 8 });
});
