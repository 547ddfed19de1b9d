/**
 * Unauthenticated datagrams against a router without an SA, in every step of a negotiation, and with an
 * established one: nothing throws, no SA changes, no reply is larger than what it answers, and the
 * negotiation or the tunnel goes on (hostile #1-#6, #9-#12, #22, #23, #30, #36, #37, #42, #45).
 */
import { describe, expect, test } from '@jest/globals';
import { readDatagrams } from '../support/pcap.js';
import { listShared, readShared, readSharedText } from '../support/shared.js';
import { answersTo, established, everySa, inject, sizesOf } from './checks.js';
import {
  attributes,
  clear,
  goodOffer,
  goodPhase1,
  hostileDatagrams,
  saBody,
} from './hostile-datagrams.js';
import { exchangeNumber, readHeader } from './rfc2409.js';
import { numbered } from './wire-faults.js';
import type { Router, World } from './world.js';
import { pair } from './world.js';

const zero = new Uint8Array(8);
const nobody: { readonly cookieI: Uint8Array; readonly cookieR: Uint8Array } = {
  cookieI: Buffer.alloc(8, 0x11),
  cookieR: Buffer.alloc(8, 0x22),
};

/** The published packets: whole datagrams of captures and the hex files. */
function publishedPackets(): Uint8Array[] {
  return listShared('vectors', 'hostile').flatMap((name) => {
    if (name.endsWith('.pcap')) {
      return readDatagrams(readShared('vectors', 'hostile', name)).map(({ bytes }) =>
        Uint8Array.from(bytes),
      );
    }
    if (!name.endsWith('.hex')) return [readShared('vectors', 'hostile', name)];
    return readSharedText('vectors', 'hostile', name)
      .split('\n')
      .map((line) => line.replace(/#.*/, '').replaceAll(/[^0-9a-fA-F]/g, ''))
      .filter((line) => line.length > 0 && line.length % 2 === 0)
      .map((line) => Uint8Array.from(Buffer.from(line, 'hex')));
  });
}

/** Injects every datagram as `from` and checks what may be seen at once. */
function attack(world: World, target: Router, from: string, cookies: typeof nobody): void {
  const datagrams = [
    ...hostileDatagrams(cookies),
    ...publishedPackets().map((bytes, index) => ({ name: `published ${index}`, bytes })),
  ];
  const sas = target.keys();
  for (const { name, bytes } of datagrams) {
    const answers = answersTo(world, target, from, bytes);
    // One repetition of our own message is what a copy of the peer's may bring; never more than one.
    expect(`${name}: ${answers.length} answers`).toMatch(/: [01] answers$/);
    for (const answer of answers) {
      expect(`${name}: ${answer.remote.address}`).toBe(`${name}: ${from}`);
      expect({ name, grows: answer.bytes.length > Math.max(bytes.length, 28 + 60) }).toEqual({
        name,
        grows: false,
      });
    }
  }
  expect(target.keys()).toEqual(sas);
}

describe('a router without an SA', () => {
  test.each(['1.0.0.1', '9.9.9.9'])('keeps nothing of what %s sends', (from) => {
    const { world, a, b } = pair();
    world.fate = ({ remote }) => (remote.address === a.address ? [] : [{ delayMs: 5 }]);
    attack(world, b, from, nobody);
    world.run(100_000);
    expect(b.engine.status().sizes).toEqual({
      ikeSas: 0,
      halfOpen: 0,
      negotiations: 0,
      childSas: 0,
      timers: 0,
      openRequests: 0,
    });
    world.fate = () => [{ delayMs: 5 }];
    a.ping(b);
    world.run(1_000);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });

  test('answers only what is an offer, and a stranger without a peer row nothing at all', () => {
    const { world, b } = pair();
    for (const { bytes } of hostileDatagrams(nobody)) {
      expect(answersTo(world, b, '9.9.9.9', bytes)).toEqual([]);
    }
    expect(sizesOf(b).ikeSas).toBe(0);
  });
});

describe.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('while message %i is on its way', (message) => {
  test.each(['a', 'b'] as const)(
    'router %s is attacked from the peer\u2019s address and goes on',
    (which) => {
      const { world, a, b } = pair();
      let held = false;
      world.fate = numbered((number) => {
        if (number !== message || held) return [{ delayMs: 5 }];
        held = true;
        return [{ delayMs: 1_000 }];
      });
      a.ping(b);
      world.run(500);
      expect(held).toBe(true);
      const target = which === 'a' ? a : b;
      const from = which === 'a' ? b.address : a.address;
      const last = world.wire.at(-1)?.datagram.bytes ?? zero;
      const { cookieI, cookieR } = readHeader(last);
      const before = everySa(target).length;
      for (const cookies of [nobody, { cookieI, cookieR }]) {
        for (const { name, bytes } of hostileDatagrams(cookies)) {
          if (bytes.length >= 28 && isRepeatedOffer(bytes, cookieI)) continue;
          // Who knows both cookies can say message 3 or 4 first: nothing in main mode tells them apart.
          if (message <= 4 && name.startsWith('#30 message 3')) continue;
          inject(target, from, bytes);
        }
      }
      expect(everySa(target).length).toBe(before);
      // Half-open exchanges the flood started may fill the share of that address; ours is not among them.
      world.run(60_000);
      expect(a.keys()).toEqual(b.keys());
      expect(a.sas()).toHaveLength(2);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
      world.run(60_000);
      expect(sizesOf(target)).toMatchObject({ halfOpen: 0, negotiations: 0, openRequests: 0 });
    },
  );
});

/** A valid first message under the cookie in use: not hostile but another initiator\u2019s choice. */
function isRepeatedOffer(bytes: Uint8Array, cookieI: Uint8Array): boolean {
  const { cookieI: own, cookieR, exchange } = readHeader(bytes);
  return own.equals(cookieI) && cookieR.equals(zero) && exchange === 2;
}

describe('a router with an SA', () => {
  test.each(['a', 'b'] as const)('%s changes nothing, whoever the datagrams come from', (which) => {
    const run = established();
    const { world, a, b } = run;
    world.run(100_000);
    const target = which === 'a' ? a : b;
    const peer = which === 'a' ? b : a;
    const before = [target.keys(), sizesOf(target)];
    const { cookieI, cookieR } = readHeader(run.mainMode[1] ?? zero);
    world.fate = () => [];
    for (const cookies of [nobody, { cookieI, cookieR }]) {
      attack(world, target, peer.address, cookies);
      attack(world, target, '9.9.9.9', cookies);
    }
    world.fate = () => [{ delayMs: 5 }];
    world.run(100_000);
    expect([target.keys(), sizesOf(target)]).toEqual(before);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    // The ISAKMP SA lives too: a quick mode under it still works.
    a.command({ kind: 'initiate', policyId: 1 });
    world.run(1_000);
    expect(a.sas()).toHaveLength(4);
    expect(sizesOf(a).ikeSas).toBe(1);
  });
});

describe('hostile 22, 23: half-open exchanges', () => {
  const offerOf = (index: number) =>
    clear(
      { cookieI: Buffer.from(`f${String(index).padStart(7, '0')}`), cookieR: Buffer.from(zero) },
      [[1, goodOffer]],
    );

  test('from one address are few, cost no Diffie-Hellman and vanish within a minute', () => {
    const { world, b } = pair();
    world.fate = () => [];
    for (let index = 0; index < 1000; index += 1) inject(b, '1.0.0.1', offerOf(index));
    expect(b.engine.status().sizes.halfOpen).toBeLessThanOrEqual(64);
    expect(b.computations).toEqual([]);
    expect(world.wire.length).toBeLessThanOrEqual(64);
    world.run(60_001);
    expect(b.engine.status().sizes).toMatchObject({ halfOpen: 0, ikeSas: 0, timers: 0 });
    expect(world.wire.length).toBeLessThanOrEqual(64);
  });

  test('forged in its name do not keep the true peer out', () => {
    const { world, a, b } = pair();
    for (let index = 0; index < 100; index += 1) inject(b, '1.0.0.1', offerOf(index));
    a.ping(b);
    world.run(15_000);
    expect(a.ping(b)).toBe('encrypted');
  });

  test('from 20,000 addresses under one peer row stay bounded, and the tunnel in use stays up', () => {
    const { world, a, b } = established();
    b.configure({
      ...b.config,
      peers: [
        ...b.config.peers,
        ...b.config.peers.map((peer) => ({
          ...peer,
          id: 999,
          address: { address: '0.0.0.0', length: 0 },
        })),
      ],
    });
    const secrets = b.config.secrets.slice();
    const addressOf = (index: number) => `7.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
    // A secret for each, as if somebody had configured a whole network: the worst there can be.
    const [secret] = secrets;
    if (secret === undefined) throw new Error('no secret');
    const config = {
      ...b.config,
      secrets: [
        ...secrets,
        ...Array.from({ length: 2_000 }, (_, index) => ({
          ...secret,
          id: 10_000 + index,
          address: addressOf(index),
        })),
      ],
    };
    b.configure(config);
    world.fate = () => [];
    for (let index = 0; index < 20_000; index += 1)
      inject(b, addressOf(index % 2_000), offerOf(index));
    expect(b.engine.status().sizes.halfOpen).toBeLessThanOrEqual(1_000);
    expect(b.computations).toHaveLength(4);
    world.fate = () => [{ delayMs: 5 }];
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    // What is established goes on negotiating.
    a.command({ kind: 'initiate', policyId: 1 });
    world.run(1_000);
    expect(a.sas()).toHaveLength(4);
    world.run(61_000);
    expect(b.engine.status().sizes).toMatchObject({ halfOpen: 0, ikeSas: 1 });
  });

  test('that offer nothing acceptable are answered with less than they sent, and not kept', () => {
    const { world, b } = pair();
    const bad = saBody([
      {
        protocol: 1,
        transforms: [
          { id: 1, attributes: attributes([11, 1], [12, 28_800], [1, 1], [3, 1], [2, 2], [4, 1]) },
        ],
      },
    ]);
    for (let index = 0; index < 50; index += 1) {
      const request = clear(
        { cookieI: Buffer.from(`b${String(index).padStart(7, '0')}`), cookieR: Buffer.from(zero) },
        [[1, bad]],
      );
      const answers = answersTo(world, b, '1.0.0.1', request);
      expect(answers.length).toBeLessThanOrEqual(1);
      for (const { bytes } of answers) {
        expect(bytes.length).toBeLessThanOrEqual(request.length);
        expect(readHeader(bytes).exchange).toBe(exchangeNumber.informational);
      }
    }
    expect(b.engine.status().sizes).toMatchObject({ halfOpen: 0, ikeSas: 0, timers: 0 });
  });

  test('hostile 22: a reply to a first message is no larger than the message', () => {
    const { world, b } = pair();
    for (const extra of [
      [],
      [[13, Buffer.alloc(16)]],
      Array.from({ length: 20 }, () => [13, Buffer.alloc(20)]),
    ] as const) {
      const request = clear(
        { cookieI: Buffer.alloc(8, 0x40 + extra.length), cookieR: Buffer.from(zero) },
        [[1, goodOffer], ...(extra as readonly (readonly [number, Uint8Array])[])],
      );
      const [answer, ...more] = answersTo(world, b, '1.0.0.1', request);
      expect(more).toEqual([]);
      expect(answer?.bytes.length ?? 0).toBeGreaterThan(28);
      expect(answer?.bytes.length ?? 0).toBeLessThanOrEqual(request.length + 60);
    }
  });
});

test('hostile 36: reserved bits and bytes are ignored when received', () => {
  const { world, b } = pair();
  const request = clear({ cookieI: Buffer.alloc(8, 5), cookieR: Buffer.from(zero) }, [
    [1, saBody([{ protocol: 1, transforms: [{ id: 1, attributes: goodPhase1 }] }])],
  ]);
  // Reserved flags of the header; reserved bytes of the SA payload, the proposal and the transform.
  for (const [at, value] of [
    [19, 0xf8],
    [29, 0xff],
    [41, 0xff],
    [49, 0xff],
    [54, 0xff],
  ] as const) {
    request[at] = value;
  }
  const [answer] = answersTo(world, b, '1.0.0.1', request);
  expect(readHeader(answer?.bytes ?? zero).exchange).toBe(exchangeNumber.main);
  // And sent as zero.
  const body = Buffer.from(answer?.bytes ?? zero);
  expect([body[19], body[29], body[41], body[49], body[54], body[55]]).toEqual([0, 0, 0, 0, 0, 0]);
});

test('hostile 3: a higher minor version is ignored', () => {
  const { world, b } = pair();
  const request = clear(
    { cookieI: Buffer.alloc(8, 6), cookieR: Buffer.from(zero) },
    [[1, goodOffer]],
    { version: 0x1f },
  );
  expect(answersTo(world, b, '1.0.0.1', request)).toHaveLength(1);
});

test('hostile 32, 33: what strangers send is never logged above debug, and control characters never at all', () => {
  const { world, a, b } = pair();
  for (const { bytes } of hostileDatagrams(nobody)) inject(b, '9.9.9.9', bytes);
  const strangers = b.events.filter(({ name }) => name === 'datagramDropped');
  expect(strangers.length).toBeGreaterThan(50);
  for (const { level } of strangers) expect(level).toBe('debug');
  a.ping(b);
  world.run(7);
  const { cookieI, cookieR } = readHeader(world.wire.at(-1)?.datagram.bytes ?? zero);
  for (const { bytes } of hostileDatagrams({ cookieI, cookieR })) {
    inject(a, '1.0.0.2', bytes);
    inject(b, '1.0.0.1', bytes);
  }
  for (const { message } of [...a.events, ...b.events]) {
    expect([...message].every((char) => char >= ' ' && char !== '\u007f')).toBe(true);
    expect(message.length).toBeLessThan(1_000);
  }
});
