/**
 * A hundred random lives of two routers: crashes of daemon and machine, foreign hands in the kernel, edits,
 * commands, loss and slow arithmetic, in any order. Safety all the time; and when it is over packets pass
 * both ways within 200 s, with nothing left over from before.
 */
import { describe, expect, test } from '@jest/globals';
import { everySa, expectNoDisagreement, randomFrom, sizesOf } from './checks.js';
import type { PairOptions, Router } from './world.js';
import { pair } from './world.js';

const groups = 4;
const perGroup = 25;

function misfortune(router: Router, random: () => number): void {
  const { config } = router;
  const pick = Math.floor(random() * 9);
  if (pick === 0) router.crash('daemon');
  if (pick === 1) router.crash('machine');
  if (pick === 2) router.plane.flushSas();
  if (pick === 3) router.configure({ ...config });
  if (pick === 4) {
    router.configure({ ...config, policies: [] });
    router.configure(config);
  }
  if (pick === 5) {
    router.configure({ ...config, peers: [] });
    router.configure(config);
  }
  if (pick === 6) router.command({ kind: 'initiate', policyId: 1 });
  if (pick === 7) router.command({ kind: 'resync', sas: router.plane.snapshot().sas });
  if (pick === 8) {
    router.command({ kind: 'shutdown' });
    router.crash('daemon');
  }
}

function live(seed: number): void {
  const random = randomFrom(10_000 + seed);
  const options: PairOptions = {
    ...(random() < 0.5 ? { pfs: false } : {}),
    ...(random() < 0.3 ? { sendInitialContact: false } : {}),
    ...(random() < 0.3 ? { protocols: ['esp', 'ah'] } : {}),
    proposal: { lifetimeSeconds: random() < 0.5 ? 1800 : 25 },
  };
  const { world, a, b } = pair(options);
  world.computeMs = Math.floor(random() * 3) * 8;
  const loss = random() * 0.25;
  world.fate = () => (random() < loss ? [] : [{ delayMs: 2 + Math.floor(random() * 30) }]);
  for (let event = 0; event < 30; event += 1) {
    if (random() < 0.7) a.ping(b);
    if (random() < 0.7) b.ping(a);
    if (random() < 0.6) misfortune(random() < 0.5 ? a : b, random);
    world.run(Math.floor(random() * random() * 12_000));
    expectNoDisagreement(a, b);
  }
  world.fate = () => [{ delayMs: 5 }];
  let good = 0;
  for (let spent = 0; spent < 200_000 && good < 4; spent += 2_000) {
    const pings = [a.ping(b), b.ping(a)];
    good = pings.every((ping) => ping === 'encrypted') ? good + 1 : 0;
    world.run(2_000);
    expectNoDisagreement(a, b);
  }
  if (good < 4) throw new Error('no tunnel 200 s after the last misfortune');
  world.run(130_000);
  for (let spent = 0; spent < 500 && sizesOf(a).negotiations + sizesOf(b).negotiations > 0; ) {
    world.run(10);
    spent += 10;
  }
  for (const router of [a, b]) {
    const sizes = sizesOf(router);
    expect(sizes).toMatchObject({ halfOpen: 0, negotiations: 0, openRequests: 0 });
    expect(sizes.ikeSas).toBeLessThanOrEqual(5);
    // What the data plane holds is what the engine knows.
    const known = router.engine.status().childSas.flatMap(({ ids }) => ids).length;
    expect(everySa(router).filter(({ state }) => state !== 'larval')).toHaveLength(known);
  }
}

describe(`${groups * perGroup} lives`, () => {
  test.each(Array.from({ length: groups }, (_, group) => group * perGroup))(
    'from seed %i',
    (first) => {
      const failures: string[] = [];
      for (let seed = first; seed < first + perGroup; seed += 1) {
        try {
          live(seed);
        } catch (error) {
          failures.push(`seed=${seed}: ${error instanceof Error ? error.message : error}`);
        }
      }
      expect(failures).toEqual([]);
    },
  );
});
