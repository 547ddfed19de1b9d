/**
 * What one peer may do to another, what anybody may call himself, and what an answer may carry (hostile 14, 15,
 * 32, 33, 35).
 */
import { describe, expect, test } from '@jest/globals';
import { answersTo, everySa, inject, sizesOf } from './checks.js';
import { attributes, clear, goodOffer, goodPhase1, saBody } from './hostile-datagrams.js';
import { bothCookies, captured, deleteBody, notifyBody } from './hostile-peer.js';
import { exchangeNumber, number32, payloadNumber, readChain, readHeader } from './rfc2409.js';
import { pair, rowsFor } from './world.js';

const zero = Buffer.alloc(8);

describe('hostile 14, 15: a peer with keys of its own', () => {
  /** `a` and `c` have tunnels with `b`; `oracle` forges as `a`. */
  function withThird() {
    const run = captured();
    const { world, b } = run;
    const c = world.router('1.0.0.3', 33);
    c.configure(rowsFor('1.0.0.3', '1.0.0.2'));
    const more = rowsFor('1.0.0.2', '1.0.0.3', { policyId: 2 });
    b.configure({
      peers: [...b.config.peers, ...more.peers],
      secrets: [...b.config.secrets, ...more.secrets],
      policies: [...b.config.policies, ...more.policies],
    });
    c.ping(b);
    world.run(70_000);
    expect([c.ping(b), b.ping(c)]).toEqual(['encrypted', 'encrypted']);
    return { ...run, c };
  }

  test('hostile 14: deletes no SA of another peer, whether IPsec or ISAKMP', () => {
    const { world, a, b, c, oracle } = withThird();
    const theirs = everySa(b).filter((sa) => [sa.source, sa.destination].includes(c.address));
    const cookies = world.wire
      .filter(({ datagram }) => datagram.local.address === c.address)
      .map(({ datagram }) => Buffer.from(datagram.bytes.subarray(0, 16)))
      .at(-1);
    expect(theirs).toHaveLength(2);
    for (const [index, { spi }] of theirs.entries()) {
      const body = deleteBody(3, 4, 1, number32(spi));
      inject(b, a.address, oracle.forge(exchangeNumber.informational, 10 + index, [[12, body]]));
    }
    const isakmp = deleteBody(1, 16, 1, cookies ?? Buffer.alloc(16));
    inject(b, a.address, oracle.forge(exchangeNumber.informational, 20, [[12, isakmp]]));
    expect(sizesOf(b)).toMatchObject({ ikeSas: 2, childSas: 2 });
    expect([c.ping(b), b.ping(c)]).toEqual(['encrypted', 'encrypted']);
    // What is its own it may.
    inject(
      b,
      a.address,
      oracle.forge(exchangeNumber.informational, 21, [
        [12, deleteBody(1, 16, 1, bothCookies(oracle))],
      ]),
    );
    expect(sizesOf(b)).toMatchObject({ ikeSas: 1 });
  });

  test('hostile 15: that begins anew with INITIAL-CONTACT ends nothing of another peer', () => {
    const { world, a, b, c, oracle } = withThird();
    const before = c.keys();
    a.crash('machine');
    a.ping(b);
    world.run(5_000);
    const notify = notifyBody(24_578, bothCookies(oracle));
    inject(b, a.address, oracle.forge(exchangeNumber.informational, 30, [[11, notify]]));
    expect([a.ping(b), c.ping(b), b.ping(c)]).toEqual(['encrypted', 'encrypted', 'encrypted']);
    expect(c.keys()).toEqual(before);
    // The pair from before the crash is what it did end.
    expect(everySa(b)).toHaveLength(4);
  });
});

describe.each(['aggressive', 'base'] as const)('hostile 32, 33: identities in %s mode', (mode) => {
  const bytes = (...list: number[]) => Buffer.from(list);
  const fqdn = (text: string) => Buffer.concat([bytes(2, 0, 0, 0), Buffer.from(text)]);

  function opening(identity: Uint8Array): Uint8Array {
    return clear(
      { cookieI: Buffer.from('identity'), cookieR: zero },
      [
        [payloadNumber.SA, goodOffer],
        ...(mode === 'aggressive' ? [[payloadNumber.KE, Buffer.alloc(128, 0x43)] as const] : []),
        [payloadNumber.NONCE, Buffer.alloc(16, 0x42)],
        [payloadNumber.ID, identity],
      ],
      { exchange: exchangeNumber[mode] },
    );
  }

  test.each([
    ['of no bytes', bytes()],
    ['of three bytes', bytes(1, 0, 0)],
    ['an address of no bytes', bytes(1, 0, 0, 0)],
    ['an address of five bytes', bytes(1, 0, 0, 0, 1, 2, 3, 4, 5)],
    ['an IPv6 subnet of five bytes', bytes(6, 0, 0, 0, 1, 2, 3, 4, 5)],
    ['a truncated distinguished name', bytes(9, 0, 0, 0, 0x30, 0x82, 0xff, 0xff, 0x31)],
    ['a type nobody knows', bytes(200, 0, 0, 0, 1, 2, 3)],
    ['a name of no bytes', fqdn('')],
    ['a name with a zero byte', fqdn('known.example\0.evil')],
    [
      'a name with line ends and terminal codes',
      fqdn('\r\n\u001b[2J\u001b]0;x\u0007{"level":"fatal"}'),
    ],
    ['a name for a shell', fqdn('$(reboot)`reboot`;reboot|"\'')],
    ['a name of 7 KB', fqdn('a'.repeat(7_000))],
    ['bytes that are no text', Buffer.concat([bytes(11, 0, 0, 0), Buffer.alloc(64, 0xff)])],
  ])('hostile 32: %s leave nothing but a clean line in the log', (_what, identity) => {
    const { world, b } = pair({ exchangeMode: mode });
    world.fate = () => [];
    expect(answersTo(world, b, '1.0.0.1', opening(identity)).length).toBeLessThanOrEqual(1);
    for (const { message } of b.events) {
      expect([...message].every((char) => char >= ' ' && char <= '~')).toBe(true);
      expect(message.length).toBeLessThan(1_000);
    }
    world.run(61_000);
    expect(sizesOf(b)).toMatchObject({ ikeSas: 0, halfOpen: 0, openRequests: 0 });
    expect(b.names()).not.toContain('phase1Established');
  });
});

describe('hostile 35: an answer', () => {
  const marker = Buffer.from('MARK-MARK-MARK');

  test('hostile 35: has the chosen transform and nothing else of the offer, nor anything beside it', () => {
    const { world, b } = pair();
    const wrong = { id: 1, attributes: attributes([1, 1], [2, 2], [3, 1], [4, 1]) };
    const offer = saBody([
      { protocol: 1, transforms: [wrong, wrong, { id: 1, attributes: goodPhase1 }, wrong] },
    ]);
    const request = clear({ cookieI: Buffer.alloc(8, 3), cookieR: zero }, [
      [payloadNumber.SA, offer],
      [payloadNumber.VID, marker],
    ]);
    const [answer] = answersTo(world, b, '1.0.0.1', request);
    const bytes = answer?.bytes ?? new Uint8Array(28);
    const [sa, ...others] = readChain(readHeader(bytes).next, bytes.subarray(28));
    expect(others).toEqual([]);
    // DOI, situation, one proposal of one transform, number 3 of the offer.
    expect(sa?.body.toString('hex')).toBe(
      `0000000100000001${'0000002801010001'}${`0000002003010000${goodPhase1.toString('hex')}`}`,
    );
  });

  test.each([1, 20, 200])(
    'hostile 35: there is none to an SA payload that is %i bytes longer than it is',
    (more) => {
      const { world, b } = pair();
      const request = clear({ cookieI: Buffer.alloc(8, 3), cookieR: zero }, [[1, goodOffer]]);
      // Payload, proposal or transform say more than there is; the header tells the truth.
      for (const at of [30, 42, 50]) {
        const lying = Buffer.from(request);
        lying.writeUInt16BE(lying.readUInt16BE(at) + more, at);
        expect(answersTo(world, b, '1.0.0.1', Uint8Array.from(lying))).toEqual([]);
      }
      expect(sizesOf(b).ikeSas).toBe(0);
    },
  );
});
