/** Regular expressions of conditions: what they match, and how much they may ask for (C-24). */
import { expect, test } from '@jest/globals';
import { matcher } from '../../../lib/host/matcher.js';

test.each([
  ['^to ', 'to west', true],
  ['^10\\.[0-9]{1,3}\\.', '10.200.1.1', true],
  ['st$', 'stay', false],
  [`(${'a'.repeat(500)}|b)`, 'b', true],
])('%j in %j: %s', (pattern, text, expected) => {
  expect(matcher(pattern)?.(text)).toBe(expected);
});

test.each([
  '(',
  '[z-a]',
  '*',
  'a{1001}',
  '([ab]?){1000}',
  '(a{1000}){1000}',
  '(x{1000})'.repeat(50),
])('%s is refused', (pattern) => {
  expect(matcher(pattern)).toBeUndefined();
});
