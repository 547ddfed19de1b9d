/** Attributes as numbers, in whatever form a peer chose (RFC 2408 3.3, RFC 2407 4.5). */
import { describe, expect, test } from '@jest/globals';
import { attributeNumber, numberAttribute } from '../../../../lib/core/wire/v1/attribute.js';
import { hex } from '../../../support/hex.js';

describe('the number of an attribute', () => {
  test.each([
    [86400 & 0xffff, 20864],
    [hex('00015180'), 86400],
    [hex('05'), 5],
    [hex('0000000000000e10'), 3600],
    [hex('ffffffff'), 0xffffffff],
    [hex(''), undefined],
    [hex('ffffffffffffffff'), Number.MAX_SAFE_INTEGER],
    [hex('ff'.repeat(200)), Number.MAX_SAFE_INTEGER],
  ])('%p is %p', (value, number) => {
    expect(attributeNumber({ type: 12, value })).toBe(number);
  });

  test.each([
    [0, 0],
    [0xffff, 0xffff],
    [0x10000, hex('00010000')],
    [0xffffffff, hex('ffffffff')],
  ])('%p is written as %p', (number, value) => {
    expect(numberAttribute(12, number)).toEqual({ type: 12, value });
  });
});
