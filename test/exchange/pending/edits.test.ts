/** Pending: foreign hands in the middle of a negotiation. */
import { expect, test } from '@jest/globals';
import { numbered } from '../wire-faults.js';
import { pair } from '../world.js';

// The removal of an SA that belongs to a running negotiation is not noticed: message 9 completes half a pair.
test('somebody removes the inbound SA of a responder that waits for message 9: packets bring a whole pair', () => {
  const { world, a, b } = pair();
  let done = false;
  world.fate = numbered((number) => {
    if (number === 8 && !done) {
      done = true;
      world.later(2, () => b.plane.flushSas());
    }
    return [{ delayMs: 5 }];
  });
  a.ping(b);
  world.run(300);
  let good = 0;
  for (let second = 0; second < 60 && good < 3; second += 1) {
    const pings = [a.ping(b), b.ping(a)];
    good = pings.every((ping) => ping === 'encrypted') ? good + 1 : 0;
    world.run(1_000);
  }
  expect(good).toBe(3);
});

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
