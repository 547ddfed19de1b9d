/** Strings through quoting, the console and back: no byte is lost (C-07, B-07). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toHex } from '../../../../lib/core/base/bytes.js';
import {
  ByteStreamText,
  printable,
  quote,
  textFromBytes,
  textToBytes,
} from '../../../../lib/core/config/quoting.js';
import { preSharedKeyBytes } from '../../../../lib/core/config/values/text.js';
import { newConsole } from '../console/fake-host.js';

describe('C-07 escapes', () => {
  test.each([
    ['"a\\"b"', 'a"b'],
    ['"a\\\\b"', 'a\\b'],
    ['"\\n\\r\\t\\a\\b\\f\\v"', '\n\r\t\x07\b\f\v'],
    ['"\\$x\\?\\_y"', '$x? y'],
    ['"\\41\\C3\\A4"', 'Aä'],
    ['"100$ and 5 $"', '100$ and 5 $'],
    ['"a # b; c"', 'a # b; c'],
    ['"one \\\n      word"', 'one word'],
    ['"one \\\r\n\\... word"', 'one word'],
    ['"?"', '?'],
    ['bare-word', 'bare-word'],
    ['=/:,.-_@*+~!%', '=/:,.-_@*+~!%'],
    ['a#b', 'a#b'],
    ['""', ''],
    ['', ''],
  ])('comment=%s', (typed, text) => {
    const { host, run } = newConsole();
    run(`/ip ipsec policy add comment=${typed}`);
    expect(host.current.tables.policy[0]?.comment).toBe(text);
  });
});

test('B-07 quotes, backslashes, dollars and question marks are escaped, blanks are not', () => {
  expect(quote('a "b" \\ $c ?\n\t\x01 ä')).toBe('"a \\"b\\" \\\\ \\$c \\?\\n\\t\\01 ä"');
});

test('a byte that is no text is printed as it was typed and reaches the key', () => {
  const { host, run } = newConsole();
  run('/ip ipsec pre-shared-secret add address=1.2.3.4 secret="a\\FF\\C3"');
  const secret = host.current.tables['pre-shared-secret'][0]?.secret ?? '';
  expect(toHex(preSharedKeyBytes(secret))).toBe('61ffc3');
  expect(run('/ip ipsec pre-shared-secret print detail')).toContain('secret="a\\FF\\C3"');
});

test('control and direction characters cannot act on a terminal, quoted or not', () => {
  const text = 'a\x1b[2Jb\u202ec\u2028d';
  expect(printable(text)).toBe('a\\1B[2Jb\\E2\\80\\AEc\\E2\\80\\A8d');
  expect(quote(text)).toBe(`"${printable(text)}"`);
});

test('any bytes survive as a string', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(textToBytes(textFromBytes(bytes))).toEqual(bytes);
    }),
  );
});

test('any text survives quoting and reading', () => {
  const { host, run } = newConsole();
  run('/ip ipsec policy add');
  const bytes = fc.uint8Array({ maxLength: 20 }).map(textFromBytes);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), bytes), (text) => {
      run(`/ip ipsec policy comment 0 ${quote(text)}`);
      expect(host.current.tables.policy[0]?.comment).toBe(text);
    }),
  );
});

test('C-08 bytes that arrive in pieces are the text that they are together', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array(), fc.string({ unit: 'binary' }).map(textToBytes)),
      fc.array(fc.nat(5)),
      (bytes, lengths) => {
        const decoder = new ByteStreamText();
        let text = '';
        let offset = 0;
        for (const length of lengths) {
          text += decoder.push(bytes.subarray(offset, offset + length));
          offset += length;
        }
        text += decoder.push(bytes.subarray(offset));
        expect(text + decoder.end()).toBe(textFromBytes(bytes));
      },
    ),
  );
});

test('many stray bytes between characters are no burden', () => {
  const text = 'a\udc80'.repeat(300_000);
  expect(textFromBytes(textToBytes(text))).toBe(text);
});

test('C-08 bytes are text exactly where a decoder takes them for UTF-8', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const decode = (bytes: Uint8Array) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return undefined;
    }
  };
  const lead = fc.constantFrom(
    0x7f,
    0x80,
    0xbf,
    0xc0,
    0xc1,
    0xc2,
    0xe0,
    0xed,
    0xef,
    0xf0,
    0xf4,
    0xf5,
    0xf8,
    0xff,
  );
  const next = fc.constantFrom(0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbb, 0xbf, 0xc0);
  const sequence = fc
    .tuple(lead, fc.array(next, { maxLength: 4 }))
    .map(([a, b]) => Uint8Array.of(a, ...b));
  const whole = fc
    .string({ unit: 'binary', maxLength: 4 })
    .map((text) => new TextEncoder().encode(text));
  fc.assert(
    fc.property(fc.oneof(sequence, whole), (bytes) => {
      const text = textFromBytes(bytes);
      expect(/[\udc80-\udcff]/u.test(text) ? undefined : text).toBe(decode(bytes));
    }),
    { numRuns: 2000 },
  );
});

test('C-08 a byte order mark is kept, wherever it stands', () => {
  expect(textFromBytes(textToBytes('\ufeffa\udcff\ufeffb'))).toBe('\ufeffa\udcff\ufeffb');
});
