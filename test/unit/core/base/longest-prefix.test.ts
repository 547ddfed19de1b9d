/** The longest mask wins, and of equal rows the first. */
import { expect, test } from '@jest/globals';
import { LongestPrefix } from '../../../../lib/core/base/longest-prefix.js';

const rows = [
  { name: 'all', address: '0.0.0.0', length: 0 },
  { name: 'net', address: '10.0.0.0', length: 8 },
  { name: 'host', address: '10.0.0.1', length: 32 },
  { name: 'second', address: '10.0.0.1', length: 32 },
  { name: 'high', address: '200.0.0.0', length: 8 },
];

test.each([
  ['10.0.0.1', 'host'],
  ['10.0.0.2', 'net'],
  ['200.1.2.3', 'high'],
  ['11.0.0.1', 'all'],
])('R-50 the row of %s is %s', (address, name) => {
  expect(new LongestPrefix(rows, (row) => row).find(address)?.name).toBe(name);
});

test('R-50 an address outside of every network has no row', () => {
  expect(new LongestPrefix(rows.slice(1), (row) => row).find('11.0.0.1')).toBeUndefined();
});
