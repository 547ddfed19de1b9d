/** The command language: paths, lines, abbreviations, items, conditions (spec C.1, C.2). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { policyMenu } from '../../../../lib/core/config/menus/policy.js';
import { selector } from '../../../../lib/core/config/values/address.js';
import { nextCommand } from '../../../../lib/core/console/tokens.js';
import { newConsole } from './fake-host.js';

function comments(console: ReturnType<typeof newConsole>): readonly string[] {
  return console.host.current.tables.policy.map(({ comment }) => comment);
}

/** A console at the policy menu with items whose comments are a, b, c, ... */
function withPolicies(letters: string) {
  const console = newConsole();
  console.run('/ip ipsec policy');
  for (const letter of letters) console.run(`add comment=${letter}`);
  return console;
}

describe('C-01 paths', () => {
  test.each([
    '/ip ipsec policy add',
    'ip ipsec policy add',
    '/ip/ipsec/policy/add',
    '/ ip ipsec policy add',
    'ip/ipsec policy/add',
    '/ip ipsec/policy add',
    '  /ip ipsec pol ad',
    '/ip ipsec peer .. policy add',
    'ip ipsec peer/../policy/add',
  ])('%s adds a policy and stays at the root', (line) => {
    const { host, session, run } = newConsole();
    run(line);
    expect(host.current.tables.policy).toHaveLength(1);
    expect(session.path).toEqual([]);
  });

  test('a path without a command changes the menu', () => {
    const { session, run } = newConsole();
    run('/ip ipsec policy');
    expect(session.path).toEqual(['ip', 'ipsec', 'policy']);
    run('..');
    expect(session.path).toEqual(['ip', 'ipsec']);
    run('peer');
    expect(session.path).toEqual(['ip', 'ipsec', 'peer']);
    run('.. ..');
    expect(session.path).toEqual(['ip']);
    run('/');
    expect(session.path).toEqual([]);
  });

  test('a command elsewhere leaves the menu as it is', () => {
    const { session, run } = newConsole();
    run('/ip ipsec policy');
    run('.. peer print');
    run('/ip ipsec proposal print');
    expect(session.path).toEqual(['ip', 'ipsec', 'policy']);
  });

  test('lines of an export work: a path line, then commands', () => {
    const { host, run } = newConsole();
    run('/ ip ipsec peer\nadd address=1.1.1.1:500\nadd address=1.1.1.2\n/ ip ipsec policy\nadd\n');
    expect(host.current.tables.peer).toHaveLength(2);
    expect(host.current.tables.policy).toHaveLength(1);
  });
});

describe('lines', () => {
  test.each(['\n', '\r\n', '\r', ';', ' ; ', '\n\n ;; \n'])(
    'C-02 %j separates commands',
    (separator) => {
      const { host, run } = newConsole();
      run(`/ip ipsec policy add${separator}/ip ipsec policy add`);
      expect(host.current.tables.policy).toHaveLength(2);
    },
  );

  test('C-03 a comment lasts to the end of the line and is not continued', () => {
    const { host, run } = newConsole();
    run('# add nothing \\\n/ip ipsec policy add; # and more; /ip ipsec policy add\n  # end');
    expect(host.current.tables.policy).toHaveLength(1);
  });

  test('C-04 a line goes on after a backslash, also between name= and value', () => {
    const { host, run } = newConsole();
    run(
      '/ip ipsec policy add sa-src-address=\\\r\n    1.0.0.1 \\\n\\... sa-dst-address=1.0.0.2\\\n  action=encrypt',
    );
    expect(host.current.tables.policy[0]).toMatchObject({
      'sa-src-address': '1.0.0.1',
      'sa-dst-address': '1.0.0.2',
      action: 'encrypt',
    });
  });

  test('commands before a mistake are carried out, those after it are not', () => {
    const console = newConsole();
    const { output, error } = console.session.execute(
      '/ip ipsec policy\nadd comment=a\nprint count-only\nadd coment=b\nadd comment=c',
    );
    expect(output).toBe('1\n');
    expect(error?.text).toBe('expected end of command (line 4 column 5)');
    expect(comments(console)).toEqual(['a']);
  });

  test('no text throws, and every text ends', () => {
    const alphabet = [
      ...'"\\[](){}$;#=!~<>&|\n\r\t ./:,*\'0aF',
      '\\\n',
      'add',
      'find',
      '/ip ipsec peer ',
    ];
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...alphabet), { maxLength: 60 }).map((parts) => parts.join('')),
    );
    const { session } = newConsole();
    fc.assert(
      fc.property(texts, (text) => {
        let offset = 0;
        for (;;) {
          const command = nextCommand(text, offset);
          if (!command.ok || command.value === undefined) break;
          expect(command.value.end).toBeGreaterThan(offset);
          offset = command.value.end;
        }
        session.execute(text);
      }),
      { numRuns: 1000 },
    );
  });

  test('brackets nested without end are refused, not followed', () => {
    const { fail } = newConsole();
    expect(fail(`/ip ipsec policy remove ${'['.repeat(100_000)}`)).toMatch(/^syntax error/);
    expect(fail(`/ip ipsec policy find ${'('.repeat(100_000)}`)).toMatch(/^syntax error/);
  });
});

describe('A-01 abbreviations', () => {
  test('menus, commands, properties and values may be shortened', () => {
    const { host, run } = newConsole();
    run(
      '/ip ip pol a src=10.1.0.0/24 ds=10.2.0.0/24 sa-s=1.0.0.1 sa-d=1.0.0.2 ac=enc tu=y lev=acq',
    );
    expect(host.current.tables.policy[0]).toMatchObject({
      'src-address': { address: '10.1.0.0', length: 24 },
      'sa-dst-address': '1.0.0.2',
      action: 'encrypt',
      tunnel: true,
      level: 'acquire',
    });
  });

  test.each(['s=1.1.1.1', 'sa-=1.1.1.1', 'pro=tcp'])('%s is ambiguous in policy add', (given) => {
    const word = given.split('=')[0];
    const { fail } = newConsole();
    expect(fail(`/ip ipsec policy add ${given}`)).toBe(
      `ambiguous input ${word} (line 1 column 22) @1:22`,
    );
  });

  test('names of items are matched exactly', () => {
    const { run, fail } = newConsole();
    run('/ip ipsec proposal add name=west');
    expect(fail('/ip ipsec policy add proposal=wes')).toBe(
      'input does not match any value of proposal @1:22',
    );
    expect(fail('/ip ipsec proposal set wes lifetime=1h')).toBe('no such item @1:24');
  });
});

describe('items', () => {
  test('C-20 numbers, ids, lists, find and names all name items', () => {
    const console = withPolicies('abcdef');
    const { run } = console;
    run('print');
    run('remove 0');
    run('remove *3');
    run('remove 2,3');
    run('remove [find comment=e]');
    expect(comments(console)).toEqual(['f']);
    run('/ip ipsec policy remove numbers=5');
    expect(comments(console)).toEqual([]);
  });

  test('C-20 a name with commas is looked for as a whole before it is a list', () => {
    const { run } = newConsole();
    run('/ip ipsec proposal\nadd name=a\nadd name=b\nadd name="a,b"');
    run('set "a,b" comment=whole\nset b,a comment=list');
    expect(run(':put [get a comment]; :put [get b comment]; :put [get "a,b" comment]')).toBe(
      'list\nlist\nwhole\n',
    );
  });

  test('C-20 numbers and ids win over items that are called so: [find ...] means what it found', () => {
    const { run } = newConsole();
    run('/ip ipsec proposal\nadd name=a\nadd name=0\nadd name=*1\nadd name="*1;*2"');
    run('set 0 comment=number\nset *2 comment=id\nset [find name=default] lifetime=1h');
    run('set [find name~"^(default|a)$"] lifebytes=7');
    expect(run(':put [get default comment]; :put [get a comment]')).toBe('number\nid\n');
    expect(run('print count-only where lifetime=1h; print count-only where lifebytes=7')).toBe(
      '1\n2\n',
    );
    run('add name="*1,*2"\nset *1,*2 pfs-group=none');
    expect(run('print count-only where pfs-group=none')).toBe('2\n');
  });

  test('C-20 a peer is found by its address, with or without port', () => {
    const { host, run } = newConsole();
    run('/ip ipsec peer\nadd address=10.0.0.1\nadd address=10.0.0.2:4500');
    run('/ip ipsec peer set 10.0.0.1 exchange-mode=base');
    run('/ip ipsec peer disable 10.0.0.2:4500');
    expect(host.current.tables.peer).toMatchObject([
      { 'exchange-mode': 'base' },
      { disabled: true },
    ]);
  });

  test('C-20 [ find default=yes ] is the default proposal', () => {
    const { host, run } = newConsole();
    run('/ip ipsec proposal\nadd\nset [ find default=yes ] pfs-group=none');
    expect(host.current.tables.proposal.map((item) => item['pfs-group'])).toEqual([
      'none',
      'modp1024',
    ]);
  });

  test('C-21 numbers stay with their items through add, remove and move', () => {
    const console = withPolicies('abc');
    const { run, fail } = console;
    run('print');
    run('remove 0');
    run('move 2 1');
    run('add comment=d place-before=1');
    expect(comments(console)).toEqual(['c', 'd', 'b']);
    run('comment 1 B');
    expect(comments(console)).toEqual(['c', 'd', 'B']);
    expect(fail('remove 0')).toBe('no such item @1:8');
    expect(fail('remove 3')).toBe('no such item @1:8');
  });

  test('C-21 before any print numbers are given as if one had happened', () => {
    const console = withPolicies('ab');
    const { run } = console;
    run('disable 0; add comment=c; comment 2 C; remove 0; comment 1 B');
    expect(comments(console)).toEqual(['B', 'C']);
  });

  test('numbers are those of the print last seen, not of rows it left out', () => {
    const console = withPolicies('abc');
    const { run, fail } = console;
    run('print where comment=b');
    expect(fail('remove 0')).toBe('no such item @1:8');
    run('remove 1');
    expect(comments(console)).toEqual(['a', 'c']);
  });

  test('ids are never given twice', () => {
    const { run } = withPolicies('ab');
    expect(run('find')).toBe('*2;*3\n');
    run('remove *3');
    run('add');
    expect(run('find')).toBe('*2;*4\n');
  });

  test('C-14 move places items in their present order, or at the end', () => {
    const console = withPolicies('abcde');
    console.run('move 3,1 0');
    expect(comments(console)).toEqual(['b', 'd', 'a', 'c', 'e']);
    console.run('move [find comment=b]');
    expect(comments(console)).toEqual(['d', 'a', 'c', 'e', 'b']);
  });

  test('an empty find changes nothing and commits nothing', () => {
    const { host, run } = withPolicies('a');
    const before = host.commits;
    run('remove [find comment=x]; disable [find comment=x]; set [find comment=x] tunnel=yes');
    expect(host.commits).toBe(before);
  });

  test('C-11 set changes every item or none, with one commit', () => {
    const { host, run, fail } = newConsole();
    run('/ip ipsec peer\nadd address=1.1.1.1\nadd address=1.1.1.2');
    const before = host.commits;
    run('set 0,1 hash-algorithm=sha');
    expect(host.commits).toBe(before + 1);
    expect(fail('set 0,1 address=1.1.1.9')).toBe('failure: already have such entry @1:1');
    expect(fail('set 0,7 hash-algorithm=md5')).toBe('no such item @1:5');
    expect(host.current.tables.peer).toMatchObject([
      { 'hash-algorithm': 'sha', address: { address: '1.1.1.1' } },
      { 'hash-algorithm': 'sha', address: { address: '1.1.1.2' } },
    ]);
  });

  test('C-10 copy-from takes the values of another item, but not its name', () => {
    const { host, run } = newConsole();
    run('/ip ipsec proposal\nadd name=a lifetime=1h comment=old\nadd copy-from=a lifebytes=5');
    expect(host.current.tables.proposal[2]).toMatchObject({
      name: 'proposal1',
      lifetime: 3600,
      lifebytes: 5,
      comment: 'old',
    });
  });

  test('what the host refuses is told in its words and changes nothing', () => {
    const { host, fail } = newConsole();
    host.refusal = 'the kernel refused policy 0: Invalid address family';
    expect(fail('/ip ipsec policy add')).toBe(
      'failure: the kernel refused policy 0: Invalid address family @1:18',
    );
    expect(host.current.tables.policy).toEqual([]);
  });
});

describe('C-24 conditions', () => {
  const setup = () => {
    const console = newConsole();
    console.run(
      [
        '/ip ipsec policy',
        'add comment=a src-address=10.1.0.0/24 dst-address=10.2.0.0/24 action=drop',
        'add comment=b src-address=10.1.0.0/16 dst-address=10.2.0.0/24 action=drop disabled=yes',
        'add comment=c sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2 action=encrypt',
        'add comment=d action=encrypt tunnel=yes',
      ].join('\n'),
    );
    return (condition: string) => {
      const output = console.run(`/ip ipsec policy find ${condition}`).trim();
      return output
        .split(';')
        .map((id) => 'abcd'[Number.parseInt(id.slice(1), 16) - 2])
        .join('');
    };
  };

  test.each([
    ['', 'abcd'],
    ['src-address=10.1.0.0/255.255.255.0', 'a'],
    ['src-address!=10.1.0.0/24', 'bcd'],
    ['action=drop disabled=no', 'a'],
    ['where action=drop && disabled', 'b'],
    ['action=drop and !disabled', 'a'],
    ['disabled || invalid', 'bd'],
    ['disabled or invalid=yes', 'bd'],
    ['!(disabled or invalid)', 'ac'],
    ['invalid=no', 'abc'],
    ['tunnel', 'd'],
    ['sa-src-address>1.0.0.0', 'c'],
    ['sa-src-address<=1.0.0.1', 'abcd'],
    ['comment>b', 'cd'],
    ['(action=drop (disabled or comment=a))', 'ab'],
    ['proposal=default', 'abcd'],
    ['ph2-state=no-phase2', 'abcd'],
    ['encrypted>0', ''],
    ['src-address=[/ip ipsec policy find comment=nothing]', 'error'],
  ])('find %s', (condition, expected) => {
    const find = setup();
    if (expected === 'error') {
      expect(() => find(condition)).toThrow('invalid value for argument src-address');
    } else expect(find(condition)).toBe(expected);
  });

  test('a condition has a bound, and works out each value of a row once for all its terms', () => {
    let formatted = 0;
    const type = {
      ...policyMenu.properties['src-address'].type,
      format: (...given: Parameters<typeof selector.format>) => {
        formatted += 1;
        return selector.format(...given);
      },
    };
    const source = { ...policyMenu.properties['src-address'], type };
    const counted = {
      ...policyMenu,
      properties: { ...policyMenu.properties, 'src-address': source },
    };
    const { run, fail } = newConsole({ menus: [counted] });
    const add = 'add src-address=10.0.0.1 dst-address=10.0.0.2\n';
    run(`/ip ipsec policy\n${add.repeat(500)}`);
    formatted = 0;
    const condition = (terms: number) =>
      'src-address=10.0.0.9 or '.repeat(terms - 1).concat('!disabled');
    expect(fail(`find ${condition(1001)}`)).toMatch(/^failure: a condition has at most 1000 /);
    expect(run(`print count-only where ${condition(1000)}`)).toBe('500\n');
    // The value of each term, in both conditions, and of each row.
    expect(formatted).toBeLessThanOrEqual(1000 + 999 + 500);
  });

  test('installed SAs are found by their flags as well', () => {
    const { run } = newConsole();
    expect(run('/ip ipsec installed-sa find ESP and !pfs')).toBe('');
  });
});
