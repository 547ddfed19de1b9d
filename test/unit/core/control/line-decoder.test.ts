import { describe, expect, test } from '@jest/globals';
import { utf8 } from '../../../../lib/core/base/bytes.js';
import { LineDecoder } from '../../../../lib/core/control/line-decoder.js';

describe('line decoder', () => {
  test('joins a line that arrives in pieces and splits lines that arrive together', () => {
    const decoder = new LineDecoder(100);
    expect(decoder.push(utf8('on'))).toEqual([]);
    expect(decoder.push(utf8('e\ntwo\n\nthr'))).toEqual(['one', 'two', '']);
    expect(decoder.push(utf8('ee\n'))).toEqual(['three']);
  });

  test('keeps a character whole whose bytes arrive apart', () => {
    const bytes = utf8('schlüssel €\n');
    const decoder = new LineDecoder(100);
    const lines = Array.from(bytes, (byte) => decoder.push(Uint8Array.of(byte)) ?? []).flat();
    expect(lines).toEqual(['schlüssel €']);
  });

  test('carries texts with stray bytes as JSON writes them, byte by byte', () => {
    const text = 'ä\udce4\udcff😀';
    const decoder = new LineDecoder(100);
    const bytes = utf8(`${JSON.stringify({ text })}\n`);
    const lines = Array.from(bytes, (byte) => decoder.push(Uint8Array.of(byte)) ?? []).flat();
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ text }]);
  });

  test('takes a line however small the pieces it comes in', () => {
    const decoder = new LineDecoder(1_000_000);
    for (let index = 0; index < 300_000; index += 1) decoder.push(Uint8Array.of(0x61));
    expect(decoder.push(utf8('\n'))?.[0]).toHaveLength(300_000);
  });

  test('takes a line of exactly the limit and refuses one byte more, complete or not', () => {
    expect(new LineDecoder(4).push(utf8('abcd\n'))).toEqual(['abcd']);
    expect(new LineDecoder(4).push(utf8('abcde\n'))).toBeUndefined();
    const waiting = new LineDecoder(4);
    expect(waiting.push(utf8('abc'))).toEqual([]);
    expect(waiting.push(utf8('de'))).toBeUndefined();
  });

  test('turns bytes that are not UTF-8 into replacement characters', () => {
    expect(new LineDecoder(10).push(Uint8Array.of(0x61, 0xff, 0x62, 0x0a))).toEqual(['a\ufffdb']);
  });
});
