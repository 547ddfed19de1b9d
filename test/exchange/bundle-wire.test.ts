/**
 * Quick mode of AH and ESP together, after each mode of phase 1, held to RFC 2407 to 2409 by formulas that
 * are not the engine's. No peer that can be installed speaks base mode or such bundles.
 */
import { describe, expect, test } from '@jest/globals';
import { messages, oracleOf } from './checks.js';
import { bodyOf, exchangeNumber, number32, readHeader } from './rfc2409.js';
import { pair } from './world.js';

/** Seconds, 1800; tunnel; HMAC-SHA; group 2 (RFC 2407 4.5). */
const attributes = '80010001 80020708 80040001 80050002 80030002';

/** One proposal with one transform (RFC 2408 3.5, 3.6), both numbered 1. */
function proposal(next: number, protocol: number, transform: number, spi: string): string {
  return `0${next}000028 010${protocol}0401 ${spi} 0000001c 010${transform}0000 ${attributes}`;
}

describe.each(['main', 'aggressive', 'base'] as const)('after %s mode', (exchangeMode) => {
  const { world, a, b } = pair({ exchangeMode, mode: 'tunnel', protocols: ['esp', 'ah'] });
  a.command({ kind: 'initiate', policyId: 1 });
  world.run(2_000);
  const phase1 = messages(world, exchangeNumber[exchangeMode]);
  const oracle = oracleOf({ a, mainMode: phase1 });
  const [q1, q2, q3] = messages(world, exchangeNumber.quick) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const { messageId } = readHeader(q1);
  const one = oracle.open(oracle.exchangeIv(messageId), q1);
  const two = oracle.open(oracle.blockAfter(q1), q2);
  const three = oracle.open(oracle.blockAfter(q2), q3);
  const nonces = [bodyOf(one, 'NONCE'), bodyOf(two, 'NONCE')] as const;
  /** Of ESP and of AH, as the messages say. */
  const spisOf = (payloads: typeof one) => {
    const body = bodyOf(payloads, 'SA');
    return [body.subarray(16, 20), body.subarray(56, 60)] as const;
  };

  test('appendix B: the keys and the IV that follow from phase 1 open quick mode', () => {
    expect([...a.warnings(), ...b.warnings()]).toEqual([]);
    expect(one.map(({ type }) => type)).toEqual([8, 1, 10, 4, 5, 5]);
    expect(two.map(({ type }) => type)).toEqual([8, 1, 10, 4, 5, 5]);
    expect(three.map(({ type }) => type)).toEqual([8]);
  });

  test('RFC 2409 5.5: HASH(1), HASH(2) and HASH(3) prove the messages', () => {
    const id = number32(messageId);
    const rest = (payloads: typeof one) => payloads.slice(1).map(({ bytes }) => bytes);
    expect(one[0]?.body).toEqual(oracle.prf(oracle.skeyidA, id, ...rest(one)));
    expect(two[0]?.body).toEqual(oracle.prf(oracle.skeyidA, id, nonces[0], ...rest(two)));
    expect(three[0]?.body).toEqual(oracle.prf(oracle.skeyidA, Buffer.alloc(1), id, ...nonces));
  });

  test('RFC 2408 4.2: ESP and AH have one proposal number and an SPI each, also in the answer', () => {
    for (const message of [one, two]) {
      const [esp, ah] = spisOf(message).map((spi) => spi.toString('hex'));
      expect(esp).not.toBe(ah);
      // DOI 1, situation 1; ESP_3DES is transform 3 of protocol 3, AH_SHA 3 of protocol 2.
      const body = `00000001 00000001 ${proposal(2, 3, 3, `${esp}`)} ${proposal(0, 2, 3, `${ah}`)}`;
      expect(bodyOf(message, 'SA').toString('hex')).toBe(body.replaceAll(' ', ''));
    }
  });

  test('RFC 2409 5.5: each of the four SAs has KEYMAT of its protocol and the receiver\u2019s SPI', () => {
    const [, derived] = a.computations.filter(({ kind }) => kind === 'dhDerive');
    const pfsSecret = derived?.sharedSecret;
    expect(pfsSecret).toHaveLength(128);
    const [nonceI, nonceR] = nonces;
    const keymat = (protocol: number, spi: Uint8Array, length: number) =>
      oracle.keymat({ protocol, spi, nonceI, nonceR, ...(pfsSecret && { pfsSecret }) }, length);
    const expected = [one, two].flatMap((message) => {
      const [esp, ah] = spisOf(message);
      const espKeys = keymat(3, esp, 24 + 20).toString('hex');
      return [
        `${esp.readUInt32BE().toString(16)} ${espKeys.slice(0, 48)} ${espKeys.slice(48)}`,
        `${ah.readUInt32BE().toString(16)}  ${keymat(2, ah, 20).toString('hex')}`,
      ];
    });
    expect(a.keys()).toEqual(expected.sort());
    expect(b.keys()).toEqual(expected.sort());
  });
});
