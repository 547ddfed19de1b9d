/**
 * Both ends start at once. Two phase 1 exchanges and two quick modes may cross in every order; whatever
 * they make, no packet is lost once a first tunnel stands, and what is there twice does not stay twice.
 */
import { describe, expect, test } from '@jest/globals';
import { everySa, expectNoDisagreement } from './checks.js';
import type { PairOptions, Router, World } from './world.js';
import { pair } from './world.js';

/** Pings both ways at 5 per second for a while; returns what did not pass. */
function pingFor(world: World, a: Router, b: Router, milliseconds: number): string[] {
  const failures: string[] = [];
  for (let spent = 0; spent < milliseconds; spent += 200) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const result = from.ping(to);
      if (result !== 'encrypted') failures.push(`${from.address} at ${world.now}: ${result}`);
    }
    world.run(200);
  }
  return failures;
}

const offsets = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 19, 20, 21, 24, 25, 26, 29, 30, 31, 35, 40,
];

describe.each([0, 7])('with Diffie-Hellman jobs of %i ms', (computeMs) => {
  test.each(offsets)('a phase 1 of the other end %i ms later settles', (offset) => {
    const { world, a, b } = pair();
    world.computeMs = computeMs;
    a.ping(b);
    world.run(offset);
    b.ping(a);
    world.run(1_000);
    expect([...a.warnings(), ...b.warnings()]).toEqual([]);
    expectNoDisagreement(a, b);
    expect(pingFor(world, a, b, 4_000)).toEqual([]);
    for (const router of [a, b]) {
      expect(router.sas().length / 2).toBeLessThanOrEqual(2);
      expect(router.engine.status().sizes).toMatchObject({ negotiations: 0, halfOpen: 0 });
      expect(router.engine.status().policies.get(1)).toBe('established');
    }
  });

  test.each(offsets.filter((offset) => offset <= 25))(
    'a quick mode of the other end %i ms later, under one phase 1, settles',
    (offset) => {
      const { world, a, b } = pair();
      world.computeMs = computeMs;
      a.ping(b);
      world.run(1_000);
      a.plane.flushSas();
      world.run(1_000);
      expect([...everySa(a), ...everySa(b)]).toEqual([]);
      a.command({ kind: 'initiate', policyId: 1 });
      world.run(offset);
      b.command({ kind: 'initiate', policyId: 1 });
      world.run(1_000);
      expectNoDisagreement(a, b);
      expect(pingFor(world, a, b, 4_000)).toEqual([]);
      for (const router of [a, b]) {
        expect(router.sas().length / 2).toBeLessThanOrEqual(2);
        expect(router.engine.status().sizes.ikeSas).toBe(1);
      }
    },
  );
});

/** Lets twenty renewals pass and watches the number of pairs. */
function watchRenewals(
  options: PairOptions,
  computeMs: number,
  start: (run: ReturnType<typeof pair>) => void,
) {
  const run = pair(options);
  const { world, a, b } = run;
  world.computeMs = computeMs;
  start(run);
  world.run(1_000);
  const most = { a: 0, b: 0 };
  const failures: string[] = [];
  for (let second = 0; second < 340; second += 1) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const result = from.ping(to);
      if (result !== 'encrypted') failures.push(`${from.address} at ${second} s: ${result}`);
    }
    world.run(1_000);
    expectNoDisagreement(a, b);
    if (second < 40) continue;
    most.a = Math.max(most.a, a.sas().length / 2);
    most.b = Math.max(most.b, b.sas().length / 2);
  }
  return { ...run, most, failures };
}

test.each(
  [0, 3, 5, 8, 12, 20, 33].flatMap((offset) => [
    [offset, 0],
    [offset, 9],
  ]),
)(
  'R-68 two pairs from both ends, %i ms apart with jobs of %i ms, are one pair again after twenty renewals',
  (offset = 0, computeMs = 0) => {
    const { a, b, most, failures } = watchRenewals(
      { proposal: { lifetimeSeconds: 20 } },
      computeMs,
      ({ world, a, b }) => {
        a.ping(b);
        world.run(offset);
        b.ping(a);
      },
    );
    expect(failures).toEqual([]);
    // The old pair until its hard limit and the new one.
    expect(most.a).toBeLessThanOrEqual(2);
    expect(most.b).toBeLessThanOrEqual(2);
    const renewals = [a, b].map((r) => r.names().filter((name) => name === 'phase2Renewed').length);
    expect(Math.max(...renewals)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...renewals)).toBeLessThanOrEqual(25);
  },
);

test.each([0, 2, 5, 9, 15])(
  'a renewal by command of both ends, %i ms apart, loses no packet and leaves at most two pairs',
  (offset) => {
    const { world, a, b } = pair();
    a.ping(b);
    world.run(1_000);
    for (let round = 0; round < 5; round += 1) {
      a.command({ kind: 'initiate', policyId: 1 });
      world.later(offset, () => b.command({ kind: 'initiate', policyId: 1 }));
      expect(pingFor(world, a, b, 1_000)).toEqual([]);
    }
    expectNoDisagreement(a, b);
  },
);

test('both ends that restart at once find each other again', () => {
  for (const offset of [0, 2, 5, 7, 11, 18]) {
    const { world, a, b } = pair();
    a.ping(b);
    world.run(1_000);
    a.crash('machine');
    b.crash('machine');
    a.ping(b);
    world.run(offset);
    b.ping(a);
    world.run(1_000);
    expect({ offset, failures: pingFor(world, a, b, 6_000) }).toEqual({ offset, failures: [] });
    expectNoDisagreement(a, b);
    expect(a.keys()).toEqual(b.keys());
  }
});

test('phase 1 from both ends at once over a wire with unequal delays settles without loss', () => {
  for (let seed = 0; seed < 60; seed += 1) {
    const { world, a, b } = pair();
    world.computeMs = seed % 3 === 0 ? 9 : 0;
    // Each message takes 2 to 33 ms, so that they overtake each other.
    world.fate = (_datagram, index) => [
      { delayMs: 2 + (((index + 1) * (seed + 7) * 2654435761) % 32) },
    ];
    a.ping(b);
    world.run(seed % 20);
    b.ping(a);
    world.run(45_000);
    expect({ seed, failures: pingFor(world, a, b, 1_000) }).toEqual({ seed, failures: [] });
    expectNoDisagreement(a, b);
  }
});

/** Both ends negotiate under one phase 1, `offset` ms apart, with Diffie-Hellman jobs of 7 ms. */
function cross(offset: number, lifetimeSeconds: number) {
  const run = pair({ proposal: { lifetimeSeconds } });
  const { world, a, b } = run;
  world.computeMs = 7;
  a.ping(b);
  world.run(1_000);
  a.plane.flushSas();
  world.run(1_000);
  a.command({ kind: 'initiate', policyId: 1 });
  world.run(offset);
  b.command({ kind: 'initiate', policyId: 1 });
  return run;
}

test.each([6, 8, 10, 12, 16, 20, 25])(
  'a quick mode given up in favour of the peer\u2019s, %i ms apart, leaves nothing running there',
  (offset) => {
    const { world, a, b } = cross(offset, 1800);
    world.run(3_000);
    expect([a, b].map((router) => router.engine.status().sizes.negotiations)).toEqual([0, 0]);
    expect(everySa(a).length).toBe(everySa(b).length);
    world.run(120_000);
    expect([...a.warnings(), ...b.warnings()].filter((text) => text.includes('phase 2'))).toEqual(
      [],
    );
  },
);

test.each([6, 8, 10, 12, 16, 20, 25])(
  'R-68 crossing quick modes %i ms apart do not keep a pair of 20 s from being renewed',
  (offset) => {
    const { world, a, b } = cross(offset, 20);
    world.run(1_000);
    const failures: string[] = [];
    for (let second = 0; second < 90; second += 1) {
      for (const result of [a.ping(b), b.ping(a)]) {
        if (result !== 'encrypted') failures.push(`${second} s: ${result}`);
      }
      world.run(1_000);
    }
    expect(failures).toEqual([]);
  },
);

test.each([0, 3, 5, 8, 12])(
  'the renewal of pairs made at once, %i ms apart, loses no packet while it is under way',
  (offset) => {
    const { world, a, b } = pair({ proposal: { lifetimeSeconds: 20 } });
    a.ping(b);
    world.run(offset);
    b.ping(a);
    world.run(15_900);
    const failures: string[] = [];
    for (let spent = 0; spent < 200; spent += 1) {
      for (const result of [a.ping(b), b.ping(a)]) {
        if (result !== 'encrypted') failures.push(`${world.now}: ${result}`);
      }
      world.run(1);
    }
    expect(failures).toEqual([]);
    expect(a.names()).toContain('phase2Renewed');
  },
);
