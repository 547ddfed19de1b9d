/** what proposal-check makes of lifetime, lifebytes and pfs-group, as a table. */
import { describe, expect, test } from '@jest/globals';
import type { DhGroupName } from '../../lib/core/crypto/algorithms.js';
import type { ProposalConfig } from '../../lib/core/ike/ike-config.js';
import { everySa, messages, oracleOf } from './checks.js';
import { exchangeNumber, payloadNumber, readHeader } from './rfc2409.js';
import type { PairOptions } from './world.js';
import { pair } from './world.js';

type Check = NonNullable<PairOptions['check']>;

interface Terms {
  readonly seconds: number;
  readonly bytes: number;
  readonly group: DhGroupName | 'none';
}

const kb = 1024;
const checks: readonly Check[] = ['obey', 'strict', 'claim', 'exact'];
const seconds = [600, 1800, 3600];
const bytes = [0, 1000 * kb, 4000 * kb];
const groups = ['none', 'modp768', 'modp1024'] as const;

const limitless = (value: number) => (value === 0 ? Number.POSITIVE_INFINITY : value);
const smaller = (a: number, b: number) => (limitless(a) < limitless(b) ? a : b);

/** The rule as the specification has it; undefined = refused. */
function ruling(check: Check, theirs: Terms, own: Terms): Terms | undefined {
  const { seconds: L, bytes: B, group: G } = theirs;
  const { seconds: l, bytes: b, group: g } = own;
  const groupRefused = g !== 'none' && G !== g;
  switch (check) {
    case 'obey':
      return theirs;
    case 'strict':
      if (limitless(L) > limitless(l) || limitless(B) > limitless(b) || groupRefused)
        return undefined;
      return theirs;
    case 'claim':
      return groupRefused ? undefined : { seconds: smaller(L, l), bytes: smaller(B, b), group: G };
    case 'exact':
      return L === l && B === b && G === g ? theirs : undefined;
  }
}

function optionsOf({ seconds: lifetimeSeconds, bytes: lifetimeBytes, group }: Terms): PairOptions {
  const terms: Partial<ProposalConfig> = { lifetimeSeconds, lifetimeBytes };
  return group === 'none'
    ? { pfs: false, proposal: terms }
    : { proposal: { ...terms, pfsGroup: group } };
}

function negotiate(check: Check, theirs: Terms, own: Terms) {
  const { world, a, b } = pair(optionsOf(theirs), { ...optionsOf(own), check });
  a.ping(b);
  world.run(3_000);
  const [mine] = everySa(a);
  const [others] = everySa(b);
  return { world, a, b, mine, others };
}

describe.each(checks)('proposal-check=%s', (check) => {
  const cases: (readonly [Terms, Terms])[] = [];
  // Lifetimes against each other, bytes against each other, groups against each other.
  for (const L of seconds) {
    for (const l of seconds) {
      for (const [B, b] of [
        [0, 0],
        [bytes[1], bytes[2]],
        [bytes[2], bytes[1]],
        [0, bytes[1]],
        [bytes[1], 0],
      ]) {
        cases.push([
          { seconds: L, bytes: B ?? 0, group: 'none' },
          { seconds: l, bytes: b ?? 0, group: 'none' },
        ]);
      }
    }
  }
  for (const G of groups) {
    for (const g of groups) {
      cases.push([
        { seconds: 1800, bytes: 0, group: G },
        { seconds: 1800, bytes: 0, group: g },
      ]);
    }
  }

  test('decides lifetimes, bytes and groups as the table says, and both ends install the same', () => {
    const found: string[] = [];
    const wanted: string[] = [];
    for (const [theirs, own] of cases) {
      const what = `${JSON.stringify(theirs)} against ${JSON.stringify(own)}`;
      const expected = ruling(check, theirs, own);
      const { mine, others, a, b } = negotiate(check, theirs, own);
      const text = (sa: typeof mine, pfs: boolean | undefined) =>
        sa === undefined
          ? 'refused'
          : `${sa.lifetime.hardSeconds}s ${sa.lifetime.hardBytes} ${pfs ? 'pfs' : 'no pfs'}`;
      const pfsOf = (router: typeof a) => router.engine.status().childSas[0]?.pfs;
      const rule =
        expected === undefined
          ? 'refused'
          : `${expected.seconds}s ${expected.bytes} ${expected.group === 'none' ? 'no pfs' : 'pfs'}`;
      found.push(`${what}: ${text(mine, pfsOf(a))} and ${text(others, pfsOf(b))}`);
      wanted.push(`${what}: ${rule} and ${rule}`);
    }
    expect(found).toEqual(wanted);
  });
});

test('claim tells the initiator with RESPONDER-LIFETIME inside message 8, for our SPI (RFC 2407 4.6.3.1)', () => {
  const theirs: Terms = { seconds: 3600, bytes: 4000 * kb, group: 'none' };
  const own: Terms = { seconds: 1800, bytes: 1000 * kb, group: 'none' };
  const { world, a, b } = negotiate('claim', theirs, own);
  const quickMode = messages(world, exchangeNumber.quick);
  const oracle = oracleOf({ a, mainMode: messages(world, exchangeNumber.main) });
  const [q1, q2] = quickMode as [Uint8Array, Uint8Array];
  const payloads = oracle.open(oracle.blockAfter(q1), q2);
  const notify = payloads.find(({ type }) => type === payloadNumber.N)?.body;
  const inbound = everySa(b).find(({ direction }) => direction === 'in');
  expect(notify?.readUInt32BE(0)).toBe(1);
  expect(notify?.readUInt8(4)).toBe(3);
  expect(notify?.readUInt16BE(6)).toBe(24576);
  const spiBytes = notify?.readUInt8(5) ?? 0;
  expect(spiBytes).toBe(4);
  expect(notify?.readUInt32BE(8)).toBe(inbound?.spi);
  // Seconds and kilobytes, each duration behind its type: in the basic form they fit 16 bits here.
  expect(notify?.subarray(12).toString('hex')).toBe('800100018002070880010002800203e8');
  expect(readHeader(q2).exchange).toBe(32);
});

test('no RESPONDER-LIFETIME is sent where the offer was taken as it is', () => {
  const terms: Terms = { seconds: 1800, bytes: 0, group: 'none' };
  for (const check of checks) {
    const { world, a } = negotiate(check, terms, terms);
    const quickMode = messages(world, exchangeNumber.quick);
    const mainMode = messages(world, exchangeNumber.main);
    const oracle = oracleOf({ a, mainMode });
    const [q1, q2] = quickMode as [Uint8Array, Uint8Array];
    const types = oracle.open(oracle.blockAfter(q1), q2).map(({ type }) => type);
    expect(types).not.toContain(payloadNumber.N);
  }
});

test('R-61 lifebytes go out as kilobytes rounded up', () => {
  const { a, b } = negotiate(
    'obey',
    { seconds: 1800, bytes: 1025, group: 'none' },
    { seconds: 1800, bytes: 0, group: 'none' },
  );
  expect([everySa(a)[0]?.lifetime.hardBytes, everySa(b)[0]?.lifetime.hardBytes]).toEqual([
    2048, 2048,
  ]);
});

test('R-63 a peer without a limit is longer than any limit of ours under strict', () => {
  const none: Terms = { seconds: 0, bytes: 0, group: 'none' };
  const some: Terms = { seconds: 1800, bytes: 0, group: 'none' };
  const { a, b } = negotiate('strict', none, some);
  expect([a.sas(), b.sas()]).toEqual([[], []]);
  const relaxed = negotiate('strict', some, none);
  expect(relaxed.a.sas()).toHaveLength(2);
});

test('R-63 lifetime=0s at both ends with exact is equal, and so accepted', () => {
  const { world, a, b } = pair({ check: 'exact', proposal: { lifetimeSeconds: 0 } });
  a.ping(b);
  world.run(3_000);
  expect([a.sas().length, b.sas().length]).toEqual([2, 2]);
});

describe('R-63 a refusal names what was offered, what is accepted, the rows and what to set', () => {
  const proposal = '/ip ipsec proposal 0 (name=default)';
  const peer = '/ip ipsec peer 0 (address=1.0.0.1:500)';
  const own: Terms = { seconds: 1800, bytes: 1000 * kb, group: 'modp1024' };
  const remedy = 'or proposal-check=claim or obey in the peer row';

  test.each<[Check, Partial<Terms>, string]>([
    [
      'strict',
      { seconds: 3600 },
      `the peer offers lifetime=1h, proposal-check=strict of ${peer} accepts at most lifetime=30m of ${proposal}: set lifetime=1h there, ${remedy}`,
    ],
    [
      'strict',
      { bytes: 0 },
      `the peer offers lifebytes=0, proposal-check=strict of ${peer} accepts at most lifebytes=1024000 of ${proposal}: set lifebytes=0 there, ${remedy}`,
    ],
    [
      'exact',
      { seconds: 600 },
      `the peer offers lifetime=10m, proposal-check=exact of ${peer} accepts only lifetime=30m of ${proposal}: set lifetime=10m there, ${remedy}`,
    ],
    [
      'claim',
      { group: 'modp768' },
      `the peer offers pfs-group=modp768, proposal-check=claim of ${peer} accepts only pfs-group=modp1024 of ${proposal}: set pfs-group=modp768 there, or proposal-check=obey in the peer row`,
    ],
  ])('%s against %o', (check, theirs, words) => {
    const { b } = negotiate(check, { ...own, ...theirs }, own);
    expect(b.warnings().join('\n')).toContain(words);
  });
});
