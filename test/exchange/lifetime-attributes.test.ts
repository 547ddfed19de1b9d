/**
 * R-63 for what a peer can write into its offer: a limit that is shorter, equal, longer, 0 or left out,
 * in seconds and in kilobytes, and a group, under all four checks; and RESPONDER-LIFETIME both ways.
 */
import { describe, expect, test } from '@jest/globals';
import type { IkeConfig, ProposalConfig } from '../../lib/core/ike/ike-config.js';
import { answersTo, established, everySa, inject, oracleOf } from './checks.js';
import { attributes, clear, saBody } from './hostile-datagrams.js';
import { captured, notifyBody } from './hostile-peer.js';
import {
  bodyOf,
  exchangeNumber,
  number32,
  type Oracle,
  payloadNumber,
  readHeader,
  writeChain,
} from './rfc2409.js';
import { pair } from './world.js';

type Check = 'obey' | 'strict' | 'claim' | 'exact';
type Limit = number | 'absent';

interface Offered {
  readonly seconds?: Limit;
  readonly kilobytes?: Limit;
  /** Number of the Diffie-Hellman group. */
  readonly group?: 1 | 2;
}

interface Own {
  readonly seconds?: number;
  readonly kilobytes?: number;
  readonly group?: 'modp1024';
}

const checks: readonly Check[] = ['obey', 'strict', 'claim', 'exact'];
const address = (last: number) => Buffer.from([1, 0, 0, 0, 1, 0, 0, last]);
const groupBytes = { 1: 96, 2: 128 };
/** What a lifetime is when nobody says (RFC 2407 4.5). */
const unsaid = 28_800;

function limitAttributes(type: 1 | 2, limit: Limit): (readonly [number, number])[] {
  return limit === 'absent' ? [] : [[1, type], [2, limit] as const];
}

let lastId = 9_000;
/** The attributes of the last RESPONDER-LIFETIME that an answer bore. */
let lastTold = '';

/** Puts an offer into `b` as `a` would: what `b` installs for it, and whether its answer bears a notify. */
function answerTo(run: ReturnType<typeof captured>, { seconds, kilobytes, group }: Offered) {
  const { world, a, b, oracle } = run;
  const before = new Set(everySa(b).map(({ spi }) => spi));
  const transform = attributes(
    ...limitAttributes(1, seconds ?? 1800),
    ...limitAttributes(2, kilobytes ?? 'absent'),
    ...(group === undefined ? [] : [[3, group] as const]),
    ...([
      [4, 2],
      [5, 2],
    ] as const),
  );
  const spi = number32(0x2000_0000 + lastId);
  const value = group === undefined ? [] : [keyExchange(group)];
  lastId += 1;
  const message = oracle.forge(exchangeNumber.quick, lastId, [
    [
      payloadNumber.SA,
      saBody([{ protocol: 3, spi, transforms: [{ id: 3, attributes: transform }] }]),
    ],
    [payloadNumber.NONCE, Buffer.alloc(16, 0x33)],
    ...value,
    [payloadNumber.ID, address(1)],
    [payloadNumber.ID, address(2)],
  ]);
  const answer = answersTo(world, b, a.address, message).find(
    ({ bytes }) => readHeader(bytes).exchange === exchangeNumber.quick,
  );
  if (answer === undefined) return 'refused';
  const made = everySa(b).find((sa) => !before.has(sa.spi) && sa.state === 'mature');
  if (made === undefined) return 'nothing installed';
  const payloads = oracle.open(oracle.blockAfter(message), answer.bytes);
  const isTold = payloads.some(({ type }) => type === payloadNumber.N);
  lastTold = isTold ? bodyOf(payloads, 'N').subarray(12).toString('hex') : '';
  const { hardSeconds, hardBytes } = made.lifetime;
  return `${hardSeconds} s ${hardBytes / 1024} kB${isTold ? ', told' : ''}`;
}

function keyExchange(group: 1 | 2): readonly [number, Uint8Array] {
  const value = Buffer.alloc(groupBytes[group]);
  value.writeUInt8(3, value.length - 1);
  return [payloadNumber.KE, value];
}

/** A phase 1 whose keys are known, with a responder that has these values. */
function responder(check: Check, { seconds = 1800, kilobytes = 0, group }: Own) {
  const run = captured({ pfs: false, check });
  const { b } = run;
  const proposal = (row: ProposalConfig): ProposalConfig => ({
    ...row,
    lifetimeSeconds: seconds,
    lifetimeBytes: kilobytes * 1024,
    ...(group === undefined ? {} : { pfsGroup: group }),
  });
  const config: IkeConfig = {
    ...b.config,
    policies: b.config.policies.map((row) => ({ ...row, proposal: proposal(row.proposal) })),
  };
  b.configure(config);
  return run;
}

const longest = (limit: number) => (limit === 0 ? Number.POSITIVE_INFINITY : limit);
const text = (limit: number) => (limit === Number.POSITIVE_INFINITY ? 0 : limit);

/** R-63 once more, for one limit: what is installed, or undefined; and whether the peer is told. */
function ruling(check: Check, theirs: number, own: number) {
  const [L, l] = [longest(theirs), longest(own)];
  switch (check) {
    case 'obey':
      return { limit: text(L), told: false };
    case 'strict':
      return L > l ? undefined : { limit: text(L), told: false };
    case 'claim':
      return { limit: text(Math.min(L, l)), told: l < L };
    case 'exact':
      return L === l ? { limit: text(L), told: false } : undefined;
  }
}

describe.each(checks)('proposal-check=%s', (check) => {
  test.each([1800, 0])('takes seconds against own %i as the table says', (own) => {
    const run = responder(check, { seconds: own });
    for (const seconds of [600, 1800, 3600, 0, 'absent'] as const) {
      const said = seconds === 'absent' ? unsaid : seconds;
      const rule = ruling(check, said, own);
      const words = rule && `${rule.limit} s 0 kB${rule.told ? ', told' : ''}`;
      // No limit is left out of our own offers: so what is left out is equal to none.
      const sameAsOurs = check === 'exact' && own === 0 && seconds === 'absent';
      const expected = sameAsOurs ? `${unsaid} s 0 kB` : (words ?? 'refused');
      expect(`${seconds}: ${answerTo(run, { seconds })}`).toBe(`${seconds}: ${expected}`);
      run.world.run(70_000);
    }
  });

  test.each([1000, 0])('takes kilobytes against own %i as the table says', (own) => {
    const run = responder(check, { kilobytes: own });
    for (const kilobytes of [500, 1000, 4000, 0, 'absent'] as const) {
      const rule = ruling(check, kilobytes === 'absent' ? 0 : kilobytes, own);
      const words = rule && `1800 s ${rule.limit} kB${rule.told ? ', told' : ''}`;
      const answer = answerTo(run, { kilobytes });
      expect(`${kilobytes}: ${answer}`).toBe(`${kilobytes}: ${words ?? 'refused'}`);
      run.world.run(70_000);
    }
  });

  test.each([undefined, 'modp1024'] as const)('takes a group against own %s', (own) => {
    const run = responder(check, own === undefined ? {} : { group: own });
    for (const group of [undefined, 1, 2] as const) {
      const isSame = group === (own === undefined ? undefined : 2);
      const isTaken = check === 'obey' || isSame || (check !== 'exact' && own === undefined);
      const answer = answerTo(run, group === undefined ? {} : { group });
      expect(`${group}: ${answer}`).toBe(`${group}: ${isTaken ? '1800 s 0 kB' : 'refused'}`);
      run.world.run(70_000);
    }
  });
});

/** The answer of a quick mode with one more notify, its hash made anew (RFC 2409 5.5). */
function withNotify(oracle: Oracle, first: Uint8Array, answer: Uint8Array, data: Uint8Array) {
  const { messageId } = readHeader(answer);
  const nonce = bodyOf(oracle.open(oracle.exchangeIv(messageId), first), 'NONCE');
  const iv = oracle.blockAfter(first);
  const payloads = oracle
    .open(iv, answer)
    .filter(({ type }) => type !== payloadNumber.HASH)
    .map(({ type, body }) => [type, body] as const);
  const notify = notifyBody(24_576, number32(0x1000), data, 3);
  const all = [...payloads, [payloadNumber.N, notify] as const];
  const hash = oracle.prf(oracle.skeyidA, number32(messageId), nonce, writeChain(all).bytes);
  return oracle.forge(exchangeNumber.quick, messageId, all, { iv, hash });
}

describe('R-64 a RESPONDER-LIFETIME received', () => {
  /** Adds a notify to the answer of a quick mode, and gives the initiator's limits. */
  function limitsAfter(own: Partial<ProposalConfig>, data: Uint8Array): readonly number[] {
    const run = established({ pfs: false });
    const { world, a, b } = run;
    const { policies } = a.config;
    const edited = policies.map((row) => ({ ...row, proposal: { ...row.proposal, ...own } }));
    a.configure({ ...a.config, policies: edited });
    b.configure({
      ...b.config,
      peers: b.config.peers.map((row) => ({ ...row, proposalCheck: 'obey' })),
    });
    const oracle = oracleOf(run);
    const known = new Set(everySa(a).map(({ spi }) => spi));
    let isDone = false;
    const firsts = new Map<number, Uint8Array>();
    world.fate = ({ local, bytes }) => {
      const { exchange, messageId } = readHeader(bytes);
      if (exchange !== exchangeNumber.quick) return [{ delayMs: 5 }];
      if (local.address === a.address && !firsts.has(messageId)) firsts.set(messageId, bytes);
      if (local.address === a.address || isDone) return [{ delayMs: 5 }];
      isDone = true;
      const first = firsts.get(messageId);
      if (first === undefined) return [];
      return [{ delayMs: 5, bytes: withNotify(oracle, first, bytes, data) }];
    };
    a.command({ kind: 'initiate', policyId: 1 });
    world.run(1_000);
    const made = everySa(a).filter(({ spi }) => !known.has(spi));
    expect(made).toHaveLength(2);
    return [made[0]?.lifetime.hardSeconds ?? -1, (made[0]?.lifetime.hardBytes ?? -1) / 1024];
  }

  const limits = (...pairs: (readonly [number, number])[]) => attributes(...pairs);

  test.each([
    ['shorter seconds', {}, limits([1, 1], [2, 600]), [600, 0]],
    ['longer seconds', {}, limits([1, 1], [2, 3600]), [1800, 0]],
    ['0 seconds', {}, limits([1, 1], [2, 0]), [1800, 0]],
    ['kilobytes where we had no limit', {}, limits([1, 2], [2, 500]), [1800, 500]],
    ['shorter kilobytes', { lifetimeBytes: 1_024_000 }, limits([1, 2], [2, 500]), [1800, 500]],
    ['longer kilobytes', { lifetimeBytes: 1_024_000 }, limits([1, 2], [2, 5000]), [1800, 1000]],
    ['both', {}, limits([1, 1], [2, 300], [1, 2], [2, 7]), [300, 7]],
    ['a duration without type', {}, limits([2, 300]), [1800, 0]],
    ['half an attribute', {}, limits([1, 1], [2, 300]).subarray(0, 6), [1800, 0]],
    ['nothing', {}, Buffer.alloc(0), [1800, 0]],
  ] as const)('with %s', (_, own, data, expected) => {
    expect(limitsAfter(own, data)).toEqual(expected);
  });
});

describe('R-64 an answer with other limits than ours', () => {
  const ours = { seconds: 1800, kilobytes: 1000 };

  /** What the initiator makes of an answer that has these limits in its transform. */
  function limitsFrom(check: Check, seconds: Limit, kilobytes: Limit): string {
    const run = responder(check, ours);
    const { world, a, b, oracle } = run;
    const known = new Set(everySa(b).map(({ spi }) => spi));
    const before = world.wire.length;
    world.fate = () => [];
    b.command({ kind: 'initiate', policyId: 1 });
    const first = world.wire[before]?.datagram.bytes ?? new Uint8Array();
    const { messageId } = readHeader(first);
    const asked = oracle.open(oracle.exchangeIv(messageId), first);
    const list = attributes(
      ...limitAttributes(1, seconds),
      ...limitAttributes(2, kilobytes),
      ...([
        [4, 2],
        [5, 2],
      ] as const),
    );
    const transforms = [{ id: 3, attributes: list }];
    const payloads = [
      [payloadNumber.SA, saBody([{ protocol: 3, spi: number32(0x3000_0000), transforms }])],
      [payloadNumber.NONCE, Buffer.alloc(16, 0x44)],
      [payloadNumber.ID, address(2)],
      [payloadNumber.ID, address(1)],
    ] as const;
    const nonce = bodyOf(asked, 'NONCE');
    const rest = writeChain(payloads).bytes;
    const hash = oracle.prf(oracle.skeyidA, number32(messageId), nonce, rest);
    const iv = oracle.blockAfter(first);
    inject(b, a.address, oracle.forge(exchangeNumber.quick, messageId, payloads, { iv, hash }));
    const made = everySa(b).filter(({ spi, state }) => !known.has(spi) && state === 'mature');
    if (made.length === 0) return 'refused';
    expect(made).toHaveLength(2);
    const texts = made.map(
      ({ lifetime }) => `${lifetime.hardSeconds} s ${lifetime.hardBytes / 1024} kB`,
    );
    expect(texts[1]).toBe(texts[0]);
    return texts[0] ?? '';
  }

  test.each(checks)('is judged by proposal-check=%s like an offer', (check) => {
    for (const seconds of [600, 1800, 3600, 0, 'absent'] as const) {
      for (const kilobytes of [500, 1000, 4000, 0, 'absent'] as const) {
        const said = seconds === 'absent' ? unsaid : seconds;
        const time = ruling(check, said, ours.seconds);
        const bytes = ruling(check, kilobytes === 'absent' ? 0 : kilobytes, ours.kilobytes);
        const expected = time && bytes ? `${time.limit} s ${bytes.limit} kB` : 'refused';
        const found = limitsFrom(check, seconds, kilobytes);
        expect(`${seconds} ${kilobytes}: ${found}`).toBe(`${seconds} ${kilobytes}: ${expected}`);
      }
    }
  });
});

test('RESPONDER-LIFETIME tells the limits there are, and not that there is none', () => {
  const seconds = '8001000180020708';
  const kilobytes = '80010002800203e8';
  const told = (own: Own, offered: Offered) => {
    const run = responder('claim', own);
    expect(answerTo(run, offered)).toMatch(/, told$/);
    return lastTold;
  };
  expect(told({ seconds: 1800, kilobytes: 0 }, { seconds: 3600 })).toBe(seconds);
  expect(told({ seconds: 1800, kilobytes: 1000 }, { seconds: 3600 })).toBe(seconds + kilobytes);
  expect(told({ seconds: 0, kilobytes: 1000 }, { seconds: 0 })).toBe(kilobytes);
});

/** Whether a first message with such lifetime attributes is answered. */
function phase1Answered(check: Check, lifetime: readonly (readonly [number, number])[]): boolean {
  const { world, b } = pair({ check });
  const list = attributes(...lifetime, [1, 5], [3, 1], [2, 1], [4, 2]);
  const offer = saBody([{ protocol: 1, transforms: [{ id: 1, attributes: list }] }]);
  const cookies = { cookieI: Buffer.alloc(8, 7), cookieR: Buffer.alloc(8) };
  const message = clear(cookies, [[payloadNumber.SA, offer]]);
  return answersTo(world, b, '1.0.0.1', message).some(
    ({ bytes }) => readHeader(bytes).exchange === exchangeNumber.main,
  );
}

/** phase 1 offers may have any lifetime, or none, under any check. */
test.each(checks)('R-56 R-65 %s is no rule for the lifetime of phase 1', (check) => {
  for (const list of [
    [],
    [
      [11, 1],
      [12, 0],
    ],
    [
      [11, 1],
      [12, 60],
    ],
    [
      [11, 2],
      [12, 1],
    ],
  ] as const) {
    expect(phase1Answered(check, list)).toBe(true);
  }
});
