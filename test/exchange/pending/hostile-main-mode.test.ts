/** Pending: hostile main mode messages that are still believed. */
import { expect, test } from '@jest/globals';
import { everySa, inject, messages, sizesOf } from '../checks.js';
import { attributes, clear, saBody } from '../hostile-datagrams.js';
import { exchangeNumber, number32, Oracle, payloadNumber } from '../rfc2409.js';
import { numbered } from '../wire-faults.js';
import { pair } from '../world.js';

// The keys are there after message 4, and readInformational does not ask whether phase 1 is done.
test('#30 an informational before phase 1 is done is dropped, even one with a right hash', () => {
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

// Keys are made of our own public value, and the honest message 4 comes too late.
test('#38 message 3 sent back to its author starts nothing and ends nothing', () => {
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

// The attribute is not known to the engine and so not looked at.
test('#7 a transform that asks for a private prf is not selected', () => {
  const { world, b } = pair();
  const offer = attributes([11, 1], [12, 28_800], [1, 5], [2, 1], [3, 1], [4, 2], [13, 65_001]);
  const body = saBody([{ protocol: 1, transforms: [{ id: 1, attributes: offer }] }]);
  const cookies = { cookieI: Buffer.alloc(8, 3), cookieR: Buffer.alloc(8) };
  inject(b, '1.0.0.1', clear(cookies, [[1, body]]));
  expect(messages(world, exchangeNumber.main)).toEqual([]);
});
