/** Aggressive and base mode between two engines, held to the RFC byte by byte (RFC 2409 5.4, RFC 2408 4.4, R-52, R-53). */
import { describe, expect, test } from '@jest/globals';
import { messages, oracleOf } from './checks.js';
import {
  bodyOf,
  exchangeNumber,
  payloadNumber,
  readChain,
  readHeader,
  Transcript,
} from './rfc2409.js';
import type { PairOptions } from './world.js';
import { pair } from './world.js';

const modes = ['aggressive', 'base'] as const;
const headerBytes = 28;
const resendMs = 10_000;

function settle(options: PairOptions, remoteOptions: PairOptions = options) {
  const made = pair(options, remoteOptions);
  made.a.ping(made.b);
  made.world.run(2_000);
  return made;
}

function chainOf(bytes: Uint8Array | undefined) {
  if (bytes === undefined) throw new Error('the message was not sent');
  return readChain(readHeader(bytes).next, bytes.subarray(headerBytes));
}

describe.each(modes)('%s mode', (exchangeMode) => {
  test.each([
    { encryption: '3des', hash: 'md5', group: 'modp1024' },
    { encryption: 'aes-256', hash: 'sha', group: 'modp2048' },
    { encryption: 'des', hash: 'sha', group: 'modp768' },
  ] as const)('brings up a tunnel that both ends use ($encryption, $hash, $group)', (suite) => {
    const { world, a, b } = settle({ ...suite, exchangeMode });
    expect([...a.warnings(), ...b.warnings()]).toEqual([]);
    expect(a.ping(b)).toBe('encrypted');
    expect(b.ping(a)).toBe('encrypted');
    expect(a.keys()).toEqual(b.keys());
    expect(messages(world, exchangeNumber.main)).toEqual([]);
    expect(messages(world, exchangeNumber[exchangeMode])).toHaveLength(
      exchangeMode === 'base' ? 4 : 3,
    );
  });

  test('R-53 finds the secret by the identity before the address', () => {
    const byIdentity = { exchangeMode, identString: '1.0.0.1', secret: 'by identity' } as const;
    const { world, a, b } = pair({ exchangeMode, secret: 'by identity' }, byIdentity);
    const [byAddress] = pair({}, { exchangeMode, secret: 'another' }).b.config.secrets;
    if (byAddress === undefined) throw new Error('no secret row');
    b.configure({ ...b.config, secrets: [byAddress, ...b.config.secrets] });
    a.ping(b);
    world.run(2_000);
    expect([...a.warnings(), ...b.warnings()]).toEqual([]);
    expect(a.ping(b)).toBe('encrypted');
  });

  test('R-53 works with a secret that only an ident-string names, on either side', () => {
    const named = (identString: string): PairOptions => ({ exchangeMode, identString });
    const { a, b } = settle(named('1.0.0.2'), named('1.0.0.1'));
    expect([...a.warnings(), ...b.warnings()]).toEqual([]);
    expect(a.ping(b)).toBe('encrypted');
  });

  test('says which rows would give a secret when there is none', () => {
    const { b } = settle({ exchangeMode }, { exchangeMode, identString: 'somebody.else' });
    expect(b.warnings()[0]).toContain(
      "couldn't find the pskey for 1.0.0.1 at 1.0.0.1: no enabled /ip ipsec pre-shared-secret row has that ident-string or address",
    );
  });

  test('R-52 refuses another mode and names the row', () => {
    const { a, b } = settle({ exchangeMode }, {});
    expect(b.warnings()[0]).toContain(
      `the peer wants ${exchangeMode} mode, /ip ipsec peer 0 (address=1.0.0.1:500) has exchange-mode=main`,
    );
    expect(a.sas()).toEqual([]);
  });

  test('secrets that differ are told on the side that finds out', () => {
    const { world, a, b } = settle({ exchangeMode }, { exchangeMode, secret: 'different' });
    world.run(70_000);
    const finder = exchangeMode === 'aggressive' ? a : b;
    expect(finder.warnings().join('\n')).toContain('the secrets of the two routers differ');
    expect([...a.sas(), ...b.sas()]).toEqual([]);
  });

  test('no common proposal is refused in words', () => {
    const { b } = settle({ exchangeMode }, { exchangeMode, encryption: 'aes-128' });
    expect(b.warnings()[0]).toContain('no common proposal: the peer offers 3des/md5/modp1024');
  });

  test.each([0, 1, 2, 3, 4, 5])('a tunnel comes up although message %i is lost', (lost) => {
    const { world, a, b } = pair({ exchangeMode });
    world.fate = (_, index) => (index === lost ? [] : [{ delayMs: 5 }]);
    a.ping(b);
    world.run(6 * resendMs);
    expect(a.ping(b)).toBe('encrypted');
    expect(b.ping(a)).toBe('encrypted');
  });

  test('a message that overtakes the third costs one repetition at most', () => {
    const { world, a, b } = pair({ exchangeMode });
    world.fate = ({ bytes }, index) => [
      { delayMs: index === 2 && bytes[18] !== exchangeNumber.quick ? 50 : 5 },
    ];
    a.ping(b);
    world.run(1.5 * resendMs);
    expect(a.ping(b)).toBe('encrypted');
  });

  test('a forged answer does not keep the true one from being heard', () => {
    const { world, a, b } = pair({ exchangeMode });
    world.fate = ({ bytes }, index) => {
      const last = exchangeMode === 'aggressive' ? 1 : 3;
      if (index !== last) return [{ delayMs: 5 }];
      const forged = Uint8Array.from(bytes);
      forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
      return [{ delayMs: 4, bytes: forged }, { delayMs: 5 }];
    };
    a.ping(b);
    world.run(2_000);
    expect(a.ping(b)).toBe('encrypted');
    expect(a.warnings()[0]).toContain('the secrets of the two routers differ');
  });

  test('a flood of forged answers makes the initiator compute a bounded number of times', () => {
    const { world, a, b } = pair({ exchangeMode });
    const last = exchangeMode === 'aggressive' ? 1 : 3;
    world.fate = ({ bytes }, index) => {
      if (index !== last) return [{ delayMs: 5 }];
      return Array.from({ length: 50 }, (_, number) => {
        const forged = Uint8Array.from(bytes);
        forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ (number + 1);
        return { delayMs: 4, bytes: forged };
      });
    };
    a.ping(b);
    world.run(1_000);
    expect(a.computations.filter(({ kind }) => kind === 'dhDerive').length).toBeLessThanOrEqual(4);
    expect(b.sas()).toEqual([]);
  });

  test('Annex 4 shows the states of the mode', () => {
    const { world, a, b } = pair({ exchangeMode });
    world.fate = (_, index) => [{ delayMs: 1_000 + index }];
    const seen = { a: new Set<string>(), b: new Set<string>() };
    a.ping(b);
    for (let step = 0; step < 70; step += 1) {
      for (const [name, { engine }] of [
        ['a', a],
        ['b', b],
      ] as const) {
        for (const { state } of engine.status().peers.values()) seen[name].add(state);
      }
      world.run(100);
    }
    const initiator = ['message-1-sent'];
    if (exchangeMode === 'base') initiator.push('message-2-sent');
    expect([...seen.a]).toEqual([...initiator, 'established']);
    expect([...seen.b]).toEqual(['message-1-sent', 'established']);
  });

  test('disabling the secret row in mid negotiation ends it, editing begins anew', () => {
    const { world, a, b } = pair({ exchangeMode });
    world.fate = () => [{ delayMs: 300 }];
    a.ping(b);
    world.run(400);
    b.configure({ ...b.config, peers: [] });
    world.run(5_000);
    expect(b.sas()).toEqual([]);
  });
});

describe.each([
  // INITIAL-CONTACT tells that the peer has the last message, so quick mode is repeated alone.
  { sendInitialContact: true, sent: 3 },
  { sendInitialContact: false, sent: 4 },
])(
  'R-57 aggressive mode, sendInitialContact $sendInitialContact',
  ({ sendInitialContact, sent }) => {
    test('a peer that drops a quick mode it hears too early costs one repetition, not the tunnel', () => {
      const { world, a, b } = pair({ exchangeMode: 'aggressive', sendInitialContact });
      // We would keep it: the wire drops the first quick mode in such a peer's stead.
      let isFirst = true;
      world.fate = ({ bytes }) => {
        const isDropped = isFirst && readHeader(bytes).exchange === exchangeNumber.quick;
        if (isDropped) isFirst = false;
        return isDropped ? [] : [{ delayMs: 5 }];
      };
      const start = world.now;
      a.ping(b);
      world.run(resendMs - 1_000);
      expect(b.names()).toContain('phase1Established');
      expect(a.sas()).toEqual([]);
      world.run(2_000);
      expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
      expect([...a.warnings(), ...b.warnings()]).toEqual([]);
      const [early, again, ...rest] = messages(world, exchangeNumber.quick);
      expect(again).toEqual(early);
      expect(rest).toHaveLength(2);
      const times = world.wire
        .filter(({ datagram }) => Buffer.compare(datagram.bytes, early ?? new Uint8Array()) === 0)
        .map(({ at }) => at - start);
      expect(times).toEqual([10, 10 + resendMs]);
      expect(messages(world, exchangeNumber.aggressive)).toHaveLength(sent);
      for (const router of [a, b]) {
        expect(router.names().filter((name) => name === 'phase1Established')).toHaveLength(1);
      }
    });
  },
);

test('RFC 2409 5.4: every hash of aggressive mode is that of the RFC', () => {
  const { world, a } = settle({ exchangeMode: 'aggressive', hash: 'sha' });
  const phase1 = messages(world, exchangeNumber.aggressive);
  const [first, second, third] = phase1;
  const offer = chainOf(first);
  const answer = chainOf(second);
  expect(offer.map(({ type }) => type)).toEqual([
    ...[payloadNumber.SA, payloadNumber.KE, payloadNumber.NONCE, payloadNumber.ID],
  ]);
  expect(answer.map(({ type }) => type)).toEqual([
    ...[payloadNumber.SA, payloadNumber.KE, payloadNumber.NONCE, payloadNumber.ID],
    payloadNumber.HASH,
  ]);
  const oracle = oracleOf({ a, mainMode: phase1 }, { hash: 'sha' });
  expect(bodyOf(answer, 'HASH')).toEqual(oracle.hashR(bodyOf(answer, 'ID')));
  const proof = oracle.open(oracle.firstIv, third ?? new Uint8Array(headerBytes));
  expect(proof.map(({ type }) => type)).toEqual([payloadNumber.HASH]);
  expect(bodyOf(proof, 'HASH')).toEqual(oracle.hashI(bodyOf(offer, 'ID')));
});

test('draft-ietf-ipsec-ike-base-mode-02: HASH_I leaves out g^xr, HASH_R has both', () => {
  const { world } = settle({ exchangeMode: 'base', hash: 'md5' });
  const phase1 = messages(world, exchangeNumber.base);
  const [first, second, third, fourth] = phase1;
  const [m1, m2, m3, m4] = [chainOf(first), chainOf(second), chainOf(third), chainOf(fourth)];
  const types = [m1, m2, m3, m4].map((chain) => chain.map(({ type }) => type));
  const opening = [payloadNumber.SA, payloadNumber.NONCE, payloadNumber.ID];
  const proof = [payloadNumber.KE, payloadNumber.HASH];
  expect(types).toEqual([opening, opening, proof, proof]);
  const preSharedKey = 'roberkenon';
  const transcript = new Transcript({ hash: 'md5', preSharedKey, messages: phase1 });
  expect(bodyOf(m3, 'HASH')).toEqual(transcript.baseHashI(bodyOf(m1, 'ID')));
  expect(bodyOf(m4, 'HASH')).toEqual(transcript.hashR(bodyOf(m2, 'ID')));
});

test('base mode computes nothing slow for a stranger', () => {
  const { world, a, b } = pair({ exchangeMode: 'base' }, { exchangeMode: 'base', secret: 'other' });
  a.ping(b);
  world.run(1_000);
  expect(b.computations).toEqual([]);
});
