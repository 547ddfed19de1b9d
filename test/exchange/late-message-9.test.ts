/** What a lost or late last message of quick mode leaves behind. */
import { expect, test } from '@jest/globals';
import type { Datagram } from '../../lib/core/ike/input.js';
import { established, everySa, inject, sizesOf } from './checks.js';
import { exchangeNumber, readHeader } from './rfc2409.js';
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

// Its DELETE is lost, and the answer that promised the pair is under way for longer than the pair lived.
test('an initiator that speaks of a pair the responder has given up is told so once more', () => {
  const { world, a, b } = pair();
  world.fate = numbered((number) => [{ delayMs: number === 8 ? 25_000 : 5 }]);
  a.ping(b);
  world.run(1_000);
  world.fate = () => [];
  for (const id of everySa(b)) b.plane.apply([{ kind: 'removeSa', id }]);
  b.command({ kind: 'resync', sas: [] });
  expect(sizesOf(b).negotiations).toBe(0);
  world.fate = () => [{ delayMs: 5 }];
  world.run(26_000);
  // Before the late answer came: it repeated its request.
  expect(a.names()).not.toContain('phase2Established');
  a.ping(b);
  world.run(1_000);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
});

test('whoever plays an old message again and again is not answered each time', () => {
  const { world, a, b } = pair();
  world.fate = numbered((number) => [{ delayMs: number === 8 ? 25_000 : 5 }]);
  a.ping(b);
  world.run(1_000);
  b.command({ kind: 'resync', sas: [] });
  const first = world.wire.find(
    ({ datagram }) => readHeader(datagram.bytes).exchange === exchangeNumber.quick,
  );
  const sent = world.wire.length;
  for (let copy = 0; copy < 100; copy += 1) b.deliver(first?.datagram as Datagram);
  expect(world.wire.length - sent).toBe(1);
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

// The initiator has only the new pair, the responder can send only by the old one.
test('a responder whose phase 1 goes before message 9 does not stay with a pair that the initiator has not', () => {
  const { world, a, b } = established({ proposal: { lifetimeSeconds: 100 } });
  const old = everySa(a);
  const answers = () =>
    world.wire.filter(
      ({ datagram }) =>
        readHeader(datagram.bytes).exchange === exchangeNumber.quick &&
        datagram.local.address === b.address,
    ).length;
  while (answers() < 2) world.run(1);
  world.fate = ({ local }) => (local.address === a.address ? [] : [{ delayMs: 5 }]);
  world.run(1_000);
  for (const id of old) a.plane.apply([{ kind: 'removeSa', id }]);
  a.command({ kind: 'resync', sas: a.plane.snapshot().sas });
  world.fate = () => [{ delayMs: 5 }];
  const { config } = a;
  a.configure({ ...config, peers: [] });
  a.configure(config);
  world.run(10);
  expect(b.names()).toContain('phase2Failed');
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'lost InNoStates']);
  world.run(3_000);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
});

// Whoever holds back a message of the responder and plays it later could end the tunnel so.
test('a quick mode that the peer does not go on with does not hold up a renewal until the pair ends', () => {
  const { world, a, b } = established({ proposal: { lifetimeSeconds: 20 } });
  let held: Datagram | undefined;
  world.fate = (datagram) => {
    const { exchange, messageId } = readHeader(datagram.bytes);
    if (exchange === exchangeNumber.informational) return [];
    if (held === undefined && exchange === exchangeNumber.quick) held = datagram;
    const isHeld = held !== undefined && readHeader(held.bytes).messageId === messageId;
    return isHeld ? [] : [{ delayMs: 5 }];
  };
  for (const id of everySa(b)) b.plane.apply([{ kind: 'removeSa', id }]);
  b.command({ kind: 'resync', sas: [] });
  b.ping(a);
  world.run(13_500);
  inject(a, b.address, held?.bytes ?? new Uint8Array());
  expect(sizesOf(a).negotiations).toBe(1);
  world.run(3_500);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
});

// The responder repeats message 8 for a pair that the initiator made and lost; the DELETE did not arrive.
test('a pair that went while the peer still waited for message 9 is taken back when the peer asks again', () => {
  const { world, a, b } = pair();
  world.fate = numbered((number) => (number === 9 ? [] : [{ delayMs: 5 }]));
  a.ping(b);
  world.run(500);
  world.fate = () => [];
  for (const id of everySa(a)) a.plane.apply([{ kind: 'removeSa', id }]);
  a.command({ kind: 'resync', sas: [] });
  world.fate = () => [{ delayMs: 5 }];
  const inbound = everySa(b);
  expect(inbound).toHaveLength(1);
  world.run(11_000);
  expect(everySa(b)).toEqual([]);
  expect(sizesOf(b).negotiations).toBe(0);
});

// The answer's message 9 overtakes nothing: it comes when the peer has lost that pair and made another.
test('a late message 9 does not bring a pair into use that is older than the one in place', () => {
  const { world, a, b } = pair();
  world.fate = numbered((number) => [{ delayMs: number === 9 ? 3_000 : 5 }]);
  a.ping(b);
  world.run(500);
  // Somebody flushes the initiator's SAs, and its DELETE is lost; the next packet makes another pair.
  world.fate = () => [];
  for (const id of everySa(a)) a.plane.apply([{ kind: 'removeSa', id }]);
  a.command({ kind: 'resync', sas: [] });
  world.fate = () => [{ delayMs: 5 }];
  a.ping(b);
  world.run(500);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  world.run(5_000);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  expect(b.events.map(({ reason }) => reason)).toContain('overtaken');
  expect(b.warnings()).toEqual([]);
});
