/** Pending: what grows or stalls with many renewals or many policies. */
import { expect, test } from '@jest/globals';
import { established } from '../checks.js';
import { many, pingAll } from '../many-policies.js';

// The old pair of a renewal by bytes carries nothing any more, so only its time limit ends it.
test('R-68 renewals by bytes leave at most two pairs, as renewals by time do', () => {
  const { world, a, b } = established({ proposal: { lifetimeBytes: 20_480 } });
  let most = 0;
  for (let spent = 0; spent < 300_000; spent += 100) {
    a.ping(b);
    b.ping(a);
    most = Math.max(most, a.sas().length / 2, b.sas().length / 2);
    world.run(100);
  }
  expect(most).toBeLessThanOrEqual(2);
});

// The responder drops what goes beyond 64 quick modes at once, and each retry brings 64 more.
test('two hundred policies asked for at once are all up within ten seconds', () => {
  const run = many(200, { pfs: false });
  pingAll(run, 200);
  run.world.run(9_000);
  expect(pingAll(run, 200)).toEqual(['encrypted']);
});

// Beyond 6 * 64 the rest times out, which is taken for a peer that restarted: phase 1 is given up.
test('five hundred policies asked for at once do not make the router give up its phase 1', () => {
  const { world, a, b } = many(500, { pfs: false });
  for (let index = 1; index <= 500; index += 1) a.command({ kind: 'initiate', policyId: index });
  world.run(70_000);
  const unwanted = a.names().filter((name) => name === 'phase1Closed' || name === 'phase2Failed');
  expect(unwanted.length).toBe(0);
  expect(a.sas()).toHaveLength(1_000);
  expect(b.sas()).toHaveLength(1_000);
});
