/** Pending: foreign hands in the middle of a negotiation. */
import { expect, test } from '@jest/globals';
import { numbered } from '../wire-faults.js';
import { pair } from '../world.js';

// The initiator repeats message 9 for a pair it has removed; the DELETE it sent found no pair yet.
test('a late message 9 does not bring up a pair that the initiator has removed meanwhile', () => {
  const { world, a, b } = pair();
  world.fate = numbered((number, copy) => (number === 9 && copy === 1 ? [] : [{ delayMs: 5 }]));
  a.ping(b);
  world.run(500);
  const { config } = a;
  a.configure({ ...config, policies: [] });
  a.configure(config);
  a.ping(b);
  world.run(70_000);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
});
