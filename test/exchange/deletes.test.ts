/** DELETE both ways: what is told to the other end when SAs go here, and what it does then (RFC 2408 3.15, A-22). */
import { describe, expect, test } from '@jest/globals';
import { toHex } from '../../lib/core/base/bytes.js';
import { spiBytes } from '../../lib/core/base/spi.js';
import { established, everySa, oracleOf, sizesOf } from './checks.js';
import { exchangeNumber, payloadNumber, readHeader } from './rfc2409.js';
import type { Router, World } from './world.js';

/** DOI, protocol, size and number of SPIs, and the SPIs. */
const deleteBody = (protocol: number, ...spis: readonly Uint8Array[]) =>
  ['00000001', `0${protocol}`, spis[0]?.length === 16 ? '10' : '04', `000${spis.length}`]
    .concat(spis.map(toHex))
    .join('');

const ends = ['a', 'b'] as const;

function sides(run: ReturnType<typeof established>, which: 'a' | 'b') {
  return which === 'a' ? ([run.a, run.b] as const) : ([run.b, run.a] as const);
}

/** What a router has said in informational exchanges since then, opened with the keys of the first phase 1. */
function told(run: ReturnType<typeof established>, router: Router, since: number) {
  const oracle = oracleOf(run);
  return run.world.wire
    .slice(since)
    .map(({ datagram }) => datagram)
    .filter(({ local }) => local.address === router.address)
    .map(({ bytes }) => bytes)
    .filter((bytes) => readHeader(bytes).exchange === exchangeNumber.informational)
    .map((bytes) => oracle.open(oracle.exchangeIv(readHeader(bytes).messageId), bytes))
    .map((payloads) => payloads.filter(({ type }) => type === payloadNumber.D))
    .flatMap((payloads) => payloads.map(({ body }) => toHex(body)));
}

const inboundSpis = (router: Router) =>
  everySa(router)
    .filter(({ direction }) => direction === 'in')
    .map(({ spi }) => spiBytes(spi));

/** Packets bring the tunnel up again. */
function expectRecovery(world: World, a: Router, b: Router): void {
  a.ping(b);
  world.run(2_000);
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
}

describe.each(ends)('flush at %s', (which) => {
  test.each([
    ['esp', 3],
    ['ah', 2],
  ] as const)(
    'A-22 of %s deletes the pair here and, with its inbound SPI, at the other end; phase 1 stays',
    (protocol, number) => {
      const run = established({ protocols: [protocol] });
      const [here, there] = sides(run, which);
      const spis = inboundSpis(here);
      const since = run.world.wire.length;
      here.command({ kind: 'flush', protocols: protocol });
      expect(everySa(here)).toEqual([]);
      run.world.run(1_000);
      expect(told(run, here, since)).toEqual([deleteBody(number, ...spis)]);
      expect(everySa(there)).toEqual([]);
      expect(told(run, there, since)).toEqual([]);
      for (const router of [here, there]) {
        expect(sizesOf(router)).toMatchObject({ ikeSas: 1, childSas: 0, negotiations: 0 });
      }
      expectRecovery(run.world, here, there);
    },
  );

  test('A-22 of the protocol that is not there deletes nothing and tells nobody', () => {
    const run = established();
    const [here, there] = sides(run, which);
    const before = run.world.wire.length;
    here.command({ kind: 'flush', protocols: 'ah' });
    run.world.run(1_000);
    expect(run.world.wire).toHaveLength(before);
    expect([here.ping(there), there.ping(here)]).toEqual(['encrypted', 'encrypted']);
  });

  test('A-22 of all takes a bundle whole at both ends', () => {
    const run = established({ protocols: ['esp', 'ah'] });
    const [here, there] = sides(run, which);
    expect(everySa(here)).toHaveLength(4);
    here.command({ kind: 'flush', protocols: 'all' });
    run.world.run(1_000);
    expect([everySa(here), everySa(there)]).toEqual([[], []]);
    expectRecovery(run.world, here, there);
  });

  test('whose DELETE is lost leaves the other end with a pair that is of no use; packets from here renew it', () => {
    const run = established();
    const [here, there] = sides(run, which);
    run.world.fate = () => [];
    here.command({ kind: 'flush', protocols: 'all' });
    run.world.run(1_000);
    expect(everySa(there)).toHaveLength(2);
    run.world.fate = () => [{ delayMs: 5 }];
    expectRecovery(run.world, here, there);
  });
});

test.each(ends)('R-6C phase 1 is deleted by its cookies when its peer row goes at %s', (which) => {
  const run = established();
  const [here, there] = sides(run, which);
  const [first] = run.mainMode;
  const last = run.mainMode.at(-1);
  if (first === undefined || last === undefined) throw new Error('no main mode');
  const since = run.world.wire.length;
  here.configure({ ...here.config, peers: [] });
  run.world.run(1_000);
  expect(told(run, here, since)).toEqual([deleteBody(1, last.subarray(0, 16))]);
  expect([sizesOf(here), sizesOf(there)].map(({ ikeSas }) => ikeSas)).toEqual([0, 0]);
});

test('both ends that flush at once delete each other’s pair once, and begin anew', () => {
  const run = established();
  const { world, a, b } = run;
  const since = world.wire.length;
  a.command({ kind: 'flush', protocols: 'all' });
  b.command({ kind: 'flush', protocols: 'all' });
  world.run(1_000);
  expect([told(run, a, since).length, told(run, b, since).length]).toEqual([1, 1]);
  expect([everySa(a), everySa(b)]).toEqual([[], []]);
  expectRecovery(world, a, b);
});
