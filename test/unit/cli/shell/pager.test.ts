import { describe, expect, test } from '@jest/globals';
import { type PagerStep, page, pagerPrompt, rowsTaken } from '../../../../cli/shell/pager.js';

const ask = '?';

/** What is written, with `?` for each question, when the steps are answered in order. */
async function paged(
  text: string,
  size: { readonly columns?: number; readonly rows: number },
  ...steps: PagerStep[]
): Promise<string> {
  let written = '';
  const screen = {
    ...{ columns: 10, ...size },
    write: (part: string) => {
      written += part === pagerPrompt ? ask : part;
    },
  };
  await page(text, screen, async () => steps.shift() ?? 'quit');
  return written.replaceAll('\r\x1b[K', '');
}

describe('the pager', () => {
  test('B-13 asks after each rows - 1 lines', async () => {
    expect(await paged('1\n2\n3\n4\n5\n', { rows: 3 }, 'page', 'page')).toBe('1\n2\n?3\n4\n?5\n');
  });

  test('does not ask when everything is shown, and writes nothing for nothing', async () => {
    expect(await paged('1\n2\n', { rows: 3 })).toBe('1\n2\n');
    expect(await paged('', { rows: 3 })).toBe('');
  });

  test('goes on by a line, dumps, and quits', async () => {
    const text = '1\n2\n3\n4\n5\n6\n';
    expect(await paged(text, { rows: 3 }, 'line', 'dump')).toBe('1\n2\n?3\n?4\n5\n6\n');
    expect(await paged(text, { rows: 3 }, 'quit')).toBe('1\n2\n?');
  });

  test('counts the rows that wide lines take, colours taking none', async () => {
    expect(rowsTaken('', 10)).toBe(1);
    expect(rowsTaken('1234567890', 10)).toBe(1);
    expect(rowsTaken('12345678901', 10)).toBe(2);
    expect(rowsTaken('\x1b[32m1234567890\x1b[39m', 10)).toBe(1);
    expect(await paged('12345678901\n2\n3\n', { rows: 4 }, 'page')).toBe('12345678901\n2\n?3\n');
  });

  test('shows a line that is larger than the screen, and text that does not end its line', async () => {
    const wide = 'x'.repeat(50);
    expect(await paged(`${wide}\n2`, { rows: 3 }, 'page')).toBe(`${wide}\n?2\n`);
  });
});
