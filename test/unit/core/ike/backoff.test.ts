/** How long a policy stays quiet after failures: 2 s, doubling, at most a minute. */
import { expect, test } from '@jest/globals';
import { instant } from '../../../../lib/core/base/instant.js';
import { Backoff } from '../../../../lib/core/ike/backoff.js';

test('waits double from two seconds up to a minute, for each policy on its own', () => {
  const backoff = new Backoff();
  const waits = Array.from({ length: 9 }, () => backoff.failed(1, instant(0)));
  expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  expect(backoff.waits(1, instant(59_999))).toBe(true);
  expect(backoff.waits(1, instant(60_000))).toBe(false);
  expect(backoff.waits(2, instant(0))).toBe(false);
  expect(backoff.failed(2, instant(0))).toBe(2_000);
});

test('a thousand failures in a row still give a wait of a minute', () => {
  const backoff = new Backoff();
  let wait = 0;
  for (let count = 0; count < 2_000; count += 1) wait = backoff.failed(1, instant(0));
  expect(wait).toBe(60_000);
});

test('a success, or a change of the configuration, forgets the failures', () => {
  const backoff = new Backoff();
  backoff.failed(1, instant(0));
  backoff.failed(1, instant(0));
  backoff.succeeded(1);
  expect(backoff.waits(1, instant(1))).toBe(false);
  expect(backoff.failed(1, instant(0))).toBe(2_000);
  backoff.clear();
  expect(backoff.waits(1, instant(1))).toBe(false);
});
