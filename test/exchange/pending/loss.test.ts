/** Pending: what a lost message 9 leaves behind. */
import { expect, test } from '@jest/globals';
import { everySa, sizesOf } from '../checks.js';
import { numbered } from '../wire-faults.js';
import { pair } from '../world.js';

// The SA expires while it belongs to the negotiation; the half pair registered afterwards is a ghost.
test('an inbound SA that expires before message 9 is given up is not kept in the books', () => {
  const { world, a, b } = pair({ proposal: { lifetimeSeconds: 20 } });
  world.fate = numbered((number) => (number === 9 ? [] : [{ delayMs: 5 }]));
  a.ping(b);
  world.run(15_000);
  world.fate = () => [];
  world.run(300_000);
  expect(everySa(b)).toEqual([]);
  expect(sizesOf(b).childSas).toBe(0);
});
