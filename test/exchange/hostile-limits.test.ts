/** What floods take of a router that strangers and peers share: nobody keeps others out (hostile 23). */
import { describe, expect, test } from '@jest/globals';
import { ikeLimits, ikeTimes } from '../../lib/core/ike/limits.js';
import { inject, sizesOf } from './checks.js';
import { attributes, clear, goodOffer, saBody } from './hostile-datagrams.js';
import { captured } from './hostile-peer.js';
import { exchangeNumber, number32, payloadNumber } from './rfc2409.js';
import { pair } from './world.js';

const zero = Buffer.alloc(8);
const addressOf = (index: number) => `7.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;

/** A first message of base mode, which costs its sender nothing and us no computation. */
function opening(index: number): Uint8Array {
  const identity = Buffer.concat([Buffer.from([2, 17, 1, 244]), Buffer.from('any.example')]);
  return clear(
    { cookieI: Buffer.from(`b${String(index).padStart(7, '0')}`), cookieR: zero },
    [
      [payloadNumber.SA, goodOffer],
      [payloadNumber.NONCE, Buffer.alloc(16, 0x42)],
      [payloadNumber.ID, identity],
    ],
    { exchange: exchangeNumber.base },
  );
}

/** `b` takes base mode from everybody; `a` is the peer it knows a secret for. */
function openRouter() {
  const made = pair({ exchangeMode: 'base' });
  const { b } = made;
  b.configure({
    ...b.config,
    peers: b.config.peers.map((peer) => ({ ...peer, address: { address: '0.0.0.0', length: 0 } })),
  });
  // Answers to forged addresses reach nobody.
  const { world } = made;
  world.fate = ({ remote }) => (world.routers.has(remote.address) ? [{ delayMs: 5 }] : []);
  return made;
}

describe('hostile 23: first messages from ever new addresses that take every place', () => {
  function flooded() {
    const made = openRouter();
    const { b } = made;
    for (let index = 0; index < 2 * ikeLimits.halfOpen; index += 1) {
      inject(b, addressOf(index), opening(index));
    }
    expect(sizesOf(b).halfOpen).toBe(ikeLimits.halfOpen);
    return made;
  }

  test('hostile 23: keep the true peer out for a moment, not until they are forgotten', () => {
    const { world, a, b } = flooded();
    world.run(ikeTimes.halfOpenGraceMs);
    a.ping(b);
    world.run(1_000);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    expect(sizesOf(b).halfOpen).toBeLessThan(ikeLimits.halfOpen);
  });

  test('hostile 23: and go on, do not end what the true peer has begun', () => {
    const { world, a, b } = flooded();
    world.run(ikeTimes.halfOpenGraceMs);
    a.ping(b);
    // Message 2 is on its way.
    world.run(7);
    for (let round = 0; round < 5; round += 1) {
      for (let index = 0; index < ikeLimits.halfOpen; index += 1) {
        const number = ikeLimits.halfOpen * (round + 2) + index;
        inject(b, addressOf(number), opening(number));
      }
      expect(sizesOf(b).halfOpen).toBe(ikeLimits.halfOpen);
      world.run(ikeTimes.halfOpenGraceMs);
    }
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    expect(b.names()).toContain('phase2Established');
  });

  test('hostile 23: and go on, do not end what the true peer takes its time for', () => {
    const { world, a, b } = openRouter();
    // The computation that its message 3 brings about is slow.
    world.computeMs = 3_000;
    a.ping(b);
    world.run(3_500);
    expect(sizesOf(b)).toMatchObject({ halfOpen: 1, openRequests: 1 });
    for (let second = 0; second < 3; second += 1) {
      for (let index = 0; index < 2 * ikeLimits.halfOpen; index += 1) {
        const number = 2 * ikeLimits.halfOpen * second + index;
        inject(b, addressOf(number), opening(number));
      }
      expect(sizesOf(b).halfOpen).toBe(ikeLimits.halfOpen);
      world.run(ikeTimes.halfOpenGraceMs);
    }
    world.run(30_000);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });

  test('hostile 23: get no more answers in a second than there are places', () => {
    const { world, b } = flooded();
    const before = world.wire.length;
    expect(before).toBeLessThanOrEqual(ikeLimits.halfOpen);
    world.run(ikeTimes.halfOpenGraceMs);
    for (let index = 0; index < 3 * ikeLimits.halfOpen; index += 1) {
      const number = 2 * ikeLimits.halfOpen + index;
      inject(b, addressOf(number), opening(number));
    }
    expect(world.wire.length - before).toBeLessThanOrEqual(ikeLimits.halfOpen);
    expect(b.events.at(-1)).toMatchObject({ name: 'datagramDropped', reason: 'half-open' });
    expect(sizesOf(b).halfOpen).toBe(ikeLimits.halfOpen);
    expect(b.computations).toEqual([]);
    world.run(61_000);
    expect(sizesOf(b)).toMatchObject({ halfOpen: 0, ikeSas: 0 });
  });
});

test('hostile 23: a peer with the keys has a bounded number of computations under way', () => {
  const run = captured();
  const { world, a, b, oracle } = run;
  world.fate = () => [];
  world.computeMs = 10_000;
  const before = b.computations.length;
  const transform = { id: 3, attributes: attributes([1, 1], [2, 1800], [4, 2], [5, 2], [3, 2]) };
  const address = (last: number) => Buffer.from([1, 0, 0, 0, 1, 0, 0, last]);
  for (let index = 0; index < 3 * ikeLimits.quickModesPerIkeSa; index += 1) {
    const first = oracle.forge(exchangeNumber.quick, 9_000 + index, [
      [
        payloadNumber.SA,
        saBody([{ protocol: 3, spi: number32(0x2000 + index), transforms: [transform] }]),
      ],
      [payloadNumber.NONCE, Buffer.alloc(16, 3)],
      [payloadNumber.KE, Buffer.alloc(128, 0x43)],
      [payloadNumber.ID, address(1)],
      [payloadNumber.ID, address(2)],
    ]);
    inject(b, a.address, first);
  }
  expect(b.computations.length - before).toBe(ikeLimits.quickModesPerIkeSa);
  expect(sizesOf(b).openRequests).toBe(ikeLimits.quickModesPerIkeSa);
  expect(b.events.at(-1)).toMatchObject({ name: 'datagramDropped', reason: 'limited' });
  world.run(200_000);
  expect(sizesOf(b)).toMatchObject({ openRequests: 0, negotiations: 0 });
});
