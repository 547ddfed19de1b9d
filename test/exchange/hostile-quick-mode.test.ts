/**
 * Quick modes of a peer that has the keys of the ISAKMP SA and abuses them: identities, proposals, nonces,
 * lifetimes, replays, and whatever could fill up a router (hostile #8, #16-#18, #24, #41, #44).
 */
import { describe, expect, test } from '@jest/globals';
import { ikeLimits } from '../../lib/core/ike/limits.js';
import { answersTo, established, everySa, inject, oracleOf, sizesOf } from './checks.js';
import { attributes, longAttribute, type RawProposal, saBody } from './hostile-datagrams.js';
import { captured, deleteBody } from './hostile-peer.js';
import { bodyOf, exchangeNumber, number32, payloadNumber, readHeader } from './rfc2409.js';

const { informational, quick } = exchangeNumber;

const address = (last: number) => Buffer.from([1, 0, 0, 0, 1, 0, 0, last]);
const espSha = attributes([1, 1], [2, 1800], [4, 2], [5, 2]);
const goodEsp: RawProposal = {
  protocol: 3,
  spi: number32(0x1234_5678),
  transforms: [{ id: 3, attributes: espSha }],
};

interface Offer {
  readonly proposals?: readonly RawProposal[];
  readonly sa?: Uint8Array;
  readonly ids?: readonly Uint8Array[];
  readonly nonce?: Uint8Array;
  readonly ke?: Uint8Array;
  readonly more?: readonly (readonly [type: number, body: Uint8Array])[];
}

let nextId = 5_000;

/** Puts a first message of quick mode into `b`; what `b` says, decrypted. */
function offer(
  run: ReturnType<typeof captured>,
  { proposals = [goodEsp], sa, ids, nonce, ke, more = [] }: Offer,
) {
  const { world, a, b, oracle } = run;
  nextId += 1;
  const message = oracle.forge(quick, nextId, [
    [payloadNumber.SA, sa ?? saBody(proposals)],
    [payloadNumber.NONCE, nonce ?? Buffer.alloc(16, 0x33)],
    ...(ke === undefined ? [] : [[payloadNumber.KE, ke] as const]),
    ...(ids ?? [address(1), address(2)]).map((body) => [payloadNumber.ID, body] as const),
    ...more,
  ]);
  const answers = answersTo(world, b, a.address, message);
  const accepted = answers.filter(({ bytes }) => readHeader(bytes).exchange === quick);
  const notified = answers
    .filter(({ bytes }) => readHeader(bytes).exchange === informational)
    .map(({ bytes }) => {
      const payloads = oracle.open(oracle.exchangeIv(readHeader(bytes).messageId), bytes);
      return bodyOf(payloads, 'N').readUInt16BE(6);
    });
  return {
    message,
    accepted: accepted.length > 0,
    answer: accepted[0]?.bytes,
    notified,
    messageId: nextId,
  };
}

const quickModeRun = () => captured({ pfs: false });

describe('hostile 17, 18, 41, 44: first messages of quick mode by a peer that has the keys', () => {
  test('an honest one is answered (so that the refusals below mean something)', () => {
    expect(offer(quickModeRun(), {}).accepted).toBe(true);
  });

  const net = (...bytes: number[]) => Buffer.from(bytes);
  test.each([
    ['one identity', [address(1)]],
    ['three identities', [address(1), address(2), address(2)]],
    ['the identities exchanged', [address(2), address(1)]],
    ['a name (FQDN)', [net(2, 0, 0, 0, 0x61, 0x2e, 0x62), address(2)]],
    ['a name for the responder (CVE-2023-38711)', [address(1), net(2, 0, 0, 0, 0x61, 0x2e, 0x62)]],
    ['an address of 3 bytes', [net(1, 0, 0, 0, 1, 0, 0), address(2)]],
    ['an address of 5 bytes', [net(1, 0, 0, 0, 1, 0, 0, 1, 0), address(2)]],
    ['an address of no bytes', [net(1, 0, 0, 0), address(2)]],
    ['a subnet of 4 bytes', [net(4, 0, 0, 0, 1, 0, 0, 1), address(2)]],
    ['a subnet with gaps in its mask', [net(4, 0, 0, 0, 1, 0, 0, 1, 255, 0, 255, 255), address(2)]],
    ['a subnet of everything', [net(4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), address(2)]],
    ['a range', [net(7, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 9), address(2)]],
    ['a range reversed', [net(7, 0, 0, 0, 1, 0, 0, 9, 1, 0, 0, 1), address(2)]],
    ['an IPv6 subnet of 5 bytes', [net(6, 0, 0, 0, 1, 2, 3, 4, 5), address(2)]],
    ['type 0', [net(0, 0, 0, 0), address(2)]],
    ['type 255', [net(255, 0, 0, 0, 1, 0, 0, 1), address(2)]],
    ['a protocol of one side alone', [net(1, 6, 0, 0, 1, 0, 0, 1), address(2)]],
    [
      'a protocol the policy does not have',
      [net(1, 6, 0, 0, 1, 0, 0, 1), net(1, 6, 0, 0, 1, 0, 0, 2)],
    ],
    [
      'a port the policy does not have',
      [net(1, 17, 0, 53, 1, 0, 0, 1), net(1, 17, 0, 53, 1, 0, 0, 2)],
    ],
    ['somebody else\u2019s address', [address(7), address(2)]],
    ['64 kB of name', [Buffer.concat([net(2, 0, 0, 0), Buffer.alloc(60_000, 0x61)]), address(2)]],
  ] as const)(
    'with %s are refused with INVALID-ID-INFORMATION or dropped, and leave nothing',
    (_what, ids) => {
      const run = quickModeRun();
      const before = [run.b.keys(), sizesOf(run.b)];
      const { accepted, notified } = offer(run, { ids });
      expect(accepted).toBe(false);
      expect(notified.every((type) => type === 18)).toBe(true);
      expect([run.b.keys(), sizesOf(run.b)]).toEqual(before);
      expect(run.a.ping(run.b)).toBe('encrypted');
    },
  );

  test('R-60 without identities stand for the phase 1 addresses, and with a /32 subnet for the address', () => {
    expect(offer(quickModeRun(), { ids: [] }).accepted).toBe(true);
    const subnet = (last: number) => Buffer.from([4, 0, 0, 0, 1, 0, 0, last, 255, 255, 255, 255]);
    expect(offer(quickModeRun(), { ids: [subnet(1), subnet(2)] }).accepted).toBe(true);
  });

  const withAttributes = (id: number, list: Uint8Array): readonly RawProposal[] => [
    { ...goodEsp, transforms: [{ id, attributes: list }] },
  ];
  test.each([
    ['AES-GMAC', withAttributes(23, espSha)],
    ['ESP null without authentication', withAttributes(11, attributes([4, 2]))],
    ['ESP with an unknown cipher', withAttributes(99, espSha)],
    ['ESP with an unknown authentication', withAttributes(3, attributes([4, 2], [5, 200]))],
    ['ESP with authentication 0', withAttributes(3, attributes([4, 2], [5, 0]))],
    ['ESP without authentication', withAttributes(3, attributes([4, 2]))],
    ['ESP with two authentications', withAttributes(3, attributes([4, 2], [5, 2], [5, 1]))],
    ['triple DES with a key length', withAttributes(3, attributes([4, 2], [5, 2], [6, 192]))],
    ['triple DES with key length 0', withAttributes(3, attributes([4, 2], [5, 2], [6, 0]))],
    ['AES without key length', withAttributes(12, espSha)],
    ['no mode at all', withAttributes(3, attributes([5, 2]))],
    ['both modes', withAttributes(3, attributes([4, 2], [4, 1], [5, 2]))],
    ['mode 0', withAttributes(3, attributes([4, 0], [5, 2]))],
    ['UDP-encapsulated transport mode', withAttributes(3, attributes([4, 4], [5, 2]))],
    ['a life duration without type', withAttributes(3, attributes([2, 1800], [4, 2], [5, 2]))],
    [
      'two lifetimes in seconds',
      withAttributes(3, attributes([1, 1], [2, 1800], [1, 1], [2, 60], [4, 2], [5, 2])),
    ],
    ['AH inside ESP', [{ ...goodEsp, protocol: 2, transforms: [{ id: 3, attributes: espSha }] }]],
    ['IPCOMP', [{ ...goodEsp, protocol: 4 }]],
    ['protocol 0', [{ ...goodEsp, protocol: 0 }]],
    ['protocol ISAKMP', [{ ...goodEsp, protocol: 1 }]],
    ['an SPI of 0 bytes', [{ ...goodEsp, spi: Buffer.alloc(0) }]],
    ['an SPI of 3 bytes', [{ ...goodEsp, spi: Buffer.alloc(3, 1) }]],
    ['an SPI of 16 bytes', [{ ...goodEsp, spi: Buffer.alloc(16, 1) }]],
    [
      'ESP and AH together',
      [goodEsp, { ...goodEsp, protocol: 2, transforms: [{ id: 3, attributes: espSha }] }],
    ],
    ['ESP twice in one number', [goodEsp, goodEsp]],
  ] as readonly (readonly [string, readonly RawProposal[]])[])(
    'offering %s are refused, and leave nothing',
    (_what, proposals) => {
      const run = quickModeRun();
      const before = [run.b.keys(), sizesOf(run.b)];
      const { accepted, notified } = offer(run, { proposals });
      expect(accepted).toBe(false);
      expect(notified.every((type) => [14, 15].includes(type))).toBe(true);
      expect([run.b.keys(), sizesOf(run.b)]).toEqual(before);
    },
  );

  test('with an SPI of 0, or one below 256, are not installed (RFC 4303 2.1)', () => {
    for (const spi of [0, 1, 255]) {
      const run = quickModeRun();
      const { b } = run;
      offer(run, { proposals: [{ ...goodEsp, spi: number32(spi) }] });
      run.world.run(100_000);
      expect(everySa(b).some((sa) => sa.spi === spi)).toBe(false);
    }
  });

  test.each([
    ['no nonce bytes', { nonce: Buffer.alloc(0) }],
    ['a nonce of 7 bytes', { nonce: Buffer.alloc(7) }],
    ['a nonce of 257 bytes', { nonce: Buffer.alloc(257) }],
    ['two SA payloads', { more: [[payloadNumber.SA, saBody([goodEsp])]] }],
    ['two nonces', { more: [[payloadNumber.NONCE, Buffer.alloc(16)]] }],
    ['a KE nobody agreed on', { ke: Buffer.alloc(128, 5) }],
    ['a certificate', { more: [[6, Buffer.alloc(20)]] }],
    ['a delete', { more: [[payloadNumber.D, deleteBody(3, 4, 1, number32(1))]] }],
    ['situation 0', { sa: saBody([goodEsp], 1, 0) }],
    ['another DOI', { sa: saBody([goodEsp], 7) }],
    ['a lying transform count', { sa: saBody([{ ...goodEsp, announced: 200 }]) }],
  ] as readonly (readonly [string, Offer])[])(
    'with %s are dropped or refused, and leave nothing',
    (_what, hostile) => {
      const run = quickModeRun();
      const before = [run.b.keys(), sizesOf(run.b)];
      expect(offer(run, hostile).accepted).toBe(false);
      expect([run.b.keys(), sizesOf(run.b)]).toEqual(before);
      // And the next honest one is answered.
      expect(offer(run, {}).accepted).toBe(true);
    },
  );

  test('hostile 6: that offer thirty proposals of many transforms are judged in a moment', () => {
    const run = quickModeRun();
    const many = Array.from({ length: 30 }, (_, number) => ({
      ...goodEsp,
      number: number + 1,
      transforms: Array.from({ length: 80 }, () => ({ id: 200, attributes: espSha })),
    }));
    const start = process.cpuUsage();
    expect(offer(run, { proposals: many }).accepted).toBe(false);
    // Of this process alone, whatever else the machine does; some ms, and seconds where it is quadratic.
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(1);
    const [last] = run.b.warnings().slice(-1);
    expect((last ?? '').length).toBeLessThan(1_000);
  });

  test.each([
    ['1 s', attributes([1, 1], [2, 1], [4, 2], [5, 2]), 1],
    [
      '2^32 - 1 s',
      Buffer.concat([
        attributes([1, 1]),
        longAttribute(2, number32(0xffffffff)),
        attributes([4, 2], [5, 2]),
      ]),
      0xffffffff,
    ],
    [
      '8 bytes of ones',
      Buffer.concat([
        attributes([1, 1]),
        longAttribute(2, Buffer.alloc(8, 0xff)),
        attributes([4, 2], [5, 2]),
      ]),
      0xffffffff,
    ],
    ['0 s', attributes([1, 1], [2, 0], [4, 2], [5, 2]), 0],
    ['nothing at all', attributes([4, 2], [5, 2]), 28_800],
  ] as const)(
    'hostile 44: R-63 with a lifetime of %s under obey install a limit the data plane can hold',
    (_what, list, expected) => {
      const run = captured({ pfs: false, check: 'obey' });
      const { b, world } = run;
      const { accepted, answer, messageId, message } = offer(run, {
        proposals: withAttributes(3, list),
      });
      expect(accepted).toBe(true);
      const young = everySa(b).at(-1)?.lifetime;
      expect(young?.hardSeconds).toBe(expected);
      expect(young?.softSeconds).toBe(Math.floor(expected * 0.8));
      expect(Number.isSafeInteger(young?.hardBytes)).toBe(true);
      // The exchange goes on to the end: three hashes, and the pair is there.
      const { oracle } = run;
      const payloads = oracle.open(oracle.blockAfter(message), answer ?? new Uint8Array(28));
      const nonceR = bodyOf(payloads, 'NONCE');
      const hash = oracle.prf(
        oracle.skeyidA,
        Uint8Array.of(0),
        number32(messageId),
        Buffer.alloc(16, 0x33),
        nonceR,
      );
      const iv = oracle.blockAfter(answer ?? new Uint8Array(28));
      inject(
        b,
        run.a.address,
        oracle.forgeRaw(quick, messageId, [[payloadNumber.HASH, hash]], { iv }),
      );
      expect(sizesOf(b).childSas).toBe(2);
      world.run(100);
    },
  );

  test('kilobytes of 2^64 are clamped to a number that is one', () => {
    const run = captured({ pfs: false, check: 'obey' });
    const list = Buffer.concat([
      attributes([1, 2]),
      longAttribute(2, Buffer.alloc(8, 0xff)),
      attributes([4, 2], [5, 2]),
    ]);
    expect(offer(run, { proposals: withAttributes(3, list) }).accepted).toBe(true);
    const young = everySa(run.b).at(-1)?.lifetime;
    expect(Number.isSafeInteger(young?.hardBytes)).toBe(true);
    expect(young?.hardBytes).toBeGreaterThan(2 ** 40);
  });
});

describe('hostile 16, 24: quick modes again and again', () => {
  test('a replayed first message, after its exchange ended, is dropped', () => {
    const run = quickModeRun();
    const { message } = offer(run, {});
    run.world.fate = () => [];
    run.world.run(100_000);
    const before = [run.b.keys(), sizesOf(run.b), run.world.wire.length];
    for (let copy = 0; copy < 10; copy += 1) inject(run.b, run.a.address, message);
    expect([run.b.keys(), sizesOf(run.b), run.world.wire.length]).toEqual(before);
  });

  test('message 9 with a wrong hash, from HASH(1) or of zeros, completes nothing', () => {
    const run = quickModeRun();
    const { b, a, oracle } = run;
    const { answer, messageId } = offer(run, {});
    const iv = oracle.blockAfter(answer ?? new Uint8Array(28));
    for (const hash of [Buffer.alloc(16), oracle.prf(oracle.skeyidA, number32(messageId))]) {
      inject(b, a.address, oracle.forgeRaw(quick, messageId, [[payloadNumber.HASH, hash]], { iv }));
      expect(sizesOf(b)).toMatchObject({ childSas: 1, negotiations: 1 });
    }
    run.world.fate = () => [];
    // Beside another pair it tries itself for one that both have.
    run.world.run(200_000);
    expect(sizesOf(b)).toMatchObject({ negotiations: 0 });
    // The peer may believe in the pair and send; we do not before it has proved that it is there.
    expect(everySa(b).filter(({ direction }) => direction === 'out')).toHaveLength(1);
    expect(b.engine.status().childSas).toHaveLength(sizesOf(b).childSas);
  });

  test('a peer cannot keep more than a bounded number of quick modes open', () => {
    const run = quickModeRun();
    run.world.fate = () => [];
    for (let count = 0; count < 500; count += 1) offer(run, {});
    expect(sizesOf(run.b).negotiations).toBeLessThanOrEqual(64);
    run.world.run(200_000);
    expect(sizesOf(run.b)).toMatchObject({ negotiations: 0, openRequests: 0 });
  });

  test('hostile 8: with PFS, public values a group forbids are dropped and leave nothing behind', () => {
    const run = captured();
    const { b, world } = run;
    world.fate = () => [];
    const withGroup = [
      {
        ...goodEsp,
        transforms: [{ id: 3, attributes: attributes([1, 1], [2, 1800], [4, 2], [5, 2], [3, 2]) }],
      },
    ];
    const one = Buffer.alloc(128);
    one.writeUInt8(1, 127);
    for (const ke of [
      one,
      Buffer.alloc(128),
      Buffer.alloc(128, 0xff),
      Buffer.alloc(127, 1),
      Buffer.alloc(0),
    ]) {
      expect(offer(run, { proposals: withGroup, ke }).accepted).toBe(false);
    }
    expect(offer(run, { proposals: withGroup }).accepted).toBe(false);
    world.run(100_000);
    expect(sizesOf(b)).toMatchObject({ negotiations: 0, childSas: 1, openRequests: 0 });
  });
});

// --- what a peer with the keys may not fill up ---------------------------------------------------------

const offerOf = (list: Uint8Array, spi: number) =>
  saBody([{ protocol: 3, spi: number32(spi), transforms: [{ id: 3, attributes: list }] }]);

test('a peer that never sends message 9 fills no more than a few inbound SAs', () => {
  const run = established({ pfs: false });
  const oracle = oracleOf(run);
  const { world, a, b } = run;
  world.run(70_000);
  world.fate = () => [];
  for (let minute = 0; minute < 5; minute += 1) {
    for (let count = 0; count < 64; count += 1) {
      const messageId = 1_000 + 64 * minute + count;
      const sa = offerOf(attributes([1, 1], [2, 1800], [4, 2], [5, 2]), 0x10_0000 + messageId);
      inject(
        b,
        a.address,
        oracle.forge(exchangeNumber.quick, messageId, [
          [payloadNumber.SA, sa],
          [payloadNumber.NONCE, Buffer.alloc(16, 3)],
          [payloadNumber.ID, address(1)],
          [payloadNumber.ID, address(2)],
        ]),
      );
    }
    world.run(61_000);
  }
  expect(everySa(b).length).toBeLessThanOrEqual(8);
});

test('hostile 8: quick modes with a public value the group forbids do not stay open for ever', () => {
  const run = established();
  const oracle = oracleOf(run);
  const { world, a, b } = run;
  world.run(70_000);
  world.fate = () => [];
  const list = attributes([1, 1], [2, 1800], [4, 2], [5, 2], [3, 2]);
  const one = Buffer.alloc(128);
  one.writeUInt8(1, 127);
  for (let count = 0; count < 70; count += 1) {
    const messageId = 1_000 + count;
    const bytes = oracle.forge(exchangeNumber.quick, messageId, [
      [payloadNumber.SA, offerOf(list, 0x10_0000 + messageId)],
      [payloadNumber.NONCE, Buffer.alloc(16, 3)],
      [payloadNumber.KE, one],
      [payloadNumber.ID, address(1)],
      [payloadNumber.ID, address(2)],
    ]);
    expect(answersTo(world, b, a.address, bytes).length).toBeLessThanOrEqual(1);
  }
  world.run(300_000);
  expect(b.engine.status().peers.get(101)?.phase2Active).toBe(0);
  world.fate = () => [{ delayMs: 5 }];
  a.command({ kind: 'initiate', policyId: 1 });
  world.run(5_000);
  expect(a.sas()).toHaveLength(4);
});

test('hostile 23: a peer with the keys makes a router compute for 256 quick modes in a second, no more', () => {
  const run = established();
  const oracle = oracleOf(run);
  const { world, a, b } = run;
  world.run(70_000);
  world.fate = () => [];
  const list = attributes([1, 1], [2, 1800], [4, 2], [5, 2], [3, 2]);
  const one = Buffer.alloc(128);
  one.writeUInt8(1, 127);
  const begin = (messageId: number, publicValue: Uint8Array) =>
    oracle.forge(exchangeNumber.quick, messageId, [
      [payloadNumber.SA, offerOf(list, 0x10_0000 + messageId)],
      [payloadNumber.NONCE, Buffer.alloc(16, 3)],
      [payloadNumber.KE, publicValue],
      [payloadNumber.ID, address(1)],
      [payloadNumber.ID, address(2)],
    ]);
  const before = b.computations.length;
  // A value that is refused ends each at once, so that the number of open ones is no bound.
  for (let count = 0; count < 400; count += 1) inject(b, a.address, begin(1_000 + count, one));
  const { keyExchangesPerSecond } = ikeLimits;
  // A key pair and the attempt at a secret for each.
  expect(b.computations.length - before).toBe(2 * keyExchangesPerSecond);
  const limited = b.events.filter(({ reason }) => reason === 'computations');
  expect(limited).toHaveLength(400 - keyExchangesPerSecond);
  // What was dropped may come again, and is answered then.
  const late = begin(9_999, Buffer.alloc(128, 5));
  expect(answersTo(world, b, a.address, late)).toEqual([]);
  world.run(1_000);
  expect(answersTo(world, b, a.address, late)).toHaveLength(1);
});

test.each([
  ['extended sequence numbers', [11, 1]],
  ['key rounds', [7, 16]],
  ['an attribute nobody knows', [200, 1]],
] as const)('hostile 18: an offer with %s is not selected', (_what, pair) => {
  const run = established({ pfs: false });
  const oracle = oracleOf(run);
  const list = attributes([1, 1], [2, 1800], [4, 2], [5, 2], pair);
  const bytes = oracle.forge(exchangeNumber.quick, 4_711, [
    [payloadNumber.SA, offerOf(list, 0x12_3456)],
    [payloadNumber.NONCE, Buffer.alloc(16, 3)],
    [payloadNumber.ID, address(1)],
    [payloadNumber.ID, address(2)],
  ]);
  const answers = answersTo(run.world, run.b, run.a.address, bytes);
  expect(answers.map((answer) => answer.bytes[18])).toEqual([exchangeNumber.informational]);
});
