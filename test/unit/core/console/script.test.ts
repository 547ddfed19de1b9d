/** The scripting subset: put, local, variables and brackets (C-30), and pasted prompts (B-14). */
import { describe, expect, test } from '@jest/globals';
import { newConsole } from './fake-host.js';

describe('C-30 put', () => {
  test.each([
    [':put hello', 'hello\n'],
    [':put "two words"', 'two words\n'],
    [':put ""', '\n'],
    [':put message=x', 'x\n'],
    [':put [/ip ipsec proposal find]', '*1\n'],
    [':put [/ip ipsec proposal get 0 lifetime]', '30m\n'],
    ['/ip ipsec proposal; :put [find name=nothing]', '\n'],
    [':pu a; :put b', 'a\nb\n'],
    ['/ip ipsec proposal :put', undefined],
  ])('%s', (line, expected) => {
    const { run, fail } = newConsole();
    if (expected === undefined) expect(fail(line)).toMatch(/^bad command name :put/);
    else expect(run(line)).toBe(expected);
  });

  test('JSON has a document for it', () => {
    const { session } = newConsole();
    expect(session.execute(':put "a\\"b"', { form: 'json' }).output).toBe('{"put":"a\\"b"}\n');
  });
});

describe('C-30 variables', () => {
  test.each([
    [':local a 1; :put $a', '1\n'],
    [':local a; :put "<$a>"', '<>\n'],
    [':local a 1; :local a 2; :put $a', '2\n'],
    [':local net 10.1.0; :put "$net.0/24"', '10.1.0.0/24\n'],
    [':local a x; :put "$a$a-$a"', 'xx-x\n'],
    [':local a x; :put "\\$a is $a"', '$a is x\n'],
    [':local a "$"; :put "$a"', '$\n'],
    [':local a name; :put [/ip ipsec proposal get default $a]', 'default\n'],
    [':local id [/ip ipsec peer add address=1.1.1.1]; :put $id', '*2\n'],
    [':local c3 "\\C3"; :put "$c3\\A9"', 'é\n'],
  ])('%s', (line, expected) => {
    expect(newConsole().run(line)).toBe(expected);
  });

  test('stand for items, values and conditions', () => {
    const { host, run } = newConsole();
    run(
      [
        '/ip ipsec policy',
        ':local remote 10.0.0.2',
        ':local id [add sa-src-address=10.0.0.1 sa-dst-address=$remote comment="to $remote"]',
        'add comment=other',
        'set [find sa-dst-address=$remote] tunnel=yes',
        'set $id level=use',
      ].join('\n'),
    );
    expect(host.current.tables.policy).toMatchObject([
      { 'sa-dst-address': '10.0.0.2', comment: 'to 10.0.0.2', tunnel: true, level: 'use' },
      { comment: 'other', tunnel: false },
    ]);
  });

  test('last for the session, whose scripts may come in parts', () => {
    const { run } = newConsole();
    run(':local a 1');
    expect(run(':put $a')).toBe('1\n');
  });

  test('belong to one session alone', () => {
    newConsole().run(':local a 1');
    expect(newConsole().fail(':put $a')).toBe('syntax error (line 1 column 6) @1:6');
  });

  test('C-53 an unknown one is a mistake where it stands, never an empty text', () => {
    const { host, fail } = newConsole();
    expect(fail('/ip ipsec pre-shared-secret add address=1.1.1.1 \\\n  secret="begin$end"')).toBe(
      'syntax error (line 2 column 16) @2:16',
    );
    expect(host.current.tables['pre-shared-secret']).toEqual([]);
  });

  test('a text that doubles itself comes to an end', () => {
    const { fail } = newConsole();
    const doubling = Array.from({ length: 64 }, () => ':local a "$a$a"').join('\n');
    expect(fail(`:local a xx\n${doubling}`)).toMatch(/^failure: a text has at most \d+ characters/);
  });

  test('there cannot be ever more of them', () => {
    const { fail } = newConsole();
    const many = Array.from({ length: 300 }, (_, index) => `:local a${index} x`).join('\n');
    expect(fail(many)).toMatch(/^failure: a script can have 256 variables/);
  });
});

describe('commands in brackets', () => {
  test('do nothing when the command around them is refused', () => {
    const { host, run, fail } = newConsole();
    run('/ip ipsec peer add address=9.9.9.9');
    const before = host.current;
    const commits = host.commits;
    expect(fail('/ip ipsec peer set [add address=1.1.1.1] address=9.9.9.9')).toBe(
      'failure: already have such entry @1:16',
    );
    expect(fail(':put [/ip ipsec peer add address=1.1.1.1] x')).toMatch(/^expected end of command/);
    expect(fail(':local "" [/ip ipsec peer add address=1.1.1.1]')).toMatch(/^syntax error/);
    expect(host.current).toBe(before);
    expect(host.commits).toBe(commits);
  });

  test('happen together with the command around them, as one change', () => {
    const { host, run } = newConsole();
    run('/ip ipsec policy add proposal=default comment=[/ip ipsec proposal add name=x]');
    expect(host.commits).toBe(1);
    expect(host.current.tables.policy).toMatchObject([{ comment: '*2' }]);
    run('/ip ipsec peer set [add address=1.1.1.1] exchange-mode=base');
    expect(host.commits).toBe(2);
    expect(host.current.tables.peer).toMatchObject([{ 'exchange-mode': 'base' }]);
  });

  test('that the system refuses change nothing either', () => {
    const { host, fail } = newConsole();
    host.refusal = 'the disk is full';
    expect(fail(':local a [/ip ipsec peer add address=1.1.1.1]')).toBe(
      'failure: the disk is full @1:2',
    );
    expect(fail(':put $a')).toMatch(/^syntax error/);
  });
});

describe('B-14 pasted prompts', () => {
  test('lead to the menu they show', () => {
    const { host, session, run } = newConsole();
    run('[admin@MikroTik] ip ipsec proposal> add name=to_cisco pfs-group=none');
    expect(session.path).toEqual(['ip', 'ipsec', 'proposal']);
    run('[admin@MikroTik] > ip ipsec peer add address=1.1.1.1');
    expect(session.path).toEqual([]);
    run('[admin@xxx] ip ipsec> counters print');
    expect(session.path).toEqual(['ip', 'ipsec']);
    run('[admin@xxx] ip ipsec policy>');
    expect(session.path).toEqual(['ip', 'ipsec', 'policy']);
    expect(host.current.tables.proposal).toHaveLength(2);
    expect(host.current.tables.peer).toHaveLength(1);
  });

  test('a refused command leaves the menu as it was', () => {
    const { session, fail } = newConsole();
    expect(fail('[admin@MikroTik] ip ipsec peer> add')).toBe(
      'missing value(s) of argument(s) address @1:33',
    );
    expect(session.path).toEqual([]);
  });
});

describe('C-24 regular expressions', () => {
  test.each([
    ['comment~"^to "', 'to west,to east'],
    ['comment~"st$"', 'to west,to east'],
    ['comment!~"^to "', 'spare'],
    ['!comment~west', 'to east,spare'],
    ['src-address~"^10\\\\.1\\\\."', 'to west'],
    ['comment~"[we]" && !disabled', 'to west,spare'],
    ['comment~""', 'to west,to east,spare'],
  ])('find %s', (condition, expected) => {
    const { host, run } = newConsole();
    run(
      [
        '/ip ipsec policy',
        'add comment="to west" src-address=10.1.0.0/24',
        'add comment="to east" src-address=10.21.0.0/24 disabled=yes',
        'add comment=spare src-address=1.10.1.0/24',
      ].join('\n'),
    );
    run(`set [find ${condition}] tunnel=yes`);
    const found = host.current.tables.policy.filter(({ tunnel }) => tunnel);
    expect(found.map(({ comment }) => comment).join(',')).toBe(expected);
  });

  test('the patterns of one condition may have 512 characters together', () => {
    const { run, fail } = newConsole();
    const half = 'x'.repeat(256);
    expect(run(`/ip ipsec policy find comment~${half} or comment~${half}`)).toBe('');
    expect(fail(`/ip ipsec policy find comment~${half} or comment~${half}y`)).toBe(
      'failure: the regular expressions of one condition have at most 512 characters @1:291',
    );
  });
});

test.each(['(', '!', 'a '])('a megabyte of %j is read no further than a command can be', (sign) => {
  const { session } = newConsole();
  const { error } = session.execute(`/ip ipsec policy find ${sign.repeat(1_000_000)}`);
  expect(error?.rule).toBe('C-53');
  expect(error?.column).toBeLessThanOrEqual(20_050);
});
