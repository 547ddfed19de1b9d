/** The 28-byte header: its bytes, and what is refused at the door. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { concat } from '../../../../lib/core/base/bytes.js';
import {
  decodeHeader,
  encodeHeader,
  type IsakmpHeader,
} from '../../../../lib/core/wire/isakmp-header.js';
import { hex } from '../../../support/hex.js';
import { header as anyHeader } from './arbitraries.js';

const bytes = hex(`
  0102030405060708 1112131415161718
  08 10 20 01 89abcdef 0000001c`);

const header: IsakmpHeader = {
  initiatorCookie: hex('0102030405060708'),
  responderCookie: hex('1112131415161718'),
  nextPayload: 8,
  version: { major: 1, minor: 0 },
  exchangeType: 32,
  flags: { encryption: true, commit: false, authenticationOnly: false, raw: 1 },
  messageId: 0x89abcdef,
  length: 28,
};

/** A header with some bytes changed. */
function changed(at: number, text: string, rest = ''): Uint8Array {
  const copy = concat(bytes, hex(rest));
  copy.set(hex(text), at);
  return copy;
}

describe('the header', () => {
  test('is read and written as RFC 2408 3.1 draws it', () => {
    expect(decodeHeader(bytes)).toEqual({ ok: true, value: header });
    expect(encodeHeader(header)).toEqual(bytes);
  });

  test('is read back as it was written, with all flags, for both major versions', () => {
    fc.assert(
      fc.property(anyHeader, fc.nat(255), (fields, nextPayload) => {
        const whole: IsakmpHeader = { ...fields, nextPayload, length: 28 };
        const written = encodeHeader(whole, { keepReserved: true });
        expect(decodeHeader(written)).toEqual({ ok: true, value: whole });
      }),
      { seed: 20034, numRuns: 500 },
    );
  });

  test('of version 1 is sent without the flag bits that were received beyond the known three', () => {
    const decoded = decodeHeader(changed(19, 'f9'));
    if (!decoded.ok) throw new Error(decoded.error.detail);
    expect(decoded.value.flags.raw).toBe(0xf9);
    expect(encodeHeader(decoded.value)[19]).toBe(0x01);
    expect(encodeHeader({ ...decoded.value, version: { major: 2, minor: 0 } })[19]).toBe(0xf9);
  });
});

describe('a datagram is refused (hostile #1, #3)', () => {
  test.each([0, 1, 27])('when it has %i bytes', (length) => {
    expect(decodeHeader(bytes.subarray(0, length))).toEqual({
      ok: false,
      error: { reason: 'malformed', detail: `header: ${length} of 28 bytes` },
    });
  });

  test.each([
    ['00000000', ''],
    ['0000001b', ''],
    ['0000001d', ''],
    ['ffffffff', ''],
    ['0000001c', '00'],
    ['0000001c', '00000000'],
  ])('when its length field is %s and is followed by "%s"', (length, rest) => {
    expect(decodeHeader(changed(24, length, rest))).toMatchObject({
      ok: false,
      error: { reason: 'malformed' },
    });
  });

  test.each(['00', '0b', '30', 'f0', 'ff'])('when its version byte is %s', (version) => {
    expect(decodeHeader(changed(17, version))).toMatchObject({
      ok: false,
      error: { reason: 'version' },
    });
  });

  test.each(['10', '11', '1f', '20', '2f'])('never for a minor version: %s', (version) => {
    expect(decodeHeader(changed(17, version)).ok).toBe(true);
  });
});
