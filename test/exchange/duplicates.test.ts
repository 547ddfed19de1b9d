/** Copies, reordering and delay (hostile #24, #16): answered from cache, bounded, and without work. */
import { describe, expect, test } from '@jest/globals';
import { established, expectNoDisagreement, inject, messages, sizesOf } from './checks.js';
import { exchangeNumber } from './rfc2409.js';
import { numbered } from './wire-faults.js';
import type { Fate } from './world.js';
import { pair } from './world.js';

/** Delivered that many times, 1 ms apart. */
const copies = (count: number): Fate =>
  Array.from({ length: count }, (_, index) => ({ delayMs: 5 + index }));

describe.each([0, 40])('hostile 24: with Diffie-Hellman jobs of %i ms', (computeMs) => {
  test.each([2, 5, 20])(
    'every datagram arriving %i times makes one tunnel with one job each',
    (count) => {
      const { world, a, b } = pair();
      world.computeMs = computeMs;
      world.fate = (_datagram, index) => (index < 400 ? copies(count) : []);
      a.ping(b);
      world.run(9_000);
      expect(a.keys()).toEqual(b.keys());
      expect([a.sas().length, b.sas().length]).toEqual([2, 2]);
      // Two jobs for phase 1 and two for PFS at either end, whatever arrived how often.
      expect([a.computations.length, b.computations.length]).toEqual([4, 4]);
      expect([...a.warnings(), ...b.warnings()]).toEqual([]);
      // Copies breed copies: an exchange may answer some of them, never all of them forever.
      expect(world.wire.length).toBeLessThan(150);
      world.run(70_000);
      for (const router of [a, b]) {
        expect(sizesOf(router)).toEqual({
          ikeSas: 1,
          halfOpen: 0,
          negotiations: 0,
          childSas: 1,
          openRequests: 0,
        });
      }
    },
  );

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'message %i arriving 50 times changes nothing',
    (message) => {
      const { world, a, b } = pair();
      world.computeMs = computeMs;
      world.fate = numbered((number) => copies(number === message ? 50 : 1));
      a.ping(b);
      world.run(9_000);
      expect(a.keys()).toEqual(b.keys());
      expect(a.sas()).toHaveLength(2);
      expect([a.computations.length, b.computations.length]).toEqual([4, 4]);
      // Copies of one message breed copies of the next: twelve at most for each of the rest.
      expect(world.wire.length).toBeLessThan(11 + 5 * 12);
    },
  );
});

test('hostile 24: copies of a request are answered with the same bytes', () => {
  const { world, a, b } = pair();
  world.fate = numbered((number) => copies(number === 1 || number === 3 || number === 5 ? 3 : 1));
  a.ping(b);
  world.run(9_000);
  const replies = messages(world, exchangeNumber.main).filter((_, index) => index > 0);
  const distinct = new Set(replies.map((bytes) => Buffer.from(bytes).toString('hex')));
  expect(distinct.size).toBe(5);
  expect(a.keys()).toEqual(b.keys());
});

test('delay beyond two retransmissions still makes one tunnel', () => {
  const { world, a, b } = pair();
  // 12 s each way: every message is sent three times before its answer comes.
  world.fate = () => [{ delayMs: 4_000 }];
  a.ping(b);
  world.run(60_000);
  expect(a.keys()).toEqual(b.keys());
  expect(a.sas()).toHaveLength(2);
  expectNoDisagreement(a, b);
});

test('delay of 11 s each way sends everything again and works nothing twice', () => {
  const { world, a, b } = pair();
  world.fate = () => [{ delayMs: 11_000 }];
  a.ping(b);
  world.run(80_000);
  expect(a.engine.status().peers.get(101)?.state).toBe('established');
  a.command({ kind: 'initiate', policyId: 1 });
  world.run(80_000);
  expect(a.keys()).toEqual(b.keys());
  expect(a.sas()).toHaveLength(2);
  expect([a.computations.length, b.computations.length]).toEqual([4, 4]);
});

test('INITIAL-CONTACT and message 7 overtaking message 6 do no harm', () => {
  const { world, a, b } = pair();
  world.fate = numbered((number) => [{ delayMs: number === 6 ? 3_000 : 5 }]);
  a.ping(b);
  // The responder wants something too and asks as soon as it may: before its message 6 arrives.
  b.ping(a);
  world.run(40_000);
  expectNoDisagreement(a, b);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
});

test('hostile 16: a replay of every recorded datagram changes neither SAs nor traffic nor sizes', () => {
  for (const wait of [0, 90_000]) {
    const run = established();
    const { world, a, b } = run;
    world.run(wait);
    const recorded = world.wire.map(({ datagram }) => datagram);
    const before = [a.keys(), b.keys(), sizesOf(a), sizesOf(b), a.computations.length];
    for (const datagram of recorded) {
      for (let copy = 0; copy < 3; copy += 1)
        world.routers.get(datagram.remote.address)?.deliver(datagram);
      world.run(20);
    }
    expect([a.keys(), b.keys(), sizesOf(a), sizesOf(b), a.computations.length]).toEqual(before);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    world.run(100_000);
    expect([a.keys(), b.keys(), sizesOf(a), sizesOf(b), a.computations.length]).toEqual(before);
  }
});

test('hostile 16: a replay to the other end, or from another address, is dropped as well', () => {
  const run = established();
  const { world, a, b } = run;
  const before = [a.keys(), b.keys(), sizesOf(a), sizesOf(b)];
  const length = world.wire.length;
  for (const { datagram } of world.wire.slice()) {
    // Reflected to its author, from the address it was sent to.
    world.routers
      .get(datagram.local.address)
      ?.deliver({ ...datagram, local: datagram.remote, remote: datagram.local });
    for (const router of [a, b]) inject(router, '9.9.9.9', datagram.bytes);
  }
  world.run(100_000);
  expect([a.keys(), b.keys(), sizesOf(a), sizesOf(b)]).toEqual(before);
  expect(world.wire.length).toBe(length);
});

test('hostile 16: a replay of a whole session into a restarted router makes no SA', () => {
  const { world, a, b } = established();
  const recorded = world.wire
    .map(({ datagram }) => datagram)
    .filter(({ remote }) => remote.address === b.address);
  world.fate = () => [];
  b.crash('machine');
  for (const datagram of recorded) b.deliver(datagram);
  expect(b.sas()).toEqual([]);
  world.run(100_000);
  expect(b.engine.status().sizes).toMatchObject({
    ikeSas: 0,
    halfOpen: 0,
    negotiations: 0,
    timers: 0,
  });
  expect(a.sas()).toHaveLength(2);
});
