import { expect, test } from '@jest/globals';
import { instant } from '../../../lib/core/base/instant.js';
import { RepeatLimiter } from '../../../lib/host/repeat-limiter.js';

const at = (seconds: number) => instant(seconds * 1000);

test('one cause is admitted once in ten seconds, then with the count of what was suppressed', () => {
  const limiter = new RepeatLimiter();
  expect(limiter.admit('a', at(0))).toBe(0);
  expect([1, 5, 9.9].map((second) => limiter.admit('a', at(second)))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(limiter.admit('a', at(10))).toBe(3);
  expect(limiter.admit('a', at(25))).toBe(0);
});

test('causes do not hold each other up', () => {
  const limiter = new RepeatLimiter();
  expect(limiter.admit('a', at(0))).toBe(0);
  expect(limiter.admit('b', at(1))).toBe(0);
});

test('a flood of ever new causes is cut off, counted, and over with its period', () => {
  const limiter = new RepeatLimiter();
  const admitted = Array.from({ length: 1000 }, (_, number) => limiter.admit(`${number}`, at(1)));
  expect(admitted.filter((count) => count === 0)).toHaveLength(256);
  expect(limiter.admit('another', at(10.9))).toBeUndefined();
  expect(limiter.admit('another', at(11))).toBe(745);
  expect(limiter.admit('one more', at(11))).toBe(0);
});

test('after forgetting, a cause is admitted at once, with the count of what was suppressed', () => {
  const limiter = new RepeatLimiter();
  for (const second of [0, 1, 2]) limiter.admit('a', at(second));
  limiter.forget();
  expect(limiter.admit('a', at(3))).toBe(2);
  expect(limiter.admit('a', at(4))).toBeUndefined();
});
