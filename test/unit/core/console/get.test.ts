/** One value of one item: get and edit; and flush, which takes one value (C-17, C-18, A-22). */
import { describe, expect, test } from '@jest/globals';
import { newConsole } from './fake-host.js';

describe('get', () => {
  test('C-17 prints the value of a property, of the item with that number, id or name', () => {
    const { run } = newConsole();
    run('/ip ipsec pre-shared-secret add address=10.0.0.1 secret="two words"');
    expect(run('/ip ipsec pre-shared-secret get 0 secret')).toBe('two words\n');
    expect(run('/ip ipsec pre-shared-secret get *2 value-name=address')).toBe('10.0.0.1\n');
    expect(run('/ip ipsec proposal get default lifetime')).toBe('30m\n');
    expect(run('/ip ipsec proposal get numbers=default value=lifeb')).toBe('0\n');
  });

  test('C-17 stands for the value in brackets, exactly as it is', () => {
    const { run, host } = newConsole();
    run(String.raw`/ip ipsec proposal add name=model comment="line\n\"two\" \80"`);
    run('/ip ipsec peer add address=10.0.0.1 comment=[/ip ipsec proposal get model comment]');
    const [peer] = host.current.tables.peer;
    const model = host.current.tables.proposal[1];
    expect(peer?.comment).toBe(model?.comment);
    // What is only read by a person cannot move the cursor.
    expect(run('/ip ipsec proposal get model comment')).toBe('line\\n"two" \\80\n');
  });

  test('C-17 gives statistics and flags too', () => {
    const { run } = newConsole();
    run('/ip ipsec policy add action=encrypt');
    expect(run('/ip ipsec policy get 0 ph2-state')).toBe('no-phase2\n');
    expect(run('/ip ipsec policy get 0 invalid')).toBe('yes\n');
    expect(run('/ip ipsec policy get 0 disabled')).toBe('no\n');
  });

  test('C-17 without a name gives all values', () => {
    const { run } = newConsole();
    run('/ip ipsec pre-shared-secret add address=10.0.0.1 secret="a;b" comment="x y"');
    expect(run('/ip ipsec pre-shared-secret get 0')).toBe(
      'disabled=no;comment="x y";address=10.0.0.1;ident-string="";secret="a;b"\n',
    );
  });

  test('A.7 the counters need no item', () => {
    const { run, host, fail } = newConsole();
    host.live = { ...host.live, counters: { ...host.live.counters, outAccept: 2298 } };
    expect(run('/ip ipsec counters get out-accept')).toBe('2298\n');
    expect(run('/ip ipsec counters get')).toMatch(/^out-accept=2298;out-drop=0;.*=0\n$/);
    expect(fail('/ip ipsec counters find')).toBe('bad command name find (line 1 column 20) @1:20');
  });

  test('B-08 a value that does not apply is empty', () => {
    const { run } = newConsole();
    run('/ip ipsec peer add address=10.0.0.1');
    expect(run('/ip ipsec peer get 0 ph1-side')).toBe('');
  });

  test.each([
    ['C-54', 'get 0 bogus', 'input does not match any value of value-name @1:22'],
    [
      'C-55',
      'get 0 d',
      'ambiguous value of value-name, more than one possible value matches input @1:22',
    ],
    ['C-58', 'get 0,1 address', 'invalid value for argument numbers @1:20'],
    ['C-60', 'get', 'missing value(s) of argument(s) numbers @1:16'],
    ['C-61', 'get 7 address', 'no such item @1:20'],
    ['C-61', 'get [find comment=none] address', 'no such item @1:20'],
    ['C-52', 'get 0 address more', 'expected end of command (line 1 column 30) @1:30'],
  ])('%s refuses %s', (_rule, command, expected) => {
    const { run, fail } = newConsole();
    run('/ip ipsec peer\nadd address=10.0.0.1\nadd address=10.0.0.2\n/');
    expect(fail(`/ip ipsec peer ${command}`)).toBe(expected);
  });
});

describe('edit', () => {
  test('C-18 asks the reader to edit the value, and changes nothing', () => {
    const { session, host, run } = newConsole();
    run('/ip ipsec proposal add name=west comment="old\\ntext"');
    const before = host.current;
    expect(session.execute('/ip ipsec proposal edit west comment')).toMatchObject({
      output: '',
      edit: {
        path: ['ip', 'ipsec', 'proposal'],
        id: '*2',
        property: 'comment',
        value: 'old\ntext',
      },
    });
    expect(host.current).toBe(before);
  });

  test.each([
    ['C-60', '/ip ipsec policy edit 0', 'missing value(s) of argument(s) value-name @1:18'],
    ['C-54', '/ip ipsec policy edit 0 bogus', 'input does not match any value of value-name @1:25'],
    // What is computed is not there to be edited.
    [
      'C-54',
      '/ip ipsec policy edit 0 ph2-state',
      'input does not match any value of value-name @1:25',
    ],
    [
      'C-54',
      '/ip ipsec policy edit 0 invalid',
      'input does not match any value of value-name @1:25',
    ],
    ['C-50', '/ip ipsec counters edit out-drop', 'bad command name edit (line 1 column 20) @1:20'],
  ])('%s refuses %s', (_rule, command, expected) => {
    const { run, fail } = newConsole();
    run('/ip ipsec policy add');
    expect(fail(command)).toBe(expected);
  });
});

describe('flush', () => {
  test('A-22 deletes the SAs of IKE, all of them or those of one protocol', () => {
    const { host, run } = newConsole();
    run('/ip ipsec installed-sa');
    expect(run('flush\nflush sa-type=ah\nflush sa-type=e\nflush sa-type=all')).toBe('');
    expect(host.flushed).toEqual(['all', 'ah', 'esp', 'all']);
  });

  test('C-54 refuses a type that is none, and is offered for installed SAs alone', () => {
    const { host, fail } = newConsole();
    expect(fail('/ip ipsec installed-sa flush sa-type=ike')).toBe(
      'input does not match any value of sa-type @1:30',
    );
    expect(fail('/ip ipsec policy flush')).toContain('bad command name flush');
    expect(host.flushed).toEqual([]);
  });
});
