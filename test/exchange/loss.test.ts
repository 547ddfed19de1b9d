/**
 * Lost messages and the retransmissions that make up for them: every 10 s, five times.
 * Numbers are those of the figure in wire.test.ts: 1 to 6 main mode, 7 to 9 quick mode.
 */
import { describe, expect, test } from '@jest/globals';
import { everySa, expectNoDisagreement, sizesOf } from './checks.js';
import { exchangeNumber, readHeader } from './rfc2409.js';
import { losing, numbered } from './wire-faults.js';
import { pair } from './world.js';

const allMessages = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const settled = { halfOpen: 0, negotiations: 0, childSas: 1, openRequests: 0, ikeSas: 1 };

/** Starts a tunnel over a wire with that fate; returns when it first carried a ping both ways. */
function bringUp(fate: ReturnType<typeof losing>, withinMs: number) {
  const { world, a, b } = pair();
  world.fate = fate;
  a.ping(b);
  for (let waited = 0; waited <= withinMs; waited += 500) {
    world.run(500);
    // Looking at the SAs rather than pinging: a ping would itself start things.
    if (a.sas().length === 2 && b.sas().length === 2) {
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
      world.run(70_000);
      expectNoDisagreement(a, b);
      expect(a.keys()).toEqual(b.keys());
      return { world, a, b, waited };
    }
  }
  throw new Error(`no tunnel within ${withinMs} ms: ${[...a.warnings(), ...b.warnings()]}`);
}

describe.each(allMessages)('message %i', (message) => {
  test('lost once costs one interval of 10 s and nothing else', () => {
    const { a, b } = bringUp(losing([message], 1), 10_500);
    expect(sizesOf(a)).toEqual(settled);
    expect(sizesOf(b)).toEqual(settled);
    // Four jobs: two for phase 1, two for PFS. A retransmission needs none.
    expect([a.computations.length, b.computations.length]).toEqual([4, 4]);
  });

  test('lost twice costs two intervals', () => {
    const { a, b } = bringUp(losing([message], 2), 20_500);
    expect([sizesOf(a), sizesOf(b)]).toEqual([settled, settled]);
    expect([a.computations.length, b.computations.length]).toEqual([4, 4]);
  });
});

// Phase 2 waits at most 30 s for phase 1, and after that it takes another packet.
describe.each([7, 8, 9])('message %i of quick mode', (message) => {
  test.each([3, 4, 5])('lost %i times is still made up for', (times) => {
    const { a, b } = bringUp(losing([message], times), 10_500 * times);
    expect([sizesOf(a), sizesOf(b)]).toEqual([settled, settled]);
  });
});

describe.each([1, 2, 4, 5, 6])('message %i of main mode', (message) => {
  test.each([3, 4, 5])('lost %i times does not end phase 1', (times) => {
    const { world, a, b } = pair();
    world.fate = losing([message], times);
    a.ping(b);
    world.run(59_000);
    expect(a.engine.status().peers.get(101)?.state).toBe('established');
    expect(b.engine.status().peers.get(101)?.state).toBe('established');
  });
});

test('every message of quick mode lost once still ends in one tunnel', () => {
  bringUp(losing([7, 8, 9], 1), 40_000);
});

test('every message lost once ends in a tunnel once packets ask again', () => {
  const { world, a, b } = pair();
  world.fate = losing(allMessages, 1);
  let good = 0;
  for (let second = 0; second < 150 && good < 5; second += 3) {
    const both = [a.ping(b), b.ping(a)].every((result) => result === 'encrypted');
    good = both ? good + 1 : 0;
    world.run(3_000);
  }
  expect(good).toBe(5);
  expectNoDisagreement(a, b);
});

test('R-57 an unanswered first message is sent 6 times, 10 s apart, and phase 1 fails at 60 s', () => {
  const { world, a, b } = pair();
  world.fate = () => [];
  const start = world.now;
  a.ping(b);
  world.run(59_999);
  expect(a.names()).not.toContain('phase1Failed');
  world.run(1);
  expect(a.names()).toContain('phase1Failed');
  world.run(600_000);
  expect(world.wire.map(({ at }) => at - start)).toEqual([
    0, 10_000, 20_000, 30_000, 40_000, 50_000,
  ]);
  const [first] = world.wire;
  for (const { datagram } of world.wire) expect(datagram.bytes).toEqual(first?.datagram.bytes);
});

test('R-57 phase 2 waits 30 s for phase 1 and no longer', () => {
  const { world, a, b } = pair();
  world.fate = () => [];
  a.ping(b);
  world.run(29_999);
  expect(a.names()).not.toContain('phase2Failed');
  world.run(1);
  expect(a.names()).toContain('phase2Failed');
  expect(a.warnings().join()).toMatch(/time up waiting for phase ?1/);
});

test('R-57 an unanswered quick mode is sent 6 times and fails after 60 s', () => {
  const { world, a, b } = pair();
  world.fate = numbered((number) => (number === 7 ? [] : [{ delayMs: 5 }]));
  a.ping(b);
  world.run(1_000);
  const start = world.now;
  world.run(58_000);
  expect(a.names()).not.toContain('phase2Failed');
  world.run(2_000);
  expect(a.names()).toContain('phase2Failed');
  const quick = world.wire.filter(
    ({ at, datagram }) =>
      at < start + 59_000 && readHeader(datagram.bytes).exchange === exchangeNumber.quick,
  );
  expect(quick.map(({ at }) => at - (quick[0]?.at ?? 0))).toEqual([
    0, 10_000, 20_000, 30_000, 40_000, 50_000,
  ]);
});

test('a responder never repeats its first reply by timer (hostile #22)', () => {
  const { world, a, b } = pair();
  // Everything of the initiator after message 1 is lost: only message 2 is for the responder to send.
  world.fate = ({ local }, index) =>
    local.address === a.address && index > 0 ? [] : [{ delayMs: 5 }];
  a.ping(b);
  world.run(300_000);
  const replies = world.wire.filter(({ datagram }) => datagram.local.address === b.address);
  expect(replies).toHaveLength(1);
  expect(sizesOf(b)).toEqual({ ...settled, ikeSas: 0, childSas: 0 });
});

test('a responder that waits in vain forgets an unanswered first message within a minute', () => {
  const { world, a, b } = pair();
  world.fate = ({ local }) => (local.address === a.address ? [{ delayMs: 5 }] : []);
  a.ping(b);
  world.run(51_000);
  expect(b.engine.status().sizes.halfOpen).toBe(1);
  world.run(120_000);
  expect(b.engine.status().sizes).toMatchObject({ halfOpen: 0, ikeSas: 0, timers: 0 });
});

test('a partition that heals while the exchange still runs costs nothing but time', () => {
  for (const from of allMessages) {
    const { world, a, b } = pair();
    let partition = false;
    world.fate = numbered((number) => {
      if (number === from) partition = true;
      return partition ? [] : [{ delayMs: 5 }];
    });
    a.ping(b);
    world.run(15_000);
    world.fate = () => [{ delayMs: 5 }];
    world.run(10_000);
    expect({ from, a: a.sas().length, b: b.sas().length }).toEqual({ from, a: 2, b: 2 });
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    expectNoDisagreement(a, b);
  }
});

test('a partition longer than every retransmission is got over once packets ask again', () => {
  for (const from of allMessages) {
    const { world, a, b } = pair();
    let partition = false;
    world.fate = numbered((number) => {
      if (number === from) partition = true;
      return partition ? [] : [{ delayMs: 5 }];
    });
    a.ping(b);
    world.run(300_000);
    world.fate = () => [{ delayMs: 5 }];
    let good = 0;
    for (let second = 0; second < 150 && good < 5; second += 3) {
      const both = [a.ping(b), b.ping(a)].every((result) => result === 'encrypted');
      good = both ? good + 1 : 0;
      world.run(3_000);
    }
    expect({ from, good }).toEqual({ from, good: 5 });
    world.run(100_000);
    expectNoDisagreement(a, b);
    for (const router of [a, b]) {
      expect(sizesOf(router)).toMatchObject({ halfOpen: 0, negotiations: 0, openRequests: 0 });
    }
  }
});

test('message 3 lost three to five times does not end phase 1 either (R-57)', () => {
  for (const times of [3, 4, 5]) {
    const { world, a, b } = pair();
    world.fate = losing([3], times);
    a.ping(b);
    world.run(59_000);
    expect({ times, state: a.engine.status().peers.get(101)?.state }).toEqual({
      times,
      state: 'established',
    });
  }
});

test('a responder that never sees message 9 goes on receiving, does not send, and negotiates when asked', () => {
  const { world, a, b } = pair();
  world.fate = numbered((number) => (number === 9 ? [] : [{ delayMs: 5 }]));
  a.ping(b);
  world.run(300_000);
  // The initiator believes in the pair; what it sends must not vanish for half an hour.
  expect(a.ping(b)).toBe('encrypted');
  // The responder has no proof that the initiator is there, so it has nothing to send with (R-6A).
  expect(everySa(b).filter(({ direction }) => direction === 'out')).toEqual([]);
  expect(b.engine.status().policiesWithSas.has(1)).toBe(false);
  expect(b.engine.status().policies.get(1)).not.toBe('established');
  expect(b.ping(a)).toBe('dropped OutNoStates');
  world.run(1_000);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  world.run(2_000_000);
  expect(a.sas()).toEqual(b.sas());
});
