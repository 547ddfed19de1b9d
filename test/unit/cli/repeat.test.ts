import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { firstFrame, frame, lastCommand } from '../../../cli/repeat.js';

test('B-13 only the last command is repeated: what the others add they must not add again', () => {
  expect(lastCommand('/ip ipsec peer add address=10.0.0.1; print interval=1')).toBe(
    'print interval=1',
  );
  expect(lastCommand('print interval=1\n')).toBe('print interval=1\n');
  expect(lastCommand('/ip ipsec\npeer print interval=1 \\\n  stats')).toBe(
    'peer print interval=1 \\\n  stats',
  );
});

/** The rows of a frame, without what moves the cursor. */
function rowsOf(text: string): readonly string[] {
  return stripVTControlCharacters(text).replace(/\n$/, '').split('\n');
}

const text = { json: false };

describe('what print interval= shows', () => {
  const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`);
  const all = `${lines.join('\n')}\n`;

  test('B-13 fills the screen at most, and says how many lines more there are', () => {
    const screen = { isTTY: true, columns: 80, rows: 10 };
    expect(rowsOf(frame(all, screen, text))).toEqual([...lines.slice(0, 8), '... 4 more lines']);
    expect(rowsOf(frame(all, { ...screen, rows: 13 }, text))).toEqual(lines);
    expect(rowsOf(frame(all, { ...screen, rows: 12 }, text)).at(-1)).toBe('... 2 more lines');
    expect(rowsOf(firstFrame(all, screen, text))).toHaveLength(9);
  });

  test('B-13 counts the rows that wide lines take', () => {
    const wide = `${'x'.repeat(25)}\n1\n2\n3\n`;
    const screen = { isTTY: true, columns: 10, rows: 6 };
    expect(rowsOf(frame(wide, screen, text))).toEqual(['x'.repeat(25), '1', '... 2 more lines']);
  });

  test('is whole where there is no screen, and in JSON', () => {
    const pipe = { isTTY: false, columns: 80, rows: 10 };
    expect(firstFrame(all, pipe, text)).toBe(all);
    expect(frame(all, pipe, text)).toBe(`\n${all}`);
    expect(frame(all, { ...pipe, isTTY: true }, { json: true })).toBe(all);
  });
});
