/** Main mode and quick mode between two engines (RFC 2409 5.4, 5.5). */
import { expect, test } from '@jest/globals';
import { pair } from './world.js';

test('a packet brings up phase 1 and phase 2, and the next packets pass encrypted both ways', () => {
  const { world, a, b } = pair();
  expect(a.ping(b)).toBe('dropped OutNoStates');
  world.run(1_000);
  expect(a.warnings()).toEqual([]);
  expect(b.warnings()).toEqual([]);
  expect(a.ping(b)).toBe('encrypted');
  expect(b.ping(a)).toBe('encrypted');
  expect(a.keys()).toEqual(b.keys());
  expect(a.sas()).toHaveLength(2);
});
