import { describe, expect, test } from '@jest/globals';
import { goOnAlike, wordList } from '../../../../cli/shell/word-list.js';

describe('the list of the second Tab', () => {
  test('C-35 fills lines with columns as wide as the longest word', () => {
    expect(wordList(['one', 'three', 'four', 'five'], 12)).toBe('one    three\nfour   five\n');
    expect(wordList(['one', 'three', 'four', 'five'], 11)).toBe('one\nthree\nfour\nfive\n');
    expect(wordList(['longer-than-the-terminal'], 10)).toBe('longer-than-the-terminal\n');
    expect(wordList([], 80)).toBe('');
  });
});

test('C-35 words go on alike when one more character is the same in all', () => {
  expect(goOnAlike(['sa-src', 'sa-dst'], 's')).toBe(true);
  expect(goOnAlike(['sa-src', 'sa-dst'], 'sa-')).toBe(false);
  expect(goOnAlike(['sa1', 'sa10'], 'sa1')).toBe(false);
  expect(goOnAlike(['peer', 'policy'], '')).toBe(true);
  expect(goOnAlike(['peer', 'export'], '')).toBe(false);
});
