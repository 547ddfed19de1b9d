import { describe, expect, test } from '@jest/globals';
import { misuse, plainOptions } from '../../../cli/ipsecctl-options.js';
import { parseOptions } from '../../../cli/option-parser.js';

describe('options', () => {
  test.each([
    [],
    ['print'],
    ['--json', '/ip ipsec policy print'],
    ['--socket', '/run/x.sock', '--watch', '--json'],
    ['--socket=/run/x.sock', '/ip', 'ipsec', 'peer', 'print'],
    ['--colour', 'never', '--user', 'bob', '--name=gate', 'comment', '0', '007'],
    ['--name', 'a', '--name', 'b'],
    ['--json', '--json'],
  ])('are read alike by the short parser and by the full one: %j', (...args) => {
    expect(plainOptions(args)).toEqual(parseOptions(args, '1.2.3'));
  });

  test.each([
    ['-h'],
    ['--help'],
    ['--version'],
    ['--socket'],
    ['--socket', '--json'],
    ['--socket='],
    ['--colour', 'blue'],
    ['--json=no', 'print'],
    ['--no-json'],
    ['--sokcet', '/x'],
    ['--constructor'],
    ['--'],
    ['-'],
  ])('that are not plain are left to the full parser: %j', (...args) => {
    expect(plainOptions(args)).toBeUndefined();
  });

  test('behind the first word belong to the command', () => {
    expect(plainOptions(['print', '--json', 'x'])).toMatchObject({
      json: false,
      words: ['print', '--json', 'x'],
    });
  });
});

describe('words that look like another wish', () => {
  const misuseOf = (words: readonly string[]) => misuse({ watch: false, words });

  test('a command beside --watch is not left out in silence', () => {
    expect(misuse({ watch: true, words: ['print'] })).toBe(
      '--watch takes no command: leave out print',
    );
    expect(misuse({ watch: true, words: [] })).toBeUndefined();
  });

  test('an option behind the command is told where it belongs', () => {
    expect(misuseOf(['/ip ipsec policy', 'print', '--json'])).toBe(
      'options stand before the command: ipsecctl --json /ip ipsec policy ...',
    );
    expect(misuseOf(['print', '--socket=/x'])).toMatch(/ipsecctl --socket=\/x print/);
    expect(misuseOf(['print', '--help'])).toMatch(/^options stand before the command/);
  });

  test('a script is told how it is run', () => {
    expect(misuseOf(['office.rsc'])).toBe(
      'office.rsc is a script: run it with "ipsecctl < office.rsc"',
    );
  });

  test('help is told where it is', () => {
    expect(misuseOf(['help'])).toMatch(/ipsecctl --help.*type \?/);
    expect(misuseOf(['print', '-h'])).toMatch(/^options stand before the command: ipsecctl -h/);
  });

  test('C-20 a bracket that the shell cut and nothing closes is told to be quoted', () => {
    expect(misuseOf(['/ip ipsec policy', 'remove', '[find', 'a=b'])).toBe(
      "[find is not closed: put the brackets in quotes, as in '[find disabled=yes]'",
    );
  });

  test.each([
    [[]],
    [['/import office.rsc']],
    [['/import', 'office.rsc']],
    [['comment', '0', '--']],
    [['comment', '0', '--jsonish']],
    [['/ip ipsec policy print --json']],
  ])('a command is none of them: %j', (words) => {
    expect(misuseOf(words)).toBeUndefined();
  });
});
