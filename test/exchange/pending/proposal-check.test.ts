/** Pending: what proposal-check should decide and does not yet. */
import { expect, test } from '@jest/globals';
import { pair } from '../world.js';

// An absent lifetime attribute is read as 28800 s (RFC 2407 4.5) and then compared with our own 0.
test('R-63 lifetime=0s at both ends with exact is equal, and so accepted', () => {
  const { world, a, b } = pair({ check: 'exact', proposal: { lifetimeSeconds: 0 } });
  a.ping(b);
  world.run(3_000);
  expect([a.sas().length, b.sas().length]).toEqual([2, 2]);
});
