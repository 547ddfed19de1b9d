/**
 * What strangers can make a router do in aggressive and base mode, which answer before anybody has proved
 * anything: they compute, remember and learn a bounded amount (hostile 8, 19, 22, 23, 25, 42).
 */
import { describe, expect, test } from '@jest/globals';
import { ikeLimits } from '../../lib/core/ike/limits.js';
import { EventCounters } from '../../lib/core/stats/event-counters.js';
import { answersTo, established, inject, sizesOf } from './checks.js';
import { clear, goodOffer } from './hostile-datagrams.js';
import { notifyBody } from './hostile-peer.js';
import { bodyOf, exchangeNumber, payloadNumber, readChain, readHeader } from './rfc2409.js';
import type { PairOptions, Router } from './world.js';
import { pair } from './world.js';

const zero = Buffer.alloc(8);
const modes = ['aggressive', 'base'] as const;
type Mode = (typeof modes)[number];

const cookie = (index: number) => Buffer.from(`c${String(index).padStart(7, '0')}`);

/** A first message that names its author; a public value that is as good as any. */
function opening(mode: Mode, index: number, name = '1.0.0.1', extra: readonly Payload[] = []) {
  const address = name.split('.').map(Number);
  const isAddress = address.length === 4 && address.every((part) => part >= 0);
  const identity = isAddress
    ? Buffer.from([1, 0, 0, 0, ...address])
    : Buffer.concat([Buffer.from([2, 17, 1, 244]), Buffer.from(name)]);
  const publicValue: Payload = [payloadNumber.KE, Buffer.alloc(128, 0x43)];
  return clear(
    { cookieI: cookie(index), cookieR: zero },
    [
      [payloadNumber.SA, goodOffer],
      ...(mode === 'aggressive' ? [publicValue] : []),
      [payloadNumber.NONCE, Buffer.alloc(16, 0x42)],
      [payloadNumber.ID, identity],
      ...extra,
    ],
    { exchange: exchangeNumber[mode] },
  );
}

type Payload = readonly [type: number, body: Uint8Array];

/** A router that takes that mode from everybody, and knows a secret for `known.example` alone. */
function openRouter(mode: Mode, options: PairOptions = {}) {
  const made = pair({ exchangeMode: mode, identString: 'known.example', ...options });
  const { b } = made;
  const everybody = { address: '0.0.0.0', length: 0 };
  b.configure({
    ...b.config,
    peers: b.config.peers.map((peer) => ({ ...peer, address: everybody })),
  });
  made.world.fate = () => [];
  return made;
}

const addressOf = (index: number) => `7.0.${index >> 8}.${index & 255}`;
const derived = ({ computations }: Router) =>
  computations.filter(({ kind }) => kind === 'dhDerive').length;

describe('hostile 23: a flood of first messages', () => {
  test('hostile 23: of aggressive mode makes a router compute 32 times a second, from however many addresses', () => {
    const { world, b } = openRouter('aggressive');
    for (let second = 0; second < 5; second += 1) {
      const before = derived(b);
      for (let index = 0; index < 200; index += 1) {
        inject(b, addressOf(index), opening('aggressive', 1000 * second + index, 'known.example'));
      }
      expect(derived(b) - before).toBe(ikeLimits.aggressiveAnswersPerSecond.strangers);
      world.run(1_000);
    }
    const limited = b.events.filter(({ reason }) => reason === 'computations');
    expect(limited).toHaveLength(5 * (200 - ikeLimits.aggressiveAnswersPerSecond.strangers));
    world.run(61_000);
    expect(sizesOf(b)).toMatchObject({ ikeSas: 0, halfOpen: 0, openRequests: 0 });
  });

  test('hostile 23: of aggressive mode with a slow group has eight computations under way, no more', () => {
    const { world, b } = openRouter('aggressive');
    world.computeMs = 10_000;
    for (let index = 0; index < 30; index += 1) {
      inject(b, addressOf(index), opening('aggressive', index, 'known.example'));
    }
    expect(sizesOf(b).openRequests).toBe(ikeLimits.aggressiveComputations.strangers);
    world.run(120_000);
    expect(sizesOf(b)).toMatchObject({ ikeSas: 0, halfOpen: 0, openRequests: 0 });
  });

  test('hostile 23: of aggressive mode takes nothing away from an address that a secret names', () => {
    for (const computeMs of [0, 10_000]) {
      const { world, a, b } = openRouter('aggressive');
      b.configure({
        ...b.config,
        secrets: [...b.config.secrets, { ...a.config.secrets[0], id: 77, address: a.address }],
      } as typeof b.config);
      world.computeMs = computeMs;
      for (let index = 0; index < 200; index += 1) {
        inject(b, addressOf(index), opening('aggressive', index, 'known.example'));
      }
      const before = sizesOf(b).halfOpen;
      inject(b, a.address, opening('aggressive', 1000, a.address));
      expect(sizesOf(b).halfOpen).toBe(before + 1);
    }
  });

  test('hostile 23: of base mode makes it compute nothing', () => {
    const { b } = openRouter('base');
    for (let index = 0; index < 200; index += 1) {
      inject(b, addressOf(index), opening('base', index, 'known.example'));
    }
    expect(b.computations).toEqual([]);
    expect(sizesOf(b).halfOpen).toBe(200);
  });

  test('hostile 23: does not keep the true peer out for longer than its next repetition', () => {
    const { world, a, b } = pair({ exchangeMode: 'aggressive' });
    for (let index = 0; index < 200; index += 1) {
      inject(b, '1.0.0.1', opening('aggressive', index));
    }
    a.ping(b);
    world.run(15_000);
    expect(a.ping(b)).toBe('encrypted');
  });
});

describe.each(modes)(
  'hostile 25: whoever asks in %s mode with one name after the other',
  (mode) => {
    /** The payload types and sizes of the answer: all that can be told apart without the secret. */
    function shapeOf(b: Router, world: ReturnType<typeof pair>['world'], request: Uint8Array) {
      const before = b.computations.length;
      const [answer, ...more] = answersTo(world, b, '9.9.9.9', request);
      expect(more).toEqual([]);
      if (answer === undefined) return 'no answer';
      const { exchange, flags, next } = readHeader(answer.bytes);
      const chain = readChain(next, answer.bytes.subarray(28));
      const payloads = chain.map(({ type, bytes }) => `${type}:${bytes.length}`);
      return { exchange, flags, payloads, computations: b.computations.length - before };
    }

    test('hostile 25: gets the same answer for a name without a secret as for one with', () => {
      const { world, b } = openRouter(mode);
      const known = shapeOf(b, world, opening(mode, 1, 'known.example'));
      expect(known).toMatchObject({ exchange: exchangeNumber[mode], flags: 0 });
      for (const name of ['unknown.example', '8.8.8.8', 'x']) {
        expect(shapeOf(b, world, opening(mode, name.length + 2, name))).toEqual(known);
      }
    });

    test('hostile 25: gets a different answer each time, and the log says what row is missing', () => {
      const { world, b } = openRouter(mode);
      const hashes = [1, 2].map((index) => {
        const [answer] = answersTo(world, b, '9.9.9.9', opening(mode, index, 'unknown.example'));
        const chain = readChain(
          readHeader(answer?.bytes ?? zero).next,
          (answer?.bytes ?? zero).subarray(28),
        );
        return bodyOf(chain, mode === 'aggressive' ? 'HASH' : 'NONCE').toString('hex');
      });
      expect(new Set(hashes).size).toBe(2);
      expect(b.warnings()[0]).toContain('add one with ident-string=unknown.example');
    });
  },
);

describe('hostile 25: a peer without a secret row', () => {
  const guesses = ['roberkenon', '', '\0'.repeat(20), '/ip ipsec pre-shared-secret'];
  const tries = modes.flatMap((mode) => guesses.map((secret) => [mode, secret] as const));

  test.each(tries)(
    'hostile 25: never gets an SA in %s mode, with the secret "%s"',
    (mode, secret) => {
      const { world, a, b } = pair(
        { exchangeMode: mode, secret },
        { exchangeMode: mode, identString: 'somebody.else' },
      );
      a.ping(b);
      world.run(70_000);
      expect([...a.sas(), ...b.sas()]).toEqual([]);
      expect(b.names()).not.toContain('phase1Established');
      expect(sizesOf(b)).toMatchObject({ ikeSas: 0, halfOpen: 0 });
    },
  );

  test.each(modes)('hostile 25: gets one as soon as the row is there (%s mode)', (exchangeMode) => {
    const { world, a, b } = pair({ exchangeMode }, { exchangeMode, identString: 'somebody.else' });
    a.ping(b);
    world.run(2_000);
    b.configure(pair({ exchangeMode }).b.config);
    a.command({ kind: 'initiate', policyId: 1 });
    world.run(70_000);
    a.ping(b);
    world.run(2_000);
    expect(a.ping(b)).toBe('encrypted');
  });
});

describe.each(modes)('hostile 22: a first message of %s mode, then silence,', (mode) => {
  test('hostile 22: is answered once, with little more than it had, and forgotten within a minute', () => {
    const { world, b } = openRouter(mode);
    const request = opening(mode, 1, 'known.example');
    const [answer, ...more] = answersTo(world, b, '9.9.9.9', request);
    expect(more).toEqual([]);
    expect(answer?.bytes.length).toBeLessThanOrEqual(request.length + 40);
    const sent = world.wire.length;
    world.run(61_000);
    expect(world.wire.length).toBe(sent);
    expect(sizesOf(b)).toMatchObject({ ikeSas: 0, halfOpen: 0 });
  });

  test('hostile 22: with 40 vendor ids gets no vendor id back', () => {
    const { world, b } = openRouter(mode);
    const vendors = Array.from(
      { length: 40 },
      () => [payloadNumber.VID, Buffer.alloc(16, 1)] as const,
    );
    const [answer] = answersTo(world, b, '9.9.9.9', opening(mode, 1, 'known.example', vendors));
    const bytes = answer?.bytes ?? new Uint8Array(28);
    const types = readChain(readHeader(bytes).next, bytes.subarray(28)).map(({ type }) => type);
    expect(types).not.toContain(payloadNumber.VID);
    expect(types).toContain(payloadNumber.SA);
  });
});

describe('hostile 19: aggressive mode after a refusal', () => {
  test('hostile 19: our cookie of a refused exchange names nothing, and the refusal tells nothing', () => {
    const { world, b } = openRouter('aggressive', { encryption: 'aes-256' });
    const request = opening('aggressive', 1, 'known.example');
    const [refusal] = answersTo(world, b, '9.9.9.9', request);
    const bytes = refusal?.bytes ?? new Uint8Array(28);
    expect(readHeader(bytes).exchange).toBe(exchangeNumber.informational);
    // A notify with its type and nothing else: no key, no nonce, no hash.
    const [notify, ...others] = readChain(readHeader(bytes).next, bytes.subarray(28));
    expect(others).toEqual([]);
    expect(notify?.body.toString('hex')).toBe('000000010100000e');
    expect(b.computations).toEqual([]);
    expect(sizesOf(b).ikeSas).toBe(0);
    const again = request.slice();
    again.set(bytes.subarray(8, 16), 8);
    expect(answersTo(world, b, '9.9.9.9', again)).toEqual([]);
    expect(b.events.at(-1)).toMatchObject({ name: 'datagramDropped', reason: 'unknown-sa' });
  });
});

describe('hostile 8: the public value in the first message of aggressive mode', () => {
  test.each([
    ['zero', Buffer.alloc(128)],
    ['one', Buffer.concat([Buffer.alloc(127), Buffer.from([1])])],
    ['all ones', Buffer.alloc(128, 0xff)],
    ['too short', Buffer.alloc(127, 3)],
    ['too long', Buffer.alloc(129, 3)],
    ['empty', Buffer.alloc(0)],
  ])('hostile 8: %s is dropped and leaves nothing', (_what, value) => {
    const { world, b } = openRouter('aggressive');
    const request = clear(
      { cookieI: cookie(1), cookieR: zero },
      [
        [payloadNumber.SA, goodOffer],
        [payloadNumber.KE, value],
        [payloadNumber.NONCE, Buffer.alloc(16, 0x42)],
        [
          payloadNumber.ID,
          Buffer.concat([Buffer.from([2, 17, 1, 244]), Buffer.from('known.example')]),
        ],
      ],
      { exchange: exchangeNumber.aggressive },
    );
    expect(answersTo(world, b, '9.9.9.9', request)).toEqual([]);
    expect(sizesOf(b)).toMatchObject({ ikeSas: 0, openRequests: 0 });
  });
});

describe('hostile 42: vendor ids', () => {
  test('hostile 42: that make a phase 1 message longer than 8 KiB get it dropped, shorter ones are ignored', () => {
    const { world, b } = pair();
    const withVendors = (index: number, bytes: number) =>
      clear({ cookieI: cookie(index), cookieR: zero }, [
        [payloadNumber.SA, goodOffer],
        ...Array.from({ length: 10 }, () => [payloadNumber.VID, Buffer.alloc(bytes)] as const),
      ]);
    expect(answersTo(world, b, '1.0.0.1', withVendors(1, 700))).toHaveLength(1);
    const long = withVendors(2, 900);
    expect(long.length).toBeGreaterThan(ikeLimits.phase1MessageBytes);
    expect(answersTo(world, b, '1.0.0.1', long)).toEqual([]);
    expect(b.events.at(-1)).toMatchObject({ name: 'datagramDropped', reason: 'limited' });
    expect(sizesOf(b).ikeSas).toBe(1);
  });
});

test('hostile 11: error types without end, in clear, fill neither counters nor log with words of their own', () => {
  const { world, a, b } = pair();
  world.fate = ({ bytes }) => (readHeader(bytes).cookieR.equals(zero) ? [] : [{ delayMs: 5 }]);
  a.ping(b);
  world.run(50);
  const { cookieI } = readHeader(world.wire.at(-1)?.datagram.bytes ?? zero);
  for (let type = 1; type < 16_384; type += 1) {
    const notify = [payloadNumber.N, notifyBody(type)] as const;
    inject(a, b.address, clear({ cookieI, cookieR: zero }, [notify], { exchange: 5 }));
  }
  const counters = new EventCounters();
  for (const event of a.events) counters.count(event);
  const counts = counters.snapshot();
  expect(Object.keys(counts).length).toBeLessThan(60);
  expect(counts['notifyReceived/unknown-notify']).toBeGreaterThan(16_000);
});

test('hostile 27, 45: exchanges and methods that are not offered here are refused, not tried', () => {
  const { world, b } = established();
  // Encrypted nonces in the offer (methods 4 and 5 of RFC 2409 appendix A), and the new group exchange.
  for (const exchange of [33, 243]) {
    const request = clear({ cookieI: cookie(exchange), cookieR: zero }, [[1, goodOffer]], {
      exchange,
    });
    expect(answersTo(world, b, '1.0.0.1', request)).toEqual([]);
  }
  for (const method of [4, 5]) {
    const offer = Uint8Array.from(goodOffer);
    const at = Buffer.from(offer).indexOf(Buffer.from([0x80, 3, 0, 1]));
    offer[at + 3] = method;
    const request = clear({ cookieI: cookie(method), cookieR: zero }, [[1, offer]]);
    const [answer] = answersTo(world, b, '1.0.0.1', request);
    expect(readHeader(answer?.bytes ?? zero).exchange).toBe(exchangeNumber.informational);
  }
});
