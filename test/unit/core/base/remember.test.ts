import { expect, test } from '@jest/globals';
import { remember } from '../../../../lib/core/base/remember.js';

test('what was remembered first is forgotten first, beyond the size', () => {
  const set = new Set<number>();
  for (const value of [1, 2, 3, 2, 4]) remember(set, value, 3);
  expect([...set]).toEqual([2, 3, 4]);
});
