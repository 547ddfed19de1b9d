/** The initiator of aggressive mode begins quick mode at once, and a network may deliver that first. */
import { describe, expect, test } from '@jest/globals';
import { ikeLimits } from '../../lib/core/ike/limits.js';
import { inject } from './checks.js';
import { exchangeNumber, readHeader } from './rfc2409.js';
import { numbered } from './wire-faults.js';
import { pair } from './world.js';

const aggressive = { exchangeMode: 'aggressive' } as const;

describe('a quick mode that overtakes the last message of aggressive mode', () => {
  test('is answered as soon as that is there, without a repetition', () => {
    const { world, a, b } = pair(aggressive);
    world.fate = numbered((number) => [{ delayMs: number === 3 ? 200 : 5 }]);
    a.ping(b);
    world.run(1_000);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    expect(a.names()).not.toContain('retransmitted');
  });

  test('is kept beside a damaged copy of it', () => {
    const { world, a, b } = pair(aggressive);
    world.fate = numbered((number, _copy, { bytes }) => {
      if (number !== 4) return [{ delayMs: number === 3 ? 200 : 5 }];
      const damaged = bytes.slice();
      damaged.fill(0x5a, 40, 48);
      return [{ delayMs: 3, bytes: damaged }, { delayMs: 5 }];
    });
    a.ping(b);
    world.run(1_000);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });

  test('waits in a queue of two: more are dropped and counted, and phase 1 goes on', () => {
    const { world, a, b } = pair(aggressive);
    world.fate = numbered((number) => [{ delayMs: number === 3 ? 200 : 5 }]);
    a.ping(b);
    world.run(100);
    const quick = world.wire
      .map(({ datagram }) => datagram.bytes)
      .find((bytes) => readHeader(bytes).exchange === exchangeNumber.quick);
    if (quick === undefined) throw new Error('no quick mode was begun');
    const sent = world.wire.length;
    for (let copy = 0; copy < 100; copy += 1) inject(b, a.address, quick);
    const dropped = b.events.filter(({ reason }) => reason === 'limited');
    // The one on its way came first.
    expect(dropped).toHaveLength(100 - (ikeLimits.heldMessages - 1));
    expect(world.wire).toHaveLength(sent);
    world.run(1_000);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });

  test('is forgotten with a phase 1 that fails', () => {
    const { world, a, b } = pair(aggressive, { ...aggressive, secret: 'another one' });
    world.fate = numbered((number) => [{ delayMs: number === 3 ? 200 : 5 }]);
    a.ping(b);
    world.run(120_000);
    expect(b.names()).not.toContain('phase2Established');
    expect(b.engine.status().sizes.halfOpen).toBe(0);
  });
});
