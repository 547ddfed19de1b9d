/** Crashes, INITIAL-CONTACT, adoption, and what both ends agree on afterwards (R-58, R-59, E-34). */
import { describe, expect, test } from '@jest/globals';
import {
  established,
  everySa,
  expectNoDisagreement,
  messages,
  oracleOf,
  sizesOf,
} from './checks.js';
import { exchangeNumber, payloadNumber, readHeader } from './rfc2409.js';
import { numbered } from './wire-faults.js';
import type { Router, World } from './world.js';
import { pair } from './world.js';

const informationals = (world: World, router: Router, from = 0) =>
  world.wire
    .slice(from)
    .map(({ datagram }) => datagram)
    .filter(
      ({ local, bytes }) => local.address === router.address && readHeader(bytes).exchange === 5,
    );

/** Milliseconds until packets pass both ways, pinging every second; undefined = not within the time. */
function recovery(world: World, a: Router, b: Router, withinMs: number): number | undefined {
  for (let spent = 0; spent <= withinMs; spent += 1_000) {
    const both = [a.ping(b), b.ping(a)];
    if (both.every((result) => result === 'encrypted')) return spent;
    world.run(1_000);
  }
  return undefined;
}

describe('R-58 INITIAL-CONTACT is sent', () => {
  test('once for each peer and run, whichever side started', () => {
    const { world, a, b } = established({ proposal: { lifetimeSeconds: 100 } });
    expect([informationals(world, a).length, informationals(world, b).length]).toEqual([1, 1]);
    // A new phase 1 of the same run sends none.
    const from = world.wire.length;
    const oldPeers = b.config.peers;
    b.configure({ ...b.config, peers: [] });
    b.configure({ ...b.config, peers: oldPeers });
    world.run(500);
    a.command({ kind: 'initiate', policyId: 1 });
    world.run(2_000);
    expect(messages(world, exchangeNumber.main).length).toBe(12);
    const oracle = oracleOf({
      a: { computations: a.computations.slice(4) },
      mainMode: messages(world, exchangeNumber.main).slice(6),
    });
    const notified = [...informationals(world, a, from), ...informationals(world, b, from)]
      .map(({ bytes }) => bytes)
      .filter((bytes) => readHeader(bytes).cookieI.equals(oracle.cookieI))
      .flatMap((bytes) => oracle.open(oracle.exchangeIv(readHeader(bytes).messageId), bytes))
      .filter(({ type }) => type === payloadNumber.N);
    expect(notified).toEqual([]);
  });

  test('never with send-initial-contact=no', () => {
    const { world, a, b } = established({ sendInitialContact: false });
    expect([...informationals(world, a), ...informationals(world, b)]).toEqual([]);
    expect(a.ping(b)).toBe('encrypted');
  });
});

describe('a machine that crashes and comes back', () => {
  test.each(['a', 'b'] as const)(
    'and whose packets ask (%s) has a tunnel at once; R-59 the other end drops what was',
    (which) => {
      const { world, a, b } = established();
      const crashed = which === 'a' ? a : b;
      const other = which === 'a' ? b : a;
      const before = other.sas();
      world.run(10_000);
      crashed.crash('machine');
      expect(everySa(crashed)).toEqual([]);
      crashed.ping(other);
      world.run(1_000);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
      expect(a.sas()).toEqual(b.sas());
      expect(a.sas()).toHaveLength(2);
      for (const old of before) expect(other.sas()).not.toContain(old);
      expect(sizesOf(other)).toEqual({
        ikeSas: 1,
        halfOpen: 0,
        negotiations: 0,
        childSas: 1,
        openRequests: 0,
      });
    },
  );

  test.each(['a', 'b'] as const)(
    'and is only written to (%s) has a tunnel within the lifetime and a minute',
    (which) => {
      const { world, a, b } = established({ proposal: { lifetimeSeconds: 60 } });
      const crashed = which === 'a' ? a : b;
      const other = which === 'a' ? b : a;
      crashed.crash('machine');
      let good = 0;
      for (let second = 0; second < 200 && good < 3; second += 1) {
        good = other.ping(crashed) === 'encrypted' ? good + 1 : 0;
        world.run(1_000);
      }
      expect(good).toBe(3);
    },
  );

  test.each([9, 8])(
    'makes no pair by message %d of its former life, even if INITIAL-CONTACT is lost',
    (late) => {
      const { world, a, b } = pair();
      world.fate = numbered((number) =>
        number === 0 ? [] : [{ delayMs: number === late ? 40_000 : 5 }],
      );
      a.ping(b);
      world.run(1_000);
      // Message 8 is b's answer: then it is b that comes back, and a that hears from it.
      const [crashed, other] = late === 9 ? [a, b] : [b, a];
      crashed.crash('machine');
      crashed.ping(other);
      world.run(2_000);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
      world.run(60_000);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    },
  );

  test('twenty times in a row leaves nothing to pile up at the other end', () => {
    const { world, a, b } = established();
    for (let round = 0; round < 20; round += 1) {
      b.crash('machine');
      b.ping(a);
      world.run(3_000);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    }
    world.run(100_000);
    expect(sizesOf(a)).toEqual({
      ikeSas: 1,
      halfOpen: 0,
      negotiations: 0,
      childSas: 1,
      openRequests: 0,
    });
  });

  test('in the middle of a negotiation, at any message, has a tunnel again within two minutes', () => {
    for (const message of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      for (const which of ['a', 'b'] as const) {
        for (const what of ['daemon', 'machine'] as const) {
          const { world, a, b } = pair();
          let crashed = false;
          world.fate = numbered((number) => {
            if (number === message && !crashed) {
              crashed = true;
              world.later(2, () => (which === 'a' ? a : b).crash(what));
            }
            return [{ delayMs: 5 }];
          });
          a.ping(b);
          world.run(200);
          const after = recovery(world, a, b, 120_000);
          expect({ message, which, what, after }).not.toMatchObject({ after: undefined });
          expectNoDisagreement(a, b);
          world.run(100_000);
          // Nothing reserved or half installed stays with the one that crashed.
          const crashedRouter = which === 'a' ? a : b;
          expect(everySa(crashedRouter).filter(({ state }) => state === 'larval')).toEqual([]);
        }
      }
    }
  });
});

describe('E-34 a daemon that crashes and comes back', () => {
  test.each(['a', 'b'] as const)(
    '(%s) adopts its pairs: no packet is lost, nothing is sent',
    (which) => {
      const { world, a, b } = established();
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
      const length = world.wire.length;
      const before = a.keys();
      (which === 'a' ? a : b).crash('daemon');
      for (let second = 0; second < 20; second += 1) {
        expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
        world.run(1_000);
      }
      expect([a.keys(), b.keys()]).toEqual([before, before]);
      expect(world.wire.length).toBe(length);
      const status = (which === 'a' ? a : b).engine.status();
      expect(status.policies.get(1)).toBe('established');
      expect(status.policiesWithSas.has(1)).toBe(true);
    },
  );

  test.each(['a', 'b', 'both'] as const)(
    '(%s) renews adopted pairs of 20 s without loss and without growth',
    (which) => {
      const { world, a, b } = established({ proposal: { lifetimeSeconds: 20 } });
      world.run(3_000);
      if (which !== 'b') a.crash('daemon');
      if (which !== 'a') b.crash('daemon');
      const failures: string[] = [];
      let most = 0;
      for (let spent = 0; spent < 200_000; spent += 500) {
        for (const result of [a.ping(b), b.ping(a)])
          if (result !== 'encrypted') failures.push(`${spent} ms: ${result}`);
        most = Math.max(most, a.sas().length / 2, b.sas().length / 2);
        world.run(500);
      }
      expect(failures).toEqual([]);
      // Both ends of an adopted pair renew it, so that for a while there are two of each.
      expect(most).toBeLessThanOrEqual(4);
      expect(a.sas().length / 2).toBeLessThanOrEqual(2);
    },
  );

  // Nobody is left to repeat the last message; without the renewal b would send by what it had before, if by
  // anything, until the lifetime ends.
  test('renews a pair by which packets went and none came: the peer may lack its half', () => {
    const { world, a, b } = pair();
    world.fate = numbered((number) => (number === 9 ? [] : [{ delayMs: 5 }]));
    a.ping(b);
    world.run(100);
    expect(a.ping(b)).toBe('encrypted');
    a.crash('daemon');
    world.run(2_000);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });

  test('in the dying state of a pair renews at once', () => {
    const { world, a, b } = established({ proposal: { lifetimeSeconds: 100 } });
    world.fate = () => [];
    world.run(85_000);
    world.fate = () => [{ delayMs: 5 }];
    a.crash('daemon');
    world.run(2_000);
    expect(a.sas()).toHaveLength(4);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });

  test('with a policy gone meanwhile removes its orphans, and tells nobody else\u2019s apart wrongly', () => {
    const { world, a } = established();
    a.config = { ...a.config, policies: [] };
    a.crash('daemon');
    world.run(1_000);
    expect(everySa(a)).toEqual([]);
  });

  test('with one direction of a pair missing removes the other', () => {
    const { world, a, b } = established();
    const [inbound] = everySa(a).filter(({ direction }) => direction === 'in');
    if (inbound === undefined) throw new Error('no SA');
    const { engine } = a;
    // Removed while nobody listens.
    a.plane.close();
    a.plane.apply([{ kind: 'removeSa', id: inbound }]);
    expect(a.engine).toBe(engine);
    a.command({ kind: 'resync', sas: a.plane.snapshot().sas });
    expect(everySa(a)).toEqual([]);
    world.run(1_000);
    // The other end was told.
    expect(everySa(b)).toEqual([]);
  });

  test('with half of a negotiation beside a pair keeps the pair, and renews it at once', () => {
    const { world, a, b } = established();
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    const [used] = everySa(a).filter(({ direction }) => direction === 'in');
    // The answer never arrives: an inbound SA that only its maker knows.
    world.fate = ({ local, bytes }) =>
      local.address === a.address && readHeader(bytes).exchange === exchangeNumber.quick
        ? []
        : [{ delayMs: 5 }];
    b.command({ kind: 'initiate', policyId: 1 });
    world.run(1_000);
    expect(everySa(a).filter(({ direction }) => direction === 'in')).toHaveLength(2);
    a.crash('daemon');
    expect(everySa(a).map(({ spi }) => spi)).toContain(used?.spi);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    world.fate = () => [{ delayMs: 5 }];
    world.run(100_000);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    expectNoDisagreement(a, b);
  });

  test('ten times in a row keeps one pair', () => {
    const { world, a, b } = established();
    for (let round = 0; round < 10; round += 1) {
      a.crash('daemon');
      world.run(1_000);
      b.crash('daemon');
      world.run(1_000);
    }
    expect(a.sas()).toHaveLength(2);
    expect(a.keys()).toEqual(b.keys());
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });
});

describe('R-59 INITIAL-CONTACT received', () => {
  test('lets a concurrent negotiation of the other end live', () => {
    for (const offset of [0, 3, 6, 9, 12, 15, 18, 22, 26, 30]) {
      for (const computeMs of [0, 8]) {
        const { world, a, b } = established();
        world.computeMs = computeMs;
        b.crash('machine');
        world.run(10);
        // The old initiator loses its ISAKMP SA at the same time and starts anew as well.
        a.plane.flushSas();
        b.ping(a);
        world.run(offset);
        a.ping(b);
        world.run(1_500);
        expect({ offset, pings: [a.ping(b), b.ping(a)] }).toEqual({
          offset,
          pings: ['encrypted', 'encrypted'],
        });
        expectNoDisagreement(a, b);
      }
    }
  });

  test('touches the tunnels with other peers not at all', () => {
    const { world, a, b } = established();
    const third = world.router('1.0.0.3', 33);
    const [policy] = a.config.policies;
    const [peer] = a.config.peers;
    const [secret] = a.config.secrets;
    if (!policy || !peer || !secret) throw new Error('rows');
    const prefix = (address: string) => ({ address, length: 32 });
    const towards = (local: string, remote: string, id: number) => ({
      peers: [{ ...peer, id: 100 + id, address: prefix(remote) }],
      secrets: [{ ...secret, id: 200 + id, address: remote }],
      policies: [
        {
          ...policy,
          id,
          reqid: policy.reqid + id,
          local,
          remote,
          selector: { ...policy.selector, source: prefix(local), destination: prefix(remote) },
        },
      ],
    });
    const more = towards('1.0.0.1', '1.0.0.3', 3);
    a.configure({
      peers: [...a.config.peers, ...more.peers],
      secrets: [...a.config.secrets, ...more.secrets],
      policies: [...a.config.policies, ...more.policies],
    });
    third.configure(towards('1.0.0.3', '1.0.0.1', 3));
    a.ping(third);
    world.run(1_000);
    expect([a.ping(third), a.ping(b)]).toEqual(['encrypted', 'encrypted']);
    third.crash('machine');
    third.ping(a);
    world.run(1_000);
    expect([a.ping(third), third.ping(a), a.ping(b), b.ping(a)]).toEqual(
      Array(4).fill('encrypted'),
    );
    expect(a.sas()).toHaveLength(4);
  });
});

describe('a clean stop', () => {
  test.each(['a', 'b'] as const)(
    'of %s tells the other end, which drops pairs and ISAKMP SA and can begin anew',
    (which) => {
      const { world, a, b } = established();
      const stopped = which === 'a' ? a : b;
      const other = which === 'a' ? b : a;
      stopped.command({ kind: 'shutdown' });
      expect(everySa(stopped)).toEqual([]);
      world.run(1_000);
      expect(everySa(other)).toEqual([]);
      expect(sizesOf(other)).toEqual({
        ikeSas: 0,
        halfOpen: 0,
        negotiations: 0,
        childSas: 0,
        openRequests: 0,
      });
      stopped.crash('machine');
      other.ping(stopped);
      world.run(2_000);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    },
  );

  test('in the middle of a negotiation leaves nothing reserved or running', () => {
    for (const message of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      for (const which of ['a', 'b'] as const) {
        const { world, a, b } = pair();
        world.computeMs = 3;
        const stopped = which === 'a' ? a : b;
        let done = false;
        world.fate = numbered((number) => {
          if (number === message && !done) {
            done = true;
            world.later(2, () => stopped.command({ kind: 'shutdown' }));
          }
          return [{ delayMs: 5 }];
        });
        a.ping(b);
        world.run(20);
        world.fate = () => [];
        world.run(100_000);
        expect({ message, which, left: everySa(stopped).length }).toEqual({
          message,
          which,
          left: 0,
        });
        expect(stopped.engine.status().sizes).toMatchObject({
          ikeSas: 0,
          negotiations: 0,
          childSas: 0,
          timers: 0,
        });
      }
    }
  });
});
