import { describe, expect, test } from '@jest/globals';
import { ScriptCutter } from '../../../cli/script-cutter.js';

describe('script cutter', () => {
  test('gives what is complete and keeps the rest until its line ends', () => {
    const cutter = new ScriptCutter();
    expect(cutter.push('one\ntw')).toEqual([{ text: 'one\n', firstLine: 1 }]);
    expect(cutter.push('o')).toEqual([]);
    expect(cutter.push('\r\nthree')).toEqual([{ text: 'two\r\n', firstLine: 2 }]);
    expect(cutter.end()).toEqual([{ text: 'three', firstLine: 3 }]);
    expect(cutter.end()).toEqual([]);
  });

  test('C-04 does not cut behind a continued line, with either line end', () => {
    const cutter = new ScriptCutter();
    expect(cutter.push('add a=1 \\\n')).toEqual([]);
    expect(cutter.push('b=2 \\\r\n')).toEqual([]);
    expect(cutter.push('c=3\nprint\n')).toEqual([
      { text: 'add a=1 \\\nb=2 \\\r\nc=3\nprint\n', firstLine: 1 },
    ]);
    expect(cutter.push('last\n')).toEqual([{ text: 'last\n', firstLine: 5 }]);
  });

  test('cuts long text at the last line end that fits, and counts lines on', () => {
    const cutter = new ScriptCutter(10);
    expect(cutter.push('aaaa\nbbbb\ncccc\n')).toEqual([
      { text: 'aaaa\nbbbb\n', firstLine: 1 },
      { text: 'cccc\n', firstLine: 3 },
    ]);
  });

  test('gives a command longer than a part whole', () => {
    const cutter = new ScriptCutter(4);
    expect(cutter.push('abcdefgh\nij\n')).toEqual([
      { text: 'abcdefgh\n', firstLine: 1 },
      { text: 'ij\n', firstLine: 2 },
    ]);
  });
});

test('a byte order mark at the beginning of a script is no part of its first command', () => {
  const cutter = new ScriptCutter();
  expect(cutter.push('\uFEFF/ip ipsec\n').map(({ text }) => text)).toEqual(['/ip ipsec\n']);
});

test('C-20 brackets keep their lines together', () => {
  const cutter = new ScriptCutter();
  expect(cutter.push('remove [find\n')).toEqual([]);
  expect(cutter.push(']\n')).toEqual([{ text: 'remove [find\n]\n', firstLine: 1 }]);
});

describe('a line that is quit', () => {
  test('ends the script: what follows it is no part of it', () => {
    const cutter = new ScriptCutter();
    expect(cutter.push('print\n  /quit \nremove 0\n')).toEqual([{ text: 'print\n', firstLine: 1 }]);
    expect(cutter.isOver).toBe(true);
    expect(cutter.end()).toEqual([]);
  });

  test('ends it too without a line end, and in long scripts', () => {
    const cutter = new ScriptCutter(4);
    expect(cutter.push('abcdefgh\nij\nquit').map(({ text }) => text)).toEqual([
      'abcdefgh\n',
      'ij\n',
    ]);
    expect(cutter.isOver).toBe(false);
    expect(cutter.end()).toEqual([]);
    expect(cutter.isOver).toBe(true);
  });

  test('is none inside a command', () => {
    const cutter = new ScriptCutter();
    const script = 'comment 0 \\\nquit\nprint; quit\nquit now\n';
    expect(cutter.push(script)).toEqual([{ text: script, firstLine: 1 }]);
    expect(cutter.isOver).toBe(false);
  });
});
