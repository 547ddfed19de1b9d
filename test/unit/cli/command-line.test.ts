import { describe, expect, test } from '@jest/globals';
import { commandLineOf as commandLine, unclosedBracket } from '../../../cli/command-line.js';
import { isText } from '../../../cli/meant-properties.js';
import { nextCommand } from '../../../lib/core/console/tokens.js';

const commandLineOf = (words: readonly string[]) => commandLine(words, isText);

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
    'ab&&cd',
    'a||b',
    '!a',
    '[find]',
    '[/ip ipsec proposal add name=evil]',
    '(a)',
  ])('C-07 brings the value through unchanged: %j', (value) => {
    expect(valueRead(value)).toBe(value);
  });

  test('C-24 signs are signs in a condition and text elsewhere', () => {
    const where = ['print', 'where', '!disabled', '&&', 'comment=a'];
    expect(commandLineOf(where)).toBe('print where !disabled && comment=a');
    expect(commandLineOf(['comment', '0', '!x'])).toBe('comment 0 "!x"');
    expect(commandLineOf(['/ip ipsec policy find', '!disabled'])).toBe(
      '/ip ipsec policy find !disabled',
    );
  });

  test.each(['comment', 'com', 'name', 'ident-string', 'secret', 'sec', 'esp-enc-key'])(
    'a bracket as the value of %s is no command',
    (name) => {
      expect(commandLineOf(['add', `${name}=[x]`])).toBe(`add ${name}="[x]"`);
    },
  );

  test('C-20 leaves bracketed commands to the language, alone and as a value', () => {
    expect(commandLineOf(['/ip ipsec policy', 'set', '[find disabled=yes]', 'disabled=no'])).toBe(
      '/ip ipsec policy set [find disabled=yes] disabled=no',
    );
    expect(commandLineOf(['add', 'place-before=[find a=b]'])).toBe('add place-before=[find a=b]');
  });

  test.each([
    ['[find a=b]', ['[find', 'a=b]']],
    ['[find comment="a b" disabled=yes]', ['[find', 'comment=a b', 'disabled=yes]']],
    ['[find comment="a b"]', ['[find', 'comment=a b]']],
    ['[ find a=b ]', ['[', 'find', 'a=b', ']']],
    ['[/ip/ipsec/peer find a=b]', ['[/ip/ipsec/peer', 'find', 'a=b]']],
    ['place-before=[find a=b]', ['place-before=[find', 'a=b]']],
    ['[find a=[get 0 a]]', ['[find', 'a=[get', '0', 'a]]']],
  ])('C-20 joins what the shell has cut: %s', (written, words) => {
    expect(commandLineOf(['set', ...words, 'comment=c d'])).toBe(`set ${written} comment="c d"`);
    expect(unclosedBracket(['set', ...words])).toBeUndefined();
  });

  test('C-20 knows a bracket that nothing closes, and leaves values that look like one', () => {
    expect(unclosedBracket(['remove', '[find', 'a=b'])).toBe('[find');
    expect(unclosedBracket(['comment', '0', '[draft', 'x]'])).toBeUndefined();
    expect(commandLineOf(['comment', '0', '[draft'])).toBe('comment 0 "[draft"');
    expect(valueRead('[')).toBe('[');
    expect(valueRead('[find')).toBe('[find');
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
