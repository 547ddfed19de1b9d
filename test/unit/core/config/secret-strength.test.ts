import { describe, expect, test } from '@jest/globals';
import { secretWeakness } from '../../../../lib/core/config/secret-strength.js';
import { addItem, emptyConfig } from '../../../../lib/core/config/tables.js';
import { randomFrom } from '../../../exchange/checks.js';

function weakness(values: Readonly<Record<string, string>>): string | undefined {
  const address = 'ident-string' in values ? {} : { address: '203.0.113.77' };
  const added = addItem(emptyConfig(), 'pre-shared-secret', { ...address, ...values }, {});
  if (!added.ok) throw new Error(added.error.text);
  const [item] = added.value.config.tables['pre-shared-secret'];
  if (item === undefined) throw new Error('no item');
  return secretWeakness(item);
}

describe('hostile 26: a secret is easily guessed', () => {
  test.each([
    ['short', 'Xqcd7ghijkl'],
    ['short in bytes, though not in digits', '0x00112233445566778899aa'],
    ['of two characters', 'abababababababababab'],
    ['of one byte', '0x01010101010101010101010101010101'],
    ['a sequence', 'abcdefghijklmn'],
    ['equal steps', '0x00112233445566778899aabb'],
    ['a sequence of bytes', '0x000102030405060708090a0b0c0d0e0f'],
    ['figures as on the keyboard', '123456789012'],
    ['letters as on the keyboard', 'qwertyuiopasdf'],
    ['the word with a number', 'Password2024'],
    ['words of the trade', 'cisco-ipsec-vpn-key'],
    ['written with signs for letters', 'P@ssword-P@ssword'],
    ["the manual's example with something added", 'roberkenon123'],
    ['its own address', '203.0.113.77'],
    ['its own address with a word', 'vpn-203.0.113.77'],
  ])('%s', (_what, secret) => {
    expect(weakness({ secret })).toContain('it is easily guessed');
  });

  test('its own ident-string', () => {
    const identity = 'branch-office.example';
    expect(weakness({ 'ident-string': identity, secret: identity })).toContain('easily guessed');
    expect(weakness({ 'ident-string': identity, secret: `${identity}1` })).toContain('easily');
    expect(weakness({ 'ident-string': 'another.example', secret: identity })).toBeUndefined();
  });
});

test.each([
  'Xqcd7ghijklm',
  'correct horse battery staple',
  '0x9c112233445b66778f99aabb',
  'key of the vpn: 7Hq-2mXw9',
  'Zsófi útja 12. 3/a',
])('nothing speaks against %s', (secret) => {
  expect(weakness({ secret })).toBeUndefined();
});

test('nothing speaks against keys from a generator', () => {
  const random = randomFrom(7);
  for (let n = 0; n < 2000; n += 1) {
    const key = Array.from({ length: 12 }, () => Math.floor(random() * 256));
    const secret = `0x${Buffer.from(key).toString('hex')}`;
    expect([secret, weakness({ secret })]).toEqual([secret, undefined]);
  }
});

test('the reason is one of two, and does not tell more than that', () => {
  const reasons = ['x', 'short', 'password1234', '203.0.113.77', 'aaaaaaaaaaaaaaaa'].map((secret) =>
    weakness({ secret }),
  );
  expect(new Set(reasons).size).toBe(2);
});
