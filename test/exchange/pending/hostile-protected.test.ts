/** Pending: what a hostile or broken peer that has the keys can still fill up. */
import { expect, test } from '@jest/globals';
import { answersTo, established, everySa, inject, oracleOf } from '../checks.js';
import { attributes, saBody } from '../hostile-datagrams.js';
import { exchangeNumber, number32, payloadNumber } from '../rfc2409.js';

const address = (last: number) => Buffer.from([1, 0, 0, 0, 1, 0, 0, last]);
const offerOf = (list: Uint8Array, spi: number) =>
  saBody([{ protocol: 3, spi: number32(spi), transforms: [{ id: 3, attributes: list }] }]);

// Every unfinished quick mode leaves an inbound SA for its whole lifetime, 64 more each minute.
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

// The exchange waits for a better message 7, but no timer ends it: 64 of them and the peer gets no more.
test('#8 quick modes with a public value the group forbids do not stay open for ever', () => {
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

// Attributes the engine does not know are not looked at: the pair would be made without ESN, or without
// the compression or rounds the peer counts on.
test.each([
  ['extended sequence numbers', [11, 1]],
  ['key rounds', [7, 16]],
  ['an attribute nobody knows', [200, 1]],
] as const)('#18 an offer with %s is not selected', (_what, pair) => {
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
