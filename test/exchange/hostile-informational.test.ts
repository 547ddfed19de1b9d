/**
 * Informational messages under an established ISAKMP SA: forged with wrong hashes by somebody without the
 * keys, and absurd ones by a peer that has them (hostile #11-#16, #30, #33, #40).
 */
import { describe, expect, test } from '@jest/globals';
import { answersTo, everySa, inject, messages, sizesOf } from './checks.js';
import { attributes, saBody } from './hostile-datagrams.js';
import { bothCookies, captured, deleteBody, notifyBody, outboundSpi } from './hostile-peer.js';
import { exchangeNumber, number32, payloadNumber, readHeader } from './rfc2409.js';

const { informational, quick } = exchangeNumber;

describe('hostile 11, 16: informational messages that nobody with the keys sent just now', () => {
  test('with a wrong, short, missing or displaced hash change nothing and get no answer', () => {
    const run = captured();
    const { world, a, b, oracle } = run;
    const body = deleteBody(3, 4, 1, outboundSpi(run));
    const initialContact = notifyBody(24_578, bothCookies(oracle));
    const wrong = Buffer.alloc(16, 9);
    const forgeries = [
      oracle.forge(informational, 1, [[payloadNumber.D, body]], { hash: wrong }),
      oracle.forge(informational, 2, [[payloadNumber.D, body]], { hash: Buffer.alloc(0) }),
      oracle.forge(informational, 3, [[payloadNumber.D, body]], { hash: Buffer.alloc(15) }),
      oracle.forgeRaw(informational, 4, [[payloadNumber.D, body]]),
      oracle.forgeRaw(informational, 5, [
        [payloadNumber.D, body],
        [payloadNumber.HASH, wrong],
      ]),
      oracle.forge(informational, 6, [[payloadNumber.N, initialContact]], { hash: wrong }),
      // The hash of another message id.
      oracle.forge(informational, 7, [[payloadNumber.D, body]], {
        hash: oracle.prf(
          oracle.skeyidA,
          number32(8),
          Buffer.concat([Buffer.from([0, 0, 0, body.length + 4]), body]),
        ),
      }),
      // Right hash, but the bit that says encrypted is missing.
      oracle.forge(informational, 9, [[payloadNumber.D, body]], { flags: 0 }),
      oracle.forge(informational, 0, [[payloadNumber.D, body]], { hash: wrong }),
    ];
    const before = [b.keys(), sizesOf(b)];
    for (const bytes of forgeries) expect(answersTo(world, b, a.address, bytes)).toEqual([]);
    expect([b.keys(), sizesOf(b)]).toEqual(before);
    expect(a.ping(b)).toBe('encrypted');
  });

  test('in a replay are dropped: the second DELETE, NOTIFY or INITIAL-CONTACT with one id does nothing', () => {
    const run = captured();
    const { a, b, oracle } = run;
    const message = oracle.forge(informational, 42, [
      [payloadNumber.D, deleteBody(3, 4, 1, outboundSpi(run))],
    ]);
    inject(b, a.address, message);
    expect(everySa(b)).toEqual([]);
    run.world.run(100);
    const events = b.events.length;
    for (let copy = 0; copy < 20; copy += 1) inject(b, a.address, message);
    for (const event of b.events.slice(events)) expect(event.name).toBe('datagramDropped');
  });

  test('with a right hash are honoured only from the address of the SA', () => {
    const run = captured();
    const { b, oracle } = run;
    inject(
      b,
      '9.9.9.9',
      oracle.forge(informational, 43, [[payloadNumber.D, deleteBody(3, 4, 1, outboundSpi(run))]]),
    );
    expect(everySa(b)).toHaveLength(2);
  });
});

describe('hostile 13, 14: deletes of a peer that has the keys', () => {
  test('of things that are not there, of wrong sizes and protocols, change nothing', () => {
    const run = captured();
    const { a, b, oracle } = run;
    const spi = outboundSpi(run);
    const inbound = number32(everySa(b).find(({ direction }) => direction === 'in')?.spi ?? 0);
    const bodies = [
      deleteBody(3, 4, 1, number32(0xdeadbeef)),
      deleteBody(3, 4, 1, inbound),
      deleteBody(2, 4, 1, spi),
      deleteBody(4, 4, 1, spi),
      deleteBody(0, 4, 1, spi),
      deleteBody(3, 0, 65_535),
      deleteBody(3, 4, 0),
      deleteBody(3, 4, 65_535, spi),
      deleteBody(3, 16, 1, Buffer.concat([spi, Buffer.alloc(12)])),
      deleteBody(3, 8, 1, spi, spi),
      deleteBody(1, 4, 1, spi),
      deleteBody(1, 8, 1, oracle.cookieI),
      deleteBody(1, 16, 1, Buffer.alloc(16, 1)),
      deleteBody(1, 16, 1, Buffer.concat([oracle.cookieR, oracle.cookieI])),
      Buffer.concat([number32(2), deleteBody(3, 4, 1, spi).subarray(4)]).subarray(0, 9),
    ];
    const before = [b.keys(), sizesOf(b)];
    bodies.forEach((body, index) => {
      inject(b, a.address, oracle.forge(informational, 100 + index, [[payloadNumber.D, body]]));
    });
    expect([b.keys(), sizesOf(b)]).toEqual(before);
  });

  test('of the pair in use removes both directions of it and nothing else', () => {
    const run = captured();
    const { a, b, world, oracle } = run;
    a.command({ kind: 'initiate', policyId: 1 });
    world.run(1_000);
    expect(everySa(b)).toHaveLength(4);
    const spi = outboundSpi(run);
    inject(
      b,
      a.address,
      oracle.forge(informational, 50, [[payloadNumber.D, deleteBody(3, 4, 1, spi)]]),
    );
    expect(everySa(b)).toHaveLength(2);
    expect(sizesOf(b)).toMatchObject({ ikeSas: 1, childSas: 1 });
    expect(b.ping(a)).toBe('encrypted');
  });

  test('twice in one message, and a notify behind it, are worked through without harm', () => {
    const run = captured();
    const { a, b, world, oracle } = run;
    const own = bothCookies(oracle);
    inject(
      b,
      a.address,
      oracle.forge(informational, 51, [
        [payloadNumber.D, deleteBody(1, 16, 1, own)],
        [payloadNumber.D, deleteBody(1, 16, 1, own)],
        [payloadNumber.N, notifyBody(24_578, own)],
        [payloadNumber.D, deleteBody(3, 4, 1, outboundSpi(run))],
      ]),
    );
    // The ISAKMP SA is gone, what came after under it does not count; IPsec SAs live on (R-6C).
    expect(sizesOf(b)).toMatchObject({ ikeSas: 0, childSas: 1 });
    expect(a.ping(b)).toBe('encrypted');
    b.command({ kind: 'initiate', policyId: 1 });
    world.run(1_000);
    expect(sizesOf(b)).toMatchObject({ ikeSas: 1, childSas: 2 });
  });

  test('of the same ISAKMP SA named twice in one payload is idempotent', () => {
    const { a, b, oracle } = captured();
    const own = bothCookies(oracle);
    inject(
      b,
      a.address,
      oracle.forge(informational, 52, [[payloadNumber.D, deleteBody(1, 16, 2, own, own)]]),
    );
    expect(sizesOf(b)).toMatchObject({ ikeSas: 0, childSas: 1, negotiations: 0 });
  });
});

describe('hostile 15: INITIAL-CONTACT', () => {
  test('removes nothing younger than the SA it came under', () => {
    const run = captured();
    const { a, b, oracle } = run;
    inject(
      b,
      a.address,
      oracle.forge(informational, 60, [[payloadNumber.N, notifyBody(24_578, bothCookies(oracle))]]),
    );
    expect(everySa(b)).toHaveLength(2);
    expect(sizesOf(b)).toMatchObject({ ikeSas: 1, childSas: 1 });
  });
});

describe('hostile 12, 33: notifies of a peer that has the keys', () => {
  test('of every type, with odd SPIs and data, change nothing and are logged in one clean line', () => {
    const { a, b, world, oracle } = captured();
    const before = [b.keys(), sizesOf(b)];
    let messageId = 1_000;
    const hostileData = [
      Buffer.alloc(0),
      Buffer.from('\u001b[31m`reboot`\n'),
      Buffer.alloc(4_000, 0x41),
      Buffer.alloc(3, 0xff),
    ];
    for (const type of [
      0, 1, 9, 14, 18, 24, 30, 8191, 16_384, 24_576, 24_577, 36_136, 36_137, 40_500, 65_535,
    ]) {
      for (const data of hostileData) {
        for (const spi of [Buffer.alloc(0), bothCookies(oracle), Buffer.alloc(255, 1)]) {
          messageId += 1;
          const answers = answersTo(
            world,
            b,
            a.address,
            oracle.forge(informational, messageId, [
              [payloadNumber.N, notifyBody(type, spi, data)],
            ]),
          );
          expect(answers.length).toBeLessThanOrEqual(1);
        }
      }
    }
    expect([b.keys(), sizesOf(b)]).toEqual(before);
    for (const { message } of b.events) {
      expect(message.length).toBeLessThan(600);
      expect([...message].every((char) => char >= ' ' && char !== '\u007f')).toBe(true);
    }
    expect(a.ping(b)).toBe('encrypted');
  });

  test('without any payload behind the hash, or with foreign payloads, are harmless', () => {
    const { a, b, oracle } = captured();
    const before = [b.keys(), sizesOf(b)];
    inject(b, a.address, oracle.forge(informational, 70, []));
    inject(
      b,
      a.address,
      oracle.forge(informational, 71, [
        [
          payloadNumber.SA,
          saBody([{ protocol: 1, transforms: [{ id: 1, attributes: attributes([1, 5]) }] }]),
        ],
      ]),
    );
    inject(
      b,
      a.address,
      oracle.forge(informational, 72, [
        [34, Buffer.alloc(8)],
        [payloadNumber.VID, Buffer.alloc(8)],
      ]),
    );
    expect([b.keys(), sizesOf(b)]).toEqual(before);
  });
});

describe('hostile 40: padding', () => {
  test.each([
    [
      'counted from 1',
      (length: number) => Buffer.from(Array.from({ length }, (_, index) => index + 1)),
    ],
    [
      'ending in its length',
      (length: number) => Buffer.concat([Buffer.alloc(length - 1), Buffer.from([length])]),
    ],
    [
      'ending in its length less one',
      (length: number) => Buffer.concat([Buffer.alloc(length - 1), Buffer.from([length - 1])]),
    ],
    ['of ones', (length: number) => Buffer.alloc(length, 0xff)],
  ] as const)('%s, of one block up to 248 bytes more, is accepted', (_what, padding) => {
    for (const blocks of [1, 2, 31]) {
      const run = captured();
      const { a, b, oracle } = run;
      const body = deleteBody(3, 4, 1, outboundSpi(run));
      const rest = Buffer.concat([Buffer.from([0, 0, 0, body.length + 4]), body]);
      const hash = oracle.prf(oracle.skeyidA, number32(900), rest);
      const chain = Buffer.concat([Buffer.from([payloadNumber.D, 0, 0, 20]), hash, rest]);
      const fill = (8 - (chain.length % 8)) % 8;
      const plain = Buffer.concat([chain, padding(fill + 8 * blocks)]);
      const cipher = oracle.encrypt(oracle.exchangeIv(900), plain);
      const forged = Buffer.from(oracle.forgeRaw(informational, 900, []).slice(0, 28));
      forged.writeUInt8(payloadNumber.HASH, 16);
      forged.writeUInt32BE(28 + cipher.length, 24);
      inject(b, a.address, Uint8Array.from(Buffer.concat([forged, cipher])));
      expect({ blocks, left: everySa(b).length }).toEqual({ blocks, left: 0 });
    }
  });
});

test('what is asked of a router under an SA never makes it answer with an error in clear', () => {
  const run = captured();
  const { world, a, b, oracle } = run;
  const length = world.wire.length;
  for (let index = 0; index < 64; index += 1) {
    const bytes = oracle.forge(index % 2 === 0 ? quick : informational, 3_000 + index, [
      [payloadNumber.VID, Buffer.alloc(index)],
    ]);
    bytes[40 + (index % 8)] = (bytes[40 + (index % 8)] ?? 0) ^ 0x10;
    inject(b, a.address, bytes);
  }
  for (const { datagram } of world.wire.slice(length))
    expect(readHeader(datagram.bytes).flags & 1).toBe(1);
  expect(messages(world, exchangeNumber.main)).toHaveLength(6);
});
