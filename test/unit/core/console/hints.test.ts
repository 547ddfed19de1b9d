/** What a person is told beside a refusal (C-50 to C-62), and that no hint repeats a value. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Console } from './fake-host.js';
import { newConsole } from './fake-host.js';

function hintOf({ session }: Console, text: string): string | undefined {
  const { error } = session.execute(text);
  if (error === undefined) throw new Error(`accepted: ${text}`);
  return error.hint;
}

const onlyIpsec = 'only /ip ipsec is kept here';
const firewall = 'the firewall of Linux is nftables: see docs/nat.md';
const continued =
  'a command comes first; a line that goes on needs a \\ at the end of the one before';
const bracket = 'the [ there is not closed; from a shell, put the brackets in quotes';
const substitution = 'in brackets stands one command that gives a value: find, get or add';
const passProperties =
  'address, exchange-mode, send-initial-contact, proposal-check, hash-algorithm, enc-algorithm, dh-group, disabled, comment, auth-method and 1 more';

const rows: readonly (readonly [rule: string, line: string, hint: string])[] = [
  ['C-50', '/ip ipsec polizy print', 'did you mean "policy"?'],
  ['C-50', '/ip ipsec policy pirnt', 'did you mean "print"?'],
  ['C-50', '/ip firewall nat add', firewall],
  ['C-50', 'firewall', firewall],
  ['C-50', '/interface print', onlyIpsec],
  ['C-50', '/system resource print', onlyIpsec],
  ['C-50', '/file print', onlyIpsec],
  ['C-50', '/routing bgp peer print', onlyIpsec],
  ['C-50', '/queue simple print', onlyIpsec],
  ['C-50', '/ip address print', onlyIpsec],
  ['C-50', '/ip ipsec profile add', "write the profile's values into /ip ipsec peer"],
  [
    'C-50',
    '/ip ipsec identity add',
    "the identity's secret belongs into /ip ipsec pre-shared-secret",
  ],
  ['C-50', '/ip ipsec mode-config add', 'peers are not given addresses here: leave it out'],
  [
    'C-50',
    '/ip ipsec policy; .. group add',
    'policies are not made from templates here: leave it out, and add the policies',
  ],
  [
    'C-50',
    'quit',
    'quit and Ctrl-D leave the shell; scripts and single commands end by themselves',
  ],
  ['C-50', '/ip ipsec help', '? shows what can stand at any place of a line, and Tab completes it'],
  ['C-50', 'policy print', 'that menu is /ip ipsec policy'],
  ['C-50', '/ip ipsec print', 'a menu comes before it, as in /ip ipsec policy print'],
  ['C-50', '/ip import x', 'a menu comes before it, as in /import'],
  [
    'C-50',
    '/ip ipsec frobnicate',
    'in /ip ipsec there are policy, installed-sa, manual-sa, peer, pre-shared-secret, proposal, counters, export, explain',
  ],
  ['C-50', '/ip ipsec counters set 0', 'in /ip ipsec counters there are print, get'],
  ['C-50', 'put x', 'write :put'],
  ['C-50', ':foreach i', 'of the commands with : there are only local, put'],
  ['C-50', '..', 'nothing is above the root'],
  ['C-51', 'pfs-group=none', continued],
  ['C-51', '/ip ipsec counters tunnel=yes', 'in /ip ipsec counters there are print, get'],
  [
    'C-52',
    '/ip ipsec peer add adress=1.1.1.1',
    '"adress" is no argument of peer add; did you mean "address"?',
  ],
  [
    'C-52',
    '/ip ipsec policy add algorithm=x',
    '"algorithm" is no argument of policy add: it takes src-address, dst-address, protocol, action, level, ipsec-protocols, tunnel, sa-src-address, sa-dst-address, proposal and 6 more',
  ],
  [
    'C-52',
    '/ip ipsec peer add algorithm=x',
    '"algorithm" is no argument of peer add; did you mean "hash-algorithm" or "enc-algorithm"?',
  ],
  [
    'C-52',
    '/ip ipsec peer add foo=x',
    `"foo" is no argument of peer add: it takes ${passProperties}`,
  ],
  [
    'C-52',
    '/ip ipsec peer add nat-traversal=no',
    'nat-traversal is of later versions: import a file that has it with compat=yes',
  ],
  ['C-52', '/ip ipsec peer add address=1.1.1.1 address=1.1.1.2', 'address is given twice'],
  ['C-52', '/ip ipsec peer add address =1.1.1.1', 'write address=VALUE, without blanks around ='],
  [
    'C-52',
    '/ip ipsec peer add 5',
    'peer add takes no value without a name; a value with blanks in it must stand in quotes',
  ],
  [
    'C-52',
    '/ip ipsec peer remove 0 1',
    'of values without a name peer remove takes only numbers; a value with blanks in it must stand in quotes',
  ],
  ['C-52', '/ip ipsec policy print sats', 'did you mean "stats"?'],
  [
    'C-52',
    '/ip ipsec peer print detail brief',
    'detail and brief exclude each other: give one of them',
  ],
  ['C-52', '/ip ipsec peer find adress=1.1.1.1', 'did you mean "address"?'],
  ['C-52', '/ip ipsec peer/print/print', 'print ends the path'],
  ['C-53', ':put "abc', 'the quote there is not closed: a text ends in the line it begins in'],
  [
    'C-53',
    ':put "a\\xb"',
    'that backslash begins no escape: \\\\ is a backslash, the others are \\" \\$ \\? \\n \\r \\t \\_ \\a \\b \\f \\v and two digits 0-9A-F',
  ],
  ['C-53', ':put "$(1)"', 'there $ begins no variable: write \\$ in quotes'],
  [
    'C-53',
    ':put "$x"',
    'no :local before it gave that variable a value; a dollar sign is written \\$',
  ],
  [
    'C-53',
    ':put a$b',
    'a value with " [ ( { $ or \\ in it must stand in quotes, with \\ before " $ and \\',
  ],
  ['C-53', ':put "a"b', 'a blank belongs behind a closing quote or bracket and behind a variable'],
  ['C-53', '/ip ipsec policy remove [find', bracket],
  ['C-53', '/ip ipsec policy remove ]', 'nothing is open that this could close'],
  ['C-53', '/ip ipsec policy remove [print]', substitution],
  ['C-53', ':put []', substitution],
  ['C-53', '/ip ipsec policy find (tunnel', 'the ( there is not closed'],
  ['C-54', '/ip ipsec peer add exch=ike2', 'exchange-mode is one of main, aggressive, base'],
  [
    'C-54',
    '/ip ipsec policy add proposal=nosuch',
    'proposal is the name of an item of proposal: default',
  ],
  [
    'C-54',
    '/ip ipsec policy add manual-sa=nosuch',
    'manual-sa is the name of an item of manual-sa, or none, and there is none',
  ],
  ['C-54', '/ip ipsec peer find exch=ike2', 'exchange-mode is one of main, aggressive, base'],
  [
    'C-54',
    '/ip ipsec proposal set 0 enc-algorithms=des,x',
    'enc-algorithms is a comma list of 3des, aes-128, aes-192, aes-256, des, null',
  ],
  ['C-54', '/ip ipsec policy add protocol=qq', 'protocol is all, a name, or 0..255'],
  ['C-54', '/ip ipsec proposal get 0 lifetimes', 'did you mean "lifetime"?'],
  [
    'C-55',
    '/ip ipsec peer add enc-algorithm=aes',
    'enc-algorithm is one of des, 3des, aes-128, aes-192, aes-256',
  ],
  ['C-56', '/ip ipsec p', 'it could be policy, peer, pre-shared-secret, proposal'],
  ['C-57', '/ip ipsec peer add e=1', 'it could be exchange-mode, enc-algorithm'],
  ['C-58', '/ip ipsec peer add address=1.2.3.x', 'address is A.B.C.D[/mask][:port]'],
  [
    'C-58',
    '/ip ipsec pre-shared-secret add secret=0xabc',
    'secret is text that is not empty, or 0x and an even number of hexadecimal digits',
  ],
  [
    'C-58',
    '/ip ipsec manual-sa add ah-key=abc',
    'ah-key is [0x]hexadecimal[/[0x]hexadecimal], an even number of digits each',
  ],
  ['C-58', '/ip ipsec policy find comment~"("', 'behind ~ stands a regular expression'],
  ['C-59', '/ip ipsec proposal add lifebytes=4294967296', 'lifebytes is 0..4294967295'],
  ['C-60', '/ip ipsec peer add', 'give it as address=VALUE: address is A.B.C.D[/mask][:port]'],
  [
    'C-60',
    '/ip ipsec peer remove',
    'give it after the command: the items: numbers, ids, names, or [find ...]',
  ],
  ['C-61', '/ip ipsec peer set 0 comment=x', 'peer has no items'],
  [
    'C-61',
    '/ip ipsec proposal set 5 comment=x',
    'the numbers are 0; the name may stand for the item: default',
  ],
  [
    'C-62',
    '/ip ipsec proposal add name=default',
    'item 0 (*1) has that name: set it, or give another name',
  ],
];

describe('hints', () => {
  test.each(rows)('%s %s', (rule, line, hint) => {
    const { error } = newConsole().session.execute(line);
    expect(error).toMatchObject({ rule, hint });
  });

  test('C-61 after a print: which numbers it gave that still mean something', () => {
    const console = newConsole();
    console.run('/ip ipsec policy\nadd\nadd\nadd\nadd\nprint\nremove 1\nadd');
    expect(hintOf(console, 'set 9 comment=x')).toBe(
      'the last print numbered 0, 2, 3: print again for new numbers',
    );
    console.run('remove 0; print where disabled=yes');
    expect(hintOf(console, 'set 0 comment=x')).toBe(
      'the last print numbered no item that is still there: print again for new numbers',
    );
  });

  test('C-61 before any print: the range of the numbers, and the names there are', () => {
    const console = newConsole();
    console.run('/ip ipsec proposal\nadd name=a\nadd name=b');
    expect(hintOf(console, 'set c comment=x')).toBe(
      'the numbers are 0 to 2; the name may stand for the item: default, a, b',
    );
  });

  test('C-62 names the item that has the value, with its number and id', () => {
    const console = newConsole();
    console.run('/ip ipsec peer\nadd address=10.0.0.1\nadd address=10.0.0.2');
    const hint = 'item 1 (*3) has that address: set it, or give another address';
    expect(hintOf(console, 'add address=10.0.0.2:500')).toBe(hint);
    expect(hintOf(console, 'set 0 address=10.0.0.2')).toBe(hint);
    expect(hintOf(console, 'add copy-from=1')).toBe(hint);
    expect(hintOf(console, 'set [find] address=10.0.0.3')).toBe(
      'only one item can have that address: set one',
    );
  });

  test('C-54 a long list of names is cut short', () => {
    const console = newConsole();
    for (let number = 0; number < 20; number += 1) console.run('/ip ipsec proposal add');
    expect(hintOf(console, '/ip ipsec policy add proposal=x')).toMatch(
      /: default, proposal1, .* proposal9 and 11 more$/,
    );
  });

  test('the printed line is the same with and without a hint', () => {
    const { fail } = newConsole();
    expect(fail('/ip ipsec polizy')).toBe('bad command name polizy (line 1 column 11) @1:11');
  });
});

describe('secrets in mistakes', () => {
  test.each([
    '/ip ipsec pre-shared-secret add address=1.1.1.1 secret=correct horse=battery',
    '/ip ipsec pre-shared-secret add secret=correct horse staple',
    '/ip ipsec pre-shared-secret find secret=correct horse=battery',
    '/ip ipsec pre-shared-secret add secret="correct$horse"',
    '/ip ipsec pre-shared-secret add secret="correct\\horse"',
    '/ip ipsec pre-shared-secret add secret=correct"horse',
  ])('%s: no word of the secret is in the hint', (line) => {
    const hint = hintOf(newConsole(), line);
    expect(hint).toBeDefined();
    expect(hint).not.toMatch(/correct|horse|battery|staple/);
  });

  test('no hint holds a secret, however the line goes wrong', () => {
    const secret = 'Zq7Xw9Vj';
    const piece = fc.constantFrom(
      ...['secret=', 'secret="', '"', ' ', '=', '[', ']', '$', '\\', 'ah-key=', 'address=1.1.1.1 '],
      ...['comment=', 'set 0 ', 'add ', 'find ', `${secret}`, `x=${secret} `, '(', '0x', ','],
    );
    fc.assert(
      fc.property(
        fc.constantFrom('pre-shared-secret', 'manual-sa', 'peer'),
        fc.array(piece, { maxLength: 8 }),
        (menu, pieces) => {
          const line = `/ip ipsec ${menu} add secret=${secret}${pieces.join('')}`;
          const { error } = newConsole().session.execute(line);
          expect(error?.hint ?? '').not.toContain(secret);
        },
      ),
    );
  });
});
