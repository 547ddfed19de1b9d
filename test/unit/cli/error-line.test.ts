import { expect, test } from '@jest/globals';
import { scriptErrorLine } from '../../../cli/error-line.js';

test('C-50 a text with a place names the line of the script, not of the part', () => {
  const error = {
    text: 'bad command name foo (line 2 column 5)',
    rule: 'C-50',
    line: 2,
    column: 5,
  };
  expect(scriptErrorLine(error, 1)).toBe('bad command name foo (line 2 column 5)');
  expect(scriptErrorLine(error, 100)).toBe('bad command name foo (line 101 column 5)');
});

test('C-61 a text without a place gets the line in front', () => {
  const error = { text: 'no such item', rule: 'C-50', line: 3, column: 1 };
  expect(scriptErrorLine(error, 11)).toBe('line 13: no such item');
});
