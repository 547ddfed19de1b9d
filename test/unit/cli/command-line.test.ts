import { describe, expect, test } from '@jest/globals';
import { commandLineOf } from '../../../cli/command-line.js';
import { nextCommand } from '../../../lib/core/console/tokens.js';

/** The value the language reads for `name=`, when the shell passed `name=value` as one word. */
function valueRead(value: string): string | undefined {
  const command = nextCommand(commandLineOf(['add', `secret=${value}`, 'disabled=no']), 0);
  if (!command.ok) throw new Error(command.error.text);
  const token = command.value?.tokens[1];
  if (token?.kind !== 'assignment' || token.value.kind !== 'text') return undefined;
  return token.value.text;
}

describe('a command line made of words', () => {
  test('is the words with blanks between when none needs quotes', () => {
    const words = ['/ip', 'ipsec', 'policy', 'set', '0,2', 'src-address=10.0.0.0/24:80', 'a~b*'];
    expect(commandLineOf(words)).toBe(words.join(' '));
  });

  test.each([
    'a b',
    ' leading',
    'quo"ted"',
    'back\\slash',
    'dollar$name',
    'what?',
    'semi;colon',
    'bra]ck}et)s',
    '(not',
    'line\nfeed\ttab',
    'schlüssel €',
    '',
    '#hash',
    'a=b',
    '\u0001',
  ])('C-07 brings the value through unchanged: %j', (value) => {
    expect(valueRead(value)).toBe(value);
  });

  test('C-20 leaves bracketed commands to the language, alone and as a value', () => {
    expect(commandLineOf(['/ip ipsec policy', 'set', '[find disabled=yes]', 'disabled=no'])).toBe(
      '/ip ipsec policy set [find disabled=yes] disabled=no',
    );
    expect(commandLineOf(['add', 'place-before=[find a=b]'])).toBe('add place-before=[find a=b]');
  });

  test('takes a whole line in the first word as it is', () => {
    const whole = '/ip ipsec policy add comment="a b"; print';
    expect(commandLineOf([whole])).toBe(whole);
  });

  test('quotes an unnamed value with blanks, and keeps a lone semicolon a separator', () => {
    expect(commandLineOf(['comment', '0', 'to the office'])).toBe('comment 0 "to the office"');
    expect(commandLineOf(['print', ';', 'print'])).toBe('print ; print');
  });
});
