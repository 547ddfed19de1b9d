/** What a lost or late last message of quick mode leaves behind. */
import { expect, test } from '@jest/globals';
import { everySa, sizesOf } from './checks.js';
import { numbered } from './wire-faults.js';
import { pair } from './world.js';

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
