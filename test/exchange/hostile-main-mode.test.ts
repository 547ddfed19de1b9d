/**
 * Somebody on the path rewrites main mode, or plays a peer that does not know the secret. Whatever he
 * puts in, no SA with him comes to be; and once he stops, honest copies of the messages still work.
 */

import { getDiffieHellman } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { established, everySa, inject, messages, sizesOf } from './checks.js';
import { attributes, clear, longAttribute, saBody } from './hostile-datagrams.js';
import {
  exchangeNumber,
  number32,
  Oracle,
  payloadNumber,
  readChain,
  readHeader,
  writeChain,
  writeHeader,
} from './rfc2409.js';
import { numbered } from './wire-faults.js';
import { pair } from './world.js';

type Chain = readonly (readonly [type: number, body: Uint8Array])[];

/** Rewrites a clear message payload by payload. */
function rewritten(bytes: Uint8Array, change: (chain: Chain) => Chain): Uint8Array {
  const { length: _length, ...header } = readHeader(bytes);
  const chain = readChain(header.next, bytes.subarray(28)).map(
    ({ type, body }) => [type, body] as const,
  );
  const { first, bytes: body } = writeChain(change(chain));
  return Uint8Array.from(
    Buffer.concat([writeHeader({ ...header, next: first }, body.length), body]),
  );
}

const replace =
  (type: number, body: Uint8Array) =>
  (chain: Chain): Chain =>
    chain.map((payload) => (payload[0] === type ? [type, body] : payload));
const without =
  (type: number) =>
  (chain: Chain): Chain =>
    chain.filter((payload) => payload[0] !== type);
const twice =
  (type: number) =>
  (chain: Chain): Chain =>
    chain.flatMap((payload) => (payload[0] === type ? [payload, payload] : [payload]));

/** Runs a negotiation in which the first copy of a message is rewritten; honest copies follow after 10 s. */
function tamper(message: number, change: (bytes: Uint8Array) => Uint8Array | undefined) {
  const run = pair();
  const { world, a, b } = run;
  world.fate = numbered((number, copy, { bytes }) => {
    if (number !== message || copy > 1) return [{ delayMs: 5 }];
    const other = change(bytes);
    return other === undefined ? [] : [{ delayMs: 5, bytes: other }];
  });
  a.ping(b);
  world.run(9_000);
  expect([...everySa(a), ...everySa(b)]).toEqual([]);
  for (const router of [a, b]) expect(router.names()).not.toContain('phase1Established');
  world.run(25_000);
  return run;
}

function expectRecovered({ a, b }: ReturnType<typeof pair>): void {
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  expect(a.keys()).toEqual(b.keys());
}

const prime = getDiffieHellman('modp2').getPrime();
const minusOne = Buffer.from(prime);
minusOne.writeUInt8(minusOne.readUInt8(127) - 1, 127);
const plusOne = Buffer.from(prime.toString('hex'), 'hex');
const padded = (value: number) => {
  const bytes = Buffer.alloc(128);
  bytes.writeUInt8(value, 127);
  return bytes;
};

describe.each([3, 4])('hostile 8: the public value in message %i', (message) => {
  test.each([
    ['zero', padded(0)],
    ['one', padded(1)],
    ['p - 1', minusOne],
    ['p', plusOne],
    ['all ones', Buffer.alloc(128, 0xff)],
    ['empty', Buffer.alloc(0)],
    ['one byte', Buffer.from([2])],
    ['too short by one', Buffer.alloc(127, 3)],
    ['too long by one', Buffer.alloc(129, 3)],
    ['8 kB', Buffer.alloc(8192, 3)],
  ])('of %s is dropped, and an honest copy still works', (_what, value) => {
    expectRecovered(tamper(message, (bytes) => rewritten(bytes, replace(4, value))));
  });
});

describe.each([3, 4])('hostile 9, 41: message %i', (message) => {
  test.each([
    ['without KE', without(4)],
    ['without nonce', without(10)],
    ['with two KE', twice(4)],
    ['with two nonces', twice(10)],
    ['with a nonce of 0 bytes', replace(10, Buffer.alloc(0))],
    ['with a nonce of 7 bytes', replace(10, Buffer.alloc(7, 1))],
    ['with a nonce of 257 bytes', replace(10, Buffer.alloc(257, 1))],
    [
      'with an ID payload',
      (chain: Chain): Chain => [...chain, [5, Buffer.from([1, 0, 0, 0, 1, 0, 0, 1])]],
    ],
    [
      'with an SA payload',
      (chain: Chain): Chain => [
        [1, saBody([{ protocol: 1, transforms: [{ id: 1, attributes: attributes([1, 5]) }] }])],
        ...chain,
      ],
    ],
  ] as const)('%s is dropped, and an honest copy still works', (_what, change) => {
    expectRecovered(tamper(message, (bytes) => rewritten(bytes, change)));
  });

  test.each([8, 256])(
    'may have a nonce of %i bytes, the hashes then fail for other reasons',
    (size) => {
      // The nonce the peer sent is another one, so that nothing but its size is accepted here.
      const { world, a, b } = pair();
      world.fate = numbered((number, _copy, { bytes }) =>
        number === message
          ? [{ delayMs: 5, bytes: rewritten(bytes, replace(10, Buffer.alloc(size, 1))) }]
          : [{ delayMs: 5 }],
      );
      a.ping(b);
      world.run(5_000);
      // Somebody went on to message 5: the size was no obstacle.
      expect(messages(world, exchangeNumber.main).length).toBeGreaterThanOrEqual(5);
      expect([...everySa(a), ...everySa(b)]).toEqual([]);
    },
  );
});

describe('hostile 36: reserved bits', () => {
  test.each([1, 2, 3, 4])(
    'set in the generic headers and flags of message %i are ignored',
    (message) => {
      const { world, a, b } = pair();
      world.fate = numbered((number, _copy, { bytes }) => {
        if (number !== message) return [{ delayMs: 5 }];
        const copy = bytes.slice();
        copy[19] = (copy[19] ?? 0) | 0xf8;
        copy[29] = 0xff;
        return [{ delayMs: 5, bytes: copy }];
      });
      a.ping(b);
      world.run(2_000);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    },
  );
});

describe('hostile 45: the commit bit', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'in message %i keeps no tunnel from coming up',
    (message) => {
      const { world, a, b } = pair();
      world.fate = numbered((number, _copy, { bytes }) => {
        if (number !== message) return [{ delayMs: 5 }];
        const copy = bytes.slice();
        copy[19] = (copy[19] ?? 0) | 2;
        return [{ delayMs: 5, bytes: copy }];
      });
      a.ping(b);
      world.run(2_000);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
      expect([...a.warnings(), ...b.warnings()]).toEqual([]);
    },
  );
});

describe('hostile 7: a transform with', () => {
  const base = [
    [11, 1],
    [12, 28_800],
  ] as const;
  const threeDes = [
    [1, 5],
    [2, 1],
    [3, 1],
    [4, 2],
  ] as const;
  const aes = [
    [1, 7],
    [2, 1],
    [3, 1],
    [4, 2],
  ] as const;

  /** Whether a responder whose row is 3des, or aes-128, answers an offer with message 2. */
  function isTaken(offer: Uint8Array, encryption: '3des' | 'des' | 'aes-128'): boolean {
    const { world, b } = pair({ encryption });
    const body = saBody([{ protocol: 1, transforms: [{ id: 1, attributes: offer }] }]);
    const request = clear({ cookieI: Buffer.alloc(8, 3), cookieR: Buffer.alloc(8) }, [[1, body]]);
    inject(b, '1.0.0.1', request);
    return messages(world, exchangeNumber.main).length === 1;
  }

  test('what the row wants is taken (so that the refusals below mean something)', () => {
    expect(isTaken(attributes(...base, ...threeDes), '3des')).toBe(true);
    expect(isTaken(attributes(...base, ...aes, [14, 128]), 'aes-128')).toBe(true);
    // A life duration may be variable, and lifetimes are not compared.
    const long = Buffer.concat([
      attributes([11, 1]),
      longAttribute(12, number32(0xffffffff)),
      attributes(...threeDes),
    ]);
    expect(isTaken(long, '3des')).toBe(true);
    const eight = Buffer.concat([
      attributes([11, 1]),
      longAttribute(12, Buffer.alloc(8, 0xff)),
      attributes(...threeDes),
    ]);
    expect(isTaken(eight, '3des')).toBe(true);
  });

  test.each([
    ['a key length for triple DES', attributes(...base, ...threeDes, [14, 192]), '3des'],
    ['a key length of 0 for triple DES', attributes(...base, ...threeDes, [14, 0]), '3des'],
    ['a key length for DES', attributes(...base, [1, 1], [2, 1], [3, 1], [4, 2], [14, 64]), 'des'],
    ['AES without key length', attributes(...base, ...aes), 'aes-128'],
    ['AES with key length 0', attributes(...base, ...aes, [14, 0]), 'aes-128'],
    ['AES with key length 127', attributes(...base, ...aes, [14, 127]), 'aes-128'],
    ['AES with key length 65535', attributes(...base, ...aes, [14, 65_535]), 'aes-128'],
    ['two key lengths', attributes(...base, ...aes, [14, 256], [14, 128]), 'aes-128'],
    ['two ciphers', attributes(...base, ...threeDes, [1, 7]), '3des'],
    ['two hashes', attributes(...base, [2, 2], ...threeDes), '3des'],
    ['two groups', attributes(...base, ...threeDes, [4, 1]), '3des'],
    ['no authentication method', attributes(...base, [1, 5], [2, 1], [4, 2]), '3des'],
    ['RSA signatures', attributes(...base, [1, 5], [2, 1], [3, 3], [4, 2]), '3des'],
    [
      'a group of its own',
      Buffer.concat([
        attributes(...base, [1, 5], [2, 1], [3, 1], [5, 1]),
        longAttribute(6, Buffer.alloc(128, 0xff)),
        longAttribute(7, Buffer.from([2])),
      ]),
      '3des',
    ],
    ['group 1025 (CVE-2014-9221)', attributes(...base, [1, 5], [2, 1], [3, 1], [4, 1025]), '3des'],
  ] as const)('%s is not selected', (_what, offer, encryption) => {
    expect(isTaken(offer, encryption)).toBe(false);
  });
});

describe('hostile 37: cookies', () => {
  test('a second responder cookie is not taken once the first was', () => {
    const { world, a, b } = pair();
    world.fate = numbered((number, _copy, { bytes }) => {
      if (number !== 2) return number > 2 && number < 4 ? [] : [{ delayMs: 5 }];
      const other = bytes.slice();
      other.set(Buffer.alloc(8, 0x77), 8);
      // The honest one first, then one with another cookie.
      return [{ delayMs: 5 }, { delayMs: 6, bytes: other }];
    });
    a.ping(b);
    world.run(100);
    expect(messages(world, exchangeNumber.main)).toHaveLength(3);
    world.fate = () => [{ delayMs: 5 }];
    world.run(11_000);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });

  test('the messages of an exchange are not taken from another address', () => {
    const { world, a, b } = pair();
    world.fate = numbered((number, _copy, { bytes, remote }) => {
      const target = world.routers.get(remote.address);
      if (target !== undefined && number > 1)
        world.later(5, () => inject(target, '9.9.9.9', bytes));
      return number > 1 ? [] : [{ delayMs: 5 }];
    });
    a.ping(b);
    world.run(8_000);
    expect(messages(world, exchangeNumber.main)).toHaveLength(2);
    expect(a.engine.status().peers.get(101)?.state).toBe('message-1-sent');
  });
});

describe('hostile 38: our own messages reflected', () => {
  test.each([1, 5, 7])(
    'message %i sent back to its author starts nothing and ends nothing',
    (message) => {
      const { world, a, b } = pair();
      world.fate = numbered((number, copy, { bytes }) => {
        if (number !== message || copy > 1) return [{ delayMs: 5 }];
        for (const delay of [5, 6, 7]) world.later(delay, () => inject(a, b.address, bytes));
        return [];
      });
      a.ping(b);
      world.run(9_000);
      expect([...everySa(a), ...everySa(b)].filter(({ state }) => state !== 'larval')).toEqual([]);
      expect(a.engine.status().sizes.halfOpen).toBe(0);
      world.run(11_000);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
    },
  );
});

describe('hostile 30: out of turn', () => {
  /** A responder that has sent message 4 and waits for message 5, and all secrets of the exchange. */
  function beforeMessage5(sendInitialContact = true) {
    const run = pair({ sendInitialContact });
    const { world, a, b } = run;
    world.fate = numbered((number) => (number === 5 ? [] : [{ delayMs: 5 }]));
    a.ping(b);
    world.run(500);
    const sharedSecret = b.computations.find(({ kind }) => kind === 'dhDerive')?.sharedSecret;
    if (sharedSecret === undefined) throw new Error('no secret');
    const mainMode = messages(world, exchangeNumber.main).slice(0, 4);
    const oracle = new Oracle({
      hash: 'md5',
      cipher: '3des',
      preSharedKey: 'roberkenon',
      sharedSecret,
      messages: mainMode,
    });
    return { ...run, oracle };
  }

  test('a quick mode before phase 1 is done is dropped, even one with a right hash', () => {
    const { world, a, b, oracle } = beforeMessage5();
    const sa = saBody([
      {
        protocol: 3,
        spi: number32(0x1234),
        transforms: [{ id: 3, attributes: attributes([1, 1], [2, 1800], [4, 2], [5, 2], [3, 2]) }],
      },
    ]);
    const before = [world.wire.length, sizesOf(b)];
    inject(
      b,
      a.address,
      oracle.forge(exchangeNumber.quick, 77, [
        [1, sa],
        [10, Buffer.alloc(16, 1)],
        [4, Buffer.alloc(128, 5)],
      ]),
    );
    expect([world.wire.length, sizesOf(b)]).toEqual(before);
  });

  test('message 5 with a hash of HASH_R, of another identity or of zeros is dropped, an honest copy works', () => {
    const { world, a, b, oracle } = beforeMessage5();
    const id = Buffer.from([1, 0, 0, 0, 1, 0, 0, 1]);
    const other = Buffer.from([1, 0, 0, 0, 1, 0, 0, 9]);
    const forgeries: Chain[] = [
      [
        [5, id],
        [8, oracle.hashR(id)],
      ],
      [
        [5, other],
        [8, oracle.hashI(id)],
      ],
      [
        [5, id],
        [8, Buffer.alloc(16)],
      ],
      [
        [5, id],
        [8, Buffer.alloc(0)],
      ],
      [
        [5, id],
        [8, oracle.hashI(id).subarray(0, 12)],
      ],
      [[5, id]],
      [[8, oracle.hashI(id)]],
      [
        [5, id],
        [5, id],
        [8, oracle.hashI(id)],
      ],
      [
        [5, id],
        [8, oracle.hashI(id)],
        [8, oracle.hashI(id)],
      ],
    ];
    for (const chain of forgeries) {
      inject(b, a.address, oracle.forgeRaw(exchangeNumber.main, 0, chain, { iv: oracle.firstIv }));
      expect(sizesOf(b)).toMatchObject({ halfOpen: 1, ikeSas: 1 });
      expect(b.names()).not.toContain('phase1Established');
    }
    world.fate = () => [{ delayMs: 5 }];
    world.run(11_000);
    expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  });
});

describe('hostile 39: one bit flipped', () => {
  test.each([5, 6, 7, 8, 9])(
    'anywhere in message %i loses that copy and nothing else',
    (message) => {
      const { length } =
        established().world.wire[message > 6 ? message + 1 : message - 1]?.datagram.bytes ?? [];
      for (let at = 28; at < length; at += 7) {
        const { world, a, b } = pair();
        world.fate = numbered((number, copy, { bytes }) => {
          if (number !== message || copy > 1) return [{ delayMs: 5 }];
          const other = bytes.slice();
          other[at] = (other[at] ?? 0) ^ (1 << (at & 7));
          return [{ delayMs: 5, bytes: other }];
        });
        a.ping(b);
        world.run(12_000);
        expect({ at, a: a.sas().length, b: b.sas().length }).toEqual({ at, a: 2, b: 2 });
        expect(a.keys()).toEqual(b.keys());
      }
    },
  );

  test.each([5, 6, 7, 8, 9])('message %i cut short or made longer is dropped', (message) => {
    // One more whole block would be padding, which may be of any length (#40).
    for (const change of [-1, -7, -8, -16, 1, 7]) {
      const { world, a, b } = pair();
      world.fate = numbered((number, copy, { bytes }) => {
        if (number !== message || copy > 1) return [{ delayMs: 5 }];
        const other = Buffer.alloc(Math.max(bytes.length + change, 28));
        Buffer.from(bytes).copy(other, 0, 0, Math.min(bytes.length, other.length));
        other.writeUInt32BE(other.length, 24);
        return [{ delayMs: 5, bytes: Uint8Array.from(other) }];
      });
      a.ping(b);
      world.run(12_000);
      expect({ change, a: a.sas().length, b: b.sas().length }).toEqual({ change, a: 2, b: 2 });
    }
  });
});

test('hostile 39: a corrupt message before each good one never advances the chain of vectors', () => {
  const { world, a, b } = pair();
  world.fate = numbered((number, _copy, { bytes }) => {
    if (number < 5) return [{ delayMs: 5 }];
    const other = bytes.slice();
    other[bytes.length - 1] = (other[bytes.length - 1] ?? 0) ^ 1;
    other[30] = (other[30] ?? 0) ^ 1;
    return [{ delayMs: 4, bytes: other }, { delayMs: 5 }];
  });
  a.ping(b);
  world.run(2_000);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  expect(a.keys()).toEqual(b.keys());
});

test('hostile 30: an informational before phase 1 is done is dropped, even one with a right hash', () => {
  const { world, a, b } = pair();
  world.fate = numbered((number) => (number === 5 ? [] : [{ delayMs: 5 }]));
  a.ping(b);
  world.run(500);
  const sharedSecret = b.computations.find(({ kind }) => kind === 'dhDerive')?.sharedSecret;
  if (sharedSecret === undefined) throw new Error('no secret');
  const oracle = new Oracle({
    hash: 'md5',
    cipher: '3des',
    preSharedKey: 'roberkenon',
    sharedSecret,
    messages: messages(world, exchangeNumber.main).slice(0, 4),
  });
  const both = Buffer.concat([oracle.cookieI, oracle.cookieR]);
  const body = Buffer.concat([number32(1), Buffer.from([1, 16, 0, 1]), both]);
  inject(b, a.address, oracle.forge(exchangeNumber.informational, 78, [[payloadNumber.D, body]]));
  expect(sizesOf(b)).toMatchObject({ ikeSas: 1, halfOpen: 1 });
  world.fate = () => [{ delayMs: 5 }];
  world.run(11_000);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
});

test('hostile 38: message 3 sent back to its author starts nothing and ends nothing', () => {
  const { world, a, b } = pair();
  world.fate = numbered((number, copy, { bytes }) => {
    if (number !== 3 || copy > 1) return [{ delayMs: 5 }];
    for (const delay of [5, 6, 7]) world.later(delay, () => inject(a, b.address, bytes));
    return [];
  });
  a.ping(b);
  world.run(9_000);
  expect([...everySa(a), ...everySa(b)]).toEqual([]);
  world.run(11_000);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
});

test('hostile 7: a transform that asks for a private prf is not selected', () => {
  const { world, b } = pair();
  const offer = attributes([11, 1], [12, 28_800], [1, 5], [2, 1], [3, 1], [4, 2], [13, 65_001]);
  const body = saBody([{ protocol: 1, transforms: [{ id: 1, attributes: offer }] }]);
  const cookies = { cookieI: Buffer.alloc(8, 3), cookieR: Buffer.alloc(8) };
  inject(b, '1.0.0.1', clear(cookies, [[1, body]]));
  expect(messages(world, exchangeNumber.main)).toEqual([]);
});
