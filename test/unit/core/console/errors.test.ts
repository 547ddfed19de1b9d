/** Every error text with its line and column (C-50 to C-63), and nothing changed by a failing line. */
import { describe, expect, test } from '@jest/globals';
import { newConsole } from './fake-host.js';

const rows: readonly (readonly [string, string, string])[] = [
  ['C-50', 'foo', 'bad command name foo (line 1 column 1) @1:1'],
  ['C-50', '\n  /ip foo', 'bad command name foo (line 2 column 7) @2:7'],
  [
    'C-50',
    '/ip firewall src-nat add action=masq',
    'bad command name firewall (line 1 column 5) @1:5',
  ],
  ['C-50', '/ip ipsec installed-sa remove 0', 'bad command name remove (line 1 column 24) @1:24'],
  ['C-50', '/ip ipsec peer move 0 1', 'bad command name move (line 1 column 16) @1:16'],
  ['C-50', '/ip ipsec counters set 0', 'bad command name set (line 1 column 20) @1:20'],
  ['C-50', '/ip ipsec counters find', 'bad command name find (line 1 column 20) @1:20'],
  ['C-50', 'x'.repeat(65), `bad command name ${'x'.repeat(64)}... (line 1 column 1) @1:1`],
  ['C-50', 'x'.repeat(64), `bad command name ${'x'.repeat(64)} (line 1 column 1) @1:1`],
  ['C-50', '/ip put x', 'bad command name put (line 1 column 5) @1:5'],
  ['C-50 (C-30)', ':global x 1', 'bad command name global (line 1 column 2) @1:2'],
  ['C-50 (C-30)', ':if (1 = 1) do={}', 'bad command name if (line 1 column 2) @1:2'],
  ['C-50 (C-30)', ':foreach i in=[find] do={}', 'bad command name foreach (line 1 column 2) @1:2'],
  ['C-50 (C-30)', '\n:delay 1', 'bad command name delay (line 2 column 2) @2:2'],
  ['C-50', '/ip :put x', 'bad command name :put (line 1 column 5) @1:5'],
  [
    'C-50 in brackets',
    '/ip ipsec policy remove [fnd]',
    'bad command name fnd (line 1 column 26) @1:26',
  ],
  [
    'C-50 in brackets',
    ':put [\\\n  /ip ipsec polizy find]',
    'bad command name polizy (line 2 column 13) @2:13',
  ],
  ['C-50 (B-14)', '[a@b] ip ipsec foo> add', 'bad command name foo (line 1 column 16) @1:16'],
  ['C-50 (B-14)', '[a@b] ip ipsec policy add> x', 'bad command name add (line 1 column 23) @1:23'],
  ['C-50', '..', 'bad command name .. (line 1 column 1) @1:1'],
  ['C-50', '/ip/ipsec/polizy/print', 'bad command name polizy (line 1 column 11) @1:11'],
  ['C-51', '/ip ipsec policy tunnel=yes', 'expected command name (line 1 column 18) @1:18'],
  ['C-51', ':', 'expected command name (line 1 column 2) @1:2'],
  ['C-51', '/ip ipsec "policy"', 'expected command name (line 1 column 11) @1:11'],
  ['C-51 (B-20)', 'pfs-group=none', 'expected command name (line 1 column 1) @1:1'],
  ['C-51', '[find]', 'expected command name (line 1 column 1) @1:1'],
  ['C-51', '$x', 'expected command name (line 1 column 1) @1:1'],
  ['C-51', '/ip ipsec policy "add"', 'expected command name (line 1 column 18) @1:18'],
  ['C-52', '/ip ipsec policy add bogus=1', 'expected end of command (line 1 column 22) @1:22'],
  ['C-52', '/ip ipsec policy print bogus=1', 'expected end of command (line 1 column 24) @1:24'],
  [
    'C-52 (B-13)',
    '/ip ipsec policy print detail brief',
    'expected end of command (line 1 column 31) @1:31',
  ],
  [
    'C-52 (B-13)',
    '/ip ipsec policy print terse stats detail',
    'expected end of command (line 1 column 36) @1:36',
  ],
  ['C-52', '/ip ipsec policy print sats', 'expected end of command (line 1 column 24) @1:24'],
  ['C-52', '/ip ipsec policy remove 0 1', 'expected end of command (line 1 column 27) @1:27'],
  ['C-52', '/ip ipsec policy add 5', 'expected end of command (line 1 column 22) @1:22'],
  [
    'C-52 (C-05)',
    '/ip ipsec peer add address =1.1.1.1',
    'expected end of command (line 1 column 20) @1:20',
  ],
  [
    'C-52',
    '/ip ipsec peer add address=1.1.1.1 \\\n  address=1.1.1.2',
    'expected end of command (line 2 column 3) @2:3',
  ],
  ['C-52', '/ip ipsec peer/print/print', 'expected end of command (line 1 column 22) @1:22'],
  ['C-52', ':put a b', 'expected end of command (line 1 column 8) @1:8'],
  ['C-52', ':put a=b', 'expected end of command (line 1 column 6) @1:6'],
  [
    'C-52 in brackets',
    '/ip ipsec peer set [find bogus=1] dh-group=modp768',
    'expected end of command (line 1 column 26) @1:26',
  ],
  [
    'C-52 (C-46)',
    '/ip ipsec peer add address=1.1.1.1 nat-traversal=no',
    'expected end of command (line 1 column 36) @1:36',
  ],
  [
    'C-52 (C-46)',
    '/ip ipsec peer add address=1.1.1.1 secret=x',
    'expected end of command (line 1 column 36) @1:36',
  ],
  ['C-52', '/ip ipsec peer find bogus=1', 'expected end of command (line 1 column 21) @1:21'],
  ['C-53', '/ip ipsec policy add comment="abc', 'syntax error (line 1 column 30) @1:30'],
  ['C-53', '/ip ipsec policy add comment="a\nb"', 'syntax error (line 1 column 30) @1:30'],
  ['C-53', '/ip ipsec policy add comment="a\\xb"', 'syntax error (line 1 column 32) @1:32'],
  ['C-53', '/ip ipsec policy add comment="a"b', 'syntax error (line 1 column 33) @1:33'],
  ['C-53', '/ip ipsec policy add comment=a"b"', 'syntax error (line 1 column 31) @1:31'],
  ['C-53', '/ip ipsec policy add comment=$x', 'syntax error (line 1 column 30) @1:30'],
  ['C-53', '/ip ipsec policy add comment="$x"', 'syntax error (line 1 column 31) @1:31'],
  ['C-53', ':put "a$', 'syntax error (line 1 column 6) @1:6'],
  ['C-53', ':put "$(1)"', 'syntax error (line 1 column 7) @1:7'],
  ['C-53', ':put ("a" . "b")', 'syntax error (line 1 column 6) @1:6'],
  ['C-53', ':local a 1; :put $a$a', 'syntax error (line 1 column 20) @1:20'],
  ['C-53', ':local a 1; :put $a.b', 'syntax error (line 1 column 20) @1:20'],
  ['C-53', ':local "a b" 1', 'syntax error (line 1 column 8) @1:8'],
  ['C-53', ':local $a 1', 'syntax error (line 1 column 8) @1:8'],
  ['C-53', ':put [find]', 'bad command name find (line 1 column 7) @1:7'],
  ['C-53', ':put [:put x]', 'syntax error (line 1 column 6) @1:6'],
  ['C-53', ':put [/import x]', 'syntax error (line 1 column 6) @1:6'],
  ['C-53', ':put []', 'syntax error (line 1 column 6) @1:6'],
  ['C-53', '/ip ipsec policy find comment=$x', 'syntax error (line 1 column 31) @1:31'],
  ['C-53', '/ip ipsec policy remove [find', 'syntax error (line 1 column 25) @1:25'],
  ['C-53', '/ip ipsec policy remove [print]', 'syntax error (line 1 column 25) @1:25'],
  ['C-53', '/ip ipsec policy remove ]', 'syntax error (line 1 column 25) @1:25'],
  ['C-53', '/ip ipsec policy find (tunnel', 'syntax error (line 1 column 23) @1:23'],
  ['C-53', '/ip ipsec policy find tunnel &&', 'syntax error (line 1 column 30) @1:30'],
  ['C-54', '/ip ipsec policy add action=permit', 'input does not match any value of action @1:22'],
  [
    'C-54',
    '/ip ipsec policy add proposal=nothing',
    'input does not match any value of proposal @1:22',
  ],
  [
    'C-54',
    '/ip ipsec peer add address=1.1.1.1 auth-method=rsa-key',
    'input does not match any value of auth-method @1:36',
  ],
  [
    'C-55',
    '/ip ipsec peer add address=1.1.1.1 enc-algorithm=aes',
    'ambiguous value of enc-algorithm, more than one possible value matches input @1:36',
  ],
  [
    'C-55',
    '/ip ipsec peer add address=1.1.1.1 dh-group=modp',
    'ambiguous value of dh-group, more than one possible value matches input @1:36',
  ],
  ['C-56', '/ip ipsec p', 'ambiguous command name p (line 1 column 11) @1:11'],
  ['C-56', 'ip/ipsec/pr print', 'ambiguous command name pr (line 1 column 10) @1:10'],
  ['C-57', '/ip ipsec policy add s=1', 'ambiguous input s (line 1 column 22) @1:22'],
  ['C-57', '/ip ipsec peer add e=1', 'ambiguous input e (line 1 column 20) @1:20'],
  ['C-57', '/ip ipsec peer print w', 'ambiguous input w (line 1 column 22) @1:22'],
  ['C-58', '/ip ipsec peer add address=1.2.3.x', 'invalid value for argument address @1:20'],
  ['C-58 (C-24)', '/ip ipsec policy find comment~"("', 'invalid value for argument comment @1:23'],
  ['C-58', '/import x compat=maybe', 'input does not match any value of compat @1:11'],
  [
    'C-58',
    '/ip ipsec pre-shared-secret add address=1.2.3.4 secret=0xabc',
    'invalid value for argument secret @1:49',
  ],
  [
    'C-58',
    '/ip ipsec policy add ipsec-protocols=""',
    'invalid value for argument ipsec-protocols @1:22',
  ],
  ['C-58', '/ip ipsec proposal add name=none', 'invalid value for argument name @1:24'],
  [
    'C-59',
    '/ip ipsec policy add src-address=1.0.0.0/24:70000',
    'value of src-address out of range (0..65535) @1:22',
  ],
  [
    'C-59',
    '/ip ipsec proposal add lifebytes=4294967296',
    'value of lifebytes out of range (0..4294967295) @1:24',
  ],
  ['C-60', ':put', 'missing value(s) of argument(s) message @1:2'],
  ['C-60', ':local', 'missing value(s) of argument(s) name @1:2'],
  ['C-60', '/import', 'missing value(s) of argument(s) file-name @1:2'],
  ['C-60', '/ip ipsec peer set', 'missing value(s) of argument(s) numbers @1:16'],
  [
    'C-60',
    '/ip ipsec peer set exchange-mode=base',
    'missing value(s) of argument(s) numbers @1:16',
  ],
  ['C-60', '/ip ipsec peer add', 'missing value(s) of argument(s) address @1:16'],
  ['C-60', '/ip ipsec peer remove', 'missing value(s) of argument(s) numbers @1:16'],
  ['C-60', '/ip ipsec peer comment', 'missing value(s) of argument(s) numbers comment @1:16'],
  ['C-60', '/ip ipsec pre-shared-secret add', 'missing value(s) of argument(s) secret @1:29'],
  ['C-61', '/ip ipsec policy set 0 tunnel=yes', 'no such item @1:22'],
  ['C-61', '/ip ipsec policy remove 99', 'no such item @1:25'],
  ['C-61', '/ip ipsec policy get 0 action', 'no such item @1:22'],
  ['C-61', '/ip ipsec policy remove *FF', 'no such item @1:25'],
  ['C-61', '/ip ipsec proposal enable 0,1', 'no such item @1:27'],
  ['C-61', '/ip ipsec policy add copy-from=3', 'no such item @1:22'],
  ['C-62', '/ip ipsec proposal add name=default', 'failure: already have such entry @1:20'],
  [
    'C-62',
    '/ip ipsec peer add address=9.9.9.9; /ip ipsec peer add address=9.9.9.9:500',
    'failure: already have such entry @1:52',
  ],
  [
    'C-63 (A-50)',
    '/ip ipsec pre-shared-secret add secret=x',
    'failure: address or ident-string must be specified @1:29',
  ],
  [
    'C-63 (A-50)',
    '/ip ipsec pre-shared-secret add secret=x address=1.1.1.1 ident-string=a',
    'failure: address or ident-string must be specified @1:29',
  ],
  ['C-63 (C-45)', '/import nothing', 'failure: there is no file nothing.rsc @1:9'],
  [
    'C-63 (A-60)',
    '/ip ipsec proposal remove default',
    'failure: the default item cannot be removed @1:20',
  ],
  [
    'C-63 (A-60)',
    '/ip ipsec proposal set 0 name=other',
    'failure: the default item cannot be renamed @1:20',
  ],
];

describe('errors', () => {
  test.each(rows)('%s: %s', (_rule, line, expected) => {
    const { host, fail } = newConsole();
    const before = host.current;
    expect(fail(line)).toBe(expected);
    if (!line.includes(';')) expect(host.current).toBe(before);
  });
});

test('C-04 a script cut off after a continuation backslash is refused, not carried out', () => {
  const { fail, run } = newConsole();
  expect(fail('/ip ipsec peer add address=1.1.1.1 \\')).toMatch(/^syntax error/);
  expect(run('/ip ipsec peer print count-only')).toBe('0\n');
});
