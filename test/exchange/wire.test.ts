/**
 * What is on the wire, read with formulas written from RFC 2408 and RFC 2409 and not with our codec.
 *
 *        Initiator                            Responder
 *   1    HDR, SA                       -->
 *   2                                  <--    HDR, SA
 *   3    HDR, KE, Ni                   -->
 *   4                                  <--    HDR, KE, Nr
 *   5    HDR*, IDii, HASH_I            -->
 *   6                                  <--    HDR*, IDir, HASH_R
 *   7    HDR*, HASH(1), SA, Ni [,KE] [,IDci, IDcr]  -->
 *   8                                  <--    HDR*, HASH(2), SA, Nr [,KE] [,IDci, IDcr]
 *   9    HDR*, HASH(3)                 -->
 */

import { getDiffieHellman } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { established, messages, oracleOf } from './checks.js';
import {
  bodyOf,
  exchangeNumber,
  modularPower,
  number32,
  payloadNumber,
  readChain,
  readHeader,
} from './rfc2409.js';

const clearChain = (bytes: Uint8Array) =>
  readChain(readHeader(bytes).next, bytes.subarray(28)).map(({ type }) => type);

const zero = Buffer.alloc(8);

describe('main mode', () => {
  const run = established();
  const oracle = oracleOf(run);
  const [m1, m2, m3, m4, m5, m6] = run.mainMode as [Uint8Array, ...Uint8Array[]];
  const at = (message: Uint8Array | undefined) => message ?? new Uint8Array(28);

  test('takes six messages, sent in turn, with message id 0 (RFC 2409 5.4)', () => {
    expect(run.mainMode).toHaveLength(6);
    const sources = run.world.wire.slice(0, 6).map(({ datagram }) => datagram.local.address);
    expect(sources).toEqual(['1.0.0.1', '1.0.0.2', '1.0.0.1', '1.0.0.2', '1.0.0.1', '1.0.0.2']);
    for (const message of run.mainMode) {
      const header = readHeader(message);
      expect(header).toMatchObject({ exchange: 2, messageId: 0, version: 0x10 });
      expect(header.length).toBe(message.length);
    }
  });

  test('sets the encryption bit from message 5 on and no other flag', () => {
    expect(run.mainMode.map((message) => readHeader(message).flags)).toEqual([0, 0, 0, 0, 1, 1]);
  });

  test('leaves the responder cookie zero in message 1 and keeps both cookies afterwards', () => {
    const { cookieI } = readHeader(m1);
    const { cookieR } = readHeader(at(m2));
    expect(readHeader(m1).cookieR).toEqual(zero);
    expect(cookieI).not.toEqual(zero);
    expect(cookieR).not.toEqual(zero);
    for (const message of run.mainMode.slice(1)) {
      expect(readHeader(message)).toMatchObject({ cookieI, cookieR });
    }
  });

  test('carries SA, SA, KE Ni, KE Nr in clear', () => {
    expect([m1, m2].map((m) => clearChain(at(m)).filter((type) => type !== 13))).toEqual([
      [1],
      [1],
    ]);
    expect([m3, m4].map((m) => clearChain(at(m)).filter((type) => type !== 13))).toEqual([
      [4, 10],
      [4, 10],
    ]);
  });

  test('sends public values of the length of the group and nonces of 8 to 256 bytes', () => {
    for (const message of [at(m3), at(m4)]) {
      const payloads = readChain(readHeader(message).next, message.subarray(28));
      expect(bodyOf(payloads, 'KE')).toHaveLength(128);
      expect(bodyOf(payloads, 'NONCE').length).toBeGreaterThanOrEqual(8);
      expect(bodyOf(payloads, 'NONCE').length).toBeLessThanOrEqual(256);
    }
  });

  test('uses the Diffie-Hellman secret that the definition gives', () => {
    const { privateKey } = run.a.computations.find(({ kind }) => kind === 'dhGenerate') ?? {};
    const prime = getDiffieHellman('modp2').getPrime();
    expect(modularPower(Uint8Array.of(2), privateKey ?? zero, prime)).toEqual(oracle.publicI);
    const secret = modularPower(oracle.publicR, privateKey ?? zero, prime);
    const { sharedSecret } = run.b.computations.find(({ kind }) => kind === 'dhDerive') ?? {};
    expect(Buffer.from(sharedSecret ?? zero)).toEqual(secret);
  });

  test('proves the secret with HASH_I and HASH_R over the identities that go with them', () => {
    const five = oracle.open(oracle.firstIv, at(m5));
    expect(five.map(({ type }) => type)).toEqual([payloadNumber.ID, payloadNumber.HASH]);
    expect(bodyOf(five, 'HASH')).toEqual(oracle.hashI(bodyOf(five, 'ID')));
    const six = oracle.open(oracle.blockAfter(at(m5)), at(m6));
    expect(six.map(({ type }) => type)).toEqual([payloadNumber.ID, payloadNumber.HASH]);
    expect(bodyOf(six, 'HASH')).toEqual(oracle.hashR(bodyOf(six, 'ID')));
  });

  test('R-54 identifies each end by its address, with protocol and port 0 or UDP 500', () => {
    const five = bodyOf(oracle.open(oracle.firstIv, at(m5)), 'ID');
    const six = bodyOf(oracle.open(oracle.blockAfter(at(m5)), at(m6)), 'ID');
    for (const id of [five, six]) {
      expect(id.readUInt8(0)).toBe(1);
      // RFC 2407 4.6.2: both 0, or UDP and 500.
      expect(['0/0', '17/500']).toContain(`${id.readUInt8(1)}/${id.readUInt16BE(2)}`);
    }
    expect([...five.subarray(4)]).toEqual([1, 0, 0, 1]);
    expect([...six.subarray(4)]).toEqual([1, 0, 0, 2]);
  });

  test('pads message 5 with zeros to whole blocks (RFC 2409 appendix B)', () => {
    const body = oracle.decrypt(oracle.firstIv, at(m5));
    expect(body.length % 8).toBe(0);
    const used = oracle
      .open(oracle.firstIv, at(m5))
      .reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(body.subarray(used).every((byte) => byte === 0)).toBe(true);
    expect(body.length - used).toBeLessThan(8);
  });

  test('R-51 R-56 offers exactly the row and 86400 s, and the answer repeats it unchanged', () => {
    const offer = bodyOf(readChain(1, m1.subarray(28)), 'SA');
    const answer = bodyOf(readChain(1, at(m2).subarray(28)), 'SA');
    expect(answer).toEqual(offer);
    // DOI 1, situation 1, one proposal of ISAKMP without SPI, one transform KEY_IKE.
    expect(offer.subarray(0, 8).toString('hex')).toBe('0000000100000001');
    const attributes = new Map<number, number>();
    for (let at = 24; at < offer.length; ) {
      const type = offer.readUInt16BE(at);
      const isShort = (type & 0x8000) !== 0;
      const length = isShort ? 0 : offer.readUInt16BE(at + 2);
      attributes.set(
        type & 0x7fff,
        isShort ? offer.readUInt16BE(at + 2) : offer.readUIntBE(at + 4, length),
      );
      at += 4 + length;
    }
    expect(Object.fromEntries(attributes)).toEqual({ 1: 5, 2: 1, 3: 1, 4: 2, 11: 1, 12: 86_400 });
  });
});

describe.each([
  { what: 'with PFS', pfs: true },
  { what: 'without PFS', pfs: false },
] as const)('quick mode $what', ({ pfs }) => {
  const run = established(pfs ? {} : { pfs });
  const oracle = oracleOf(run);
  const [q1, q2, q3] = run.quickMode as [Uint8Array, Uint8Array, Uint8Array];
  const { messageId } = readHeader(q1);
  const one = oracle.open(oracle.exchangeIv(messageId), q1);
  const two = oracle.open(oracle.blockAfter(q1), q2);
  const three = oracle.open(oracle.blockAfter(q2), q3);
  const nonceI = bodyOf(one, 'NONCE');
  const nonceR = bodyOf(two, 'NONCE');
  const restOf = (payloads: typeof one) =>
    Buffer.concat(payloads.slice(1).map(({ bytes }) => bytes));

  test('takes three encrypted messages with one message id that is not zero', () => {
    expect(run.quickMode).toHaveLength(3);
    expect(messageId).not.toBe(0);
    for (const message of run.quickMode) {
      expect(readHeader(message)).toMatchObject({ exchange: 32, flags: 1, messageId });
    }
  });

  test('has the payloads of the figure in its order, HASH first (RFC 2409 5.5)', () => {
    const expected = pfs ? [8, 1, 10, 4, 5, 5] : [8, 1, 10, 5, 5];
    expect(one.map(({ type }) => type)).toEqual(expected);
    expect(two.map(({ type }) => type)).toEqual(expected);
    expect(three.map(({ type }) => type)).toEqual([8]);
  });

  test('proves every message with HASH(1), HASH(2), HASH(3)', () => {
    const id = number32(messageId);
    expect(one[0]?.body).toEqual(oracle.prf(oracle.skeyidA, id, restOf(one)));
    expect(two[0]?.body).toEqual(oracle.prf(oracle.skeyidA, id, nonceI, restOf(two)));
    expect(three[0]?.body).toEqual(
      oracle.prf(oracle.skeyidA, Uint8Array.of(0), id, nonceI, nonceR),
    );
  });

  test('R-60 names the addresses of the policy, from each side the same way round', () => {
    for (const message of [one, two]) {
      const [initiator, responder] = message.filter(({ type }) => type === payloadNumber.ID);
      expect(initiator?.body.toString('hex')).toBe('0100000001000001');
      expect(responder?.body.toString('hex')).toBe('0100000001000002');
    }
  });

  test('gives both ends the keys of KEYMAT, with the receiver\u2019s SPI (RFC 2409 5.5)', () => {
    const spiOf = (payloads: typeof one) => bodyOf(payloads, 'SA').subarray(16, 20);
    const derivations = run.a.computations.filter(({ kind }) => kind === 'dhDerive');
    expect(derivations).toHaveLength(pfs ? 2 : 1);
    const pfsSecret = derivations[1]?.sharedSecret;
    const expected = [spiOf(one), spiOf(two)].map((spi) => {
      const seed = { protocol: 3, spi, nonceI, nonceR, ...(pfsSecret && { pfsSecret }) };
      const keymat = oracle.keymat(seed, 44);
      const [cipher, integrity] = [keymat.subarray(0, 24), keymat.subarray(24)];
      return `${spi.readUInt32BE().toString(16)} ${cipher.toString('hex')} ${integrity.toString('hex')}`;
    });
    expect(run.a.keys()).toEqual(expected.sort());
    expect(run.b.keys()).toEqual(expected.sort());
  });
});

test('an INITIAL-CONTACT of each side is all that follows, encrypted and hashed (R-58)', () => {
  const run = established();
  const oracle = oracleOf(run);
  const informational = messages(run.world, exchangeNumber.informational);
  expect(run.world.wire).toHaveLength(6 + 3 + informational.length);
  expect(informational).toHaveLength(2);
  for (const message of informational) {
    const { messageId, flags } = readHeader(message);
    expect(flags).toBe(1);
    const payloads = oracle.open(oracle.exchangeIv(messageId), message);
    expect(payloads.map(({ type }) => type)).toEqual([payloadNumber.HASH, payloadNumber.N]);
    const rest = payloads[1]?.bytes ?? zero;
    expect(payloads[0]?.body).toEqual(oracle.prf(oracle.skeyidA, number32(messageId), rest));
    // DOI 1, protocol ISAKMP, SPI of 16 bytes = both cookies, INITIAL-CONTACT (RFC 2407 4.6.3.3).
    const spi = Buffer.concat([oracle.cookieI, oracle.cookieR]).toString('hex');
    expect(payloads[1]?.body.toString('hex')).toBe(`0000000101106002${spi}`);
  }
});
