/** What Tab offers, on lines as they are typed (C-35). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Console } from './fake-host.js';
import { newConsole } from './fake-host.js';

/** The line as it is after each candidate, with a bar where the replaced word began. */
function offers(line: string, { session }: Console = newConsole()): readonly string[] {
  const { from, candidates } = session.complete(line);
  return candidates.map(({ text }) => `${line.slice(0, from)}|${text}`);
}

const menus = 'policy installed-sa manual-sa peer pre-shared-secret proposal counters'.split(' ');

/** A console that stands in a menu and has rows with names. */
function inMenu(path: string): Console {
  const console = newConsole();
  console.run(`/ip ipsec proposal; add name=office; add name="two words"; add name=7
    /ip ipsec manual-sa; add name=sa-east; add name=sa-west
    /ip ipsec peer add address=10.0.0.1`);
  console.run(path);
  return console;
}

describe('names of menus and commands', () => {
  test.each([
    ['', 'ip'],
    ['q', 'quit'],
    ['/', 'ip'],
    ['/i', 'ip'],
    ['/ ', 'ip'],
    ['ip ', 'ipsec'],
    ['/ip/', 'ipsec'],
    ['/ip ipse', 'ipsec'],
    ['/ip/ipsec/pol', 'policy'],
    ['/ ip ips peer dis', 'disable'],
    [':p', 'put'],
    ['/ip ipsec peer; :lo', 'local'],
    ['[admin@MikroTik] ip ipsec> pee', 'peer'],
    ['[admin@MikroTik] ip ipsec> policy print\npee', 'peer'],
    ['/ip ipsec policy; .. pre-', 'pre-shared-secret'],
    ['/ip ipsec policy .. man', 'manual-sa'],
    ['/ip/ipsec/policy/../cou', 'counters'],
    ['/ip ipsec policy\nmo', 'move'],
    ['/ip ipsec policy; ../peer/rem', 'remove'],
    ['/ip \\\n   ipsec cou', 'counters'],
    ['# remark\n/ip ipsec \\\r\n\\... cou', 'counters'],
  ])('C-35 C-01 complete %j with %s', (line, name) => {
    expect(offers(line).map((text) => text.slice(text.indexOf('|') + 1))).toContain(name);
  });

  test('C-35 replace the word that is typed and nothing before it', () => {
    expect(offers('/ip/ipsec/pr')).toEqual(['/ip/ipsec/|pre-shared-secret', '/ip/ipsec/|proposal']);
    expect(offers('ip ipsec pol')).toEqual(['ip ipsec |policy']);
  });

  test('A.8 come in the order of the manual', () => {
    const names = offers('/ip ipsec ').map((text) => text.slice('/ip ipsec |'.length));
    expect(names.slice(0, menus.length)).toEqual(menus);
    expect(names).toContain('export');
  });

  test('C-35 yield a complete word too, so that a shell can add the blank', () => {
    expect(offers('/ip ipsec policy')).toEqual(['/ip ipsec |policy']);
  });

  test('C-01 start in the menu the session stands in', () => {
    expect(offers('mo', inMenu('/ip ipsec policy'))).toEqual(['|move']);
    expect(offers('mo', inMenu('/ip ipsec peer'))).toEqual([]);
  });

  test('C-20 leave only commands that give a value in brackets', () => {
    const { session } = inMenu('/ip ipsec policy');
    const texts = session.complete('set [').candidates.map(({ text }) => text);
    expect(texts).toEqual(expect.arrayContaining(['find', 'get']));
    expect(texts).not.toContain('remove');
  });

  test('tell what kind of word each is', () => {
    const { session } = newConsole();
    const kinds = session.complete('/ip ipsec ').candidates.map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['menu', 'command']));
    expect(session.complete('/ip ipsec ex').candidates).toEqual([
      { text: 'export', kind: 'command', help: expect.any(String) },
      { text: 'explain', kind: 'command', help: expect.any(String) },
    ]);
  });
});

describe('arguments', () => {
  const policy = () => inMenu('/ip ipsec policy');

  test('C-35 end with their sign and are offered once', () => {
    expect(offers('add sa-', policy())).toEqual(['add |sa-src-address=', 'add |sa-dst-address=']);
    expect(offers('add sa-src-address=10.0.0.1 sa-', policy())).toEqual([
      'add sa-src-address=10.0.0.1 |sa-dst-address=',
    ]);
    expect(offers('add sa-src=10.0.0.1 sa-', policy())).toHaveLength(1);
  });

  test('C-35 are kept apart by continued lines and quotes', () => {
    expect(offers('add comment="a sa- b" \\\n    lev', policy())).toEqual([
      'add comment="a sa- b" \\\n    |level=',
    ]);
  });

  test('C-35 take their words', () => {
    expect(offers('add action=', policy())).toEqual([
      'add action=|accept',
      'add action=|drop',
      'add action=|encrypt',
    ]);
    expect(offers('add act=e', policy())).toEqual(['add act=|encrypt']);
    expect(offers('add tunnel=', policy())).toEqual(['add tunnel=|yes', 'add tunnel=|no']);
    expect(offers('set 0 disabled=y', policy())).toEqual(['set 0 disabled=|yes']);
    expect(offers('add action=encrypt', policy())).toEqual(['add action=|encrypt']);
  });

  test('C-35 take comma lists, no word twice', () => {
    expect(offers('add ipsec-protocols=', policy())).toEqual([
      'add ipsec-protocols=|ah',
      'add ipsec-protocols=|esp',
    ]);
    expect(offers('add ipsec-protocols=ah,', policy())).toEqual(['add ipsec-protocols=ah,|esp']);
    expect(offers('add ipsec-protocols=esp,a', policy())).toEqual(['add ipsec-protocols=esp,|ah']);
    expect(offers('add action=drop,', policy())).toEqual([]);
  });

  test('A-61 take the names of items they refer to, quoted where needed', () => {
    expect(offers('add proposal=', policy())).toEqual([
      'add proposal=|default',
      'add proposal=|office',
      'add proposal=|"two words"',
      'add proposal=|7',
    ]);
    expect(offers('add manual-sa=', policy())).toEqual([
      'add manual-sa=|none',
      'add manual-sa=|sa-east',
      'add manual-sa=|sa-west',
    ]);
    expect(offers('add proposal="t', policy())).toEqual(['add proposal=|"two words"']);
    expect(offers('add proposal="two wo', policy())).toEqual(['add proposal=|"two words"']);
    expect(offers('add proposal="off', policy())).toEqual(['add proposal=|"office"']);
  });

  test('C-35 never complete numbers, addresses and open texts', () => {
    for (const line of ['add src-address=', 'add comment="', 'add comment="acc', 'add comment=']) {
      expect(offers(line, policy())).toEqual([]);
    }
    expect(offers('set 1', inMenu('/ip ipsec peer'))).toEqual([]);
  });

  test('C-44 never offer a secret', () => {
    const console = inMenu('/ip ipsec pre-shared-secret');
    console.run('add address=10.0.0.1 secret=gwejimezyfopmekun');
    expect(offers('add secret=', console)).toEqual([]);
    expect(offers('find secret=g', console)).toEqual([]);
  });

  test('C-52 are not offered after a mistake', () => {
    expect(offers('add bogus=1 sa-', policy())).toEqual([]);
    expect(offers('add comment="\\z" sa-', policy())).toEqual([]);
    expect(offers('bogus sa-', policy())).toEqual([]);
    expect(offers('add ] sa-', policy())).toEqual([]);
  });

  test('C-03 are not offered in a comment', () => {
    expect(offers('# add sa-', policy())).toEqual([]);
    expect(offers('print; \t# add sa-', policy())).toEqual([]);
    expect(offers('add comment=[# sa-', policy())).toEqual([]);
    expect(offers('add comment=a# src-', policy())).toHaveLength(1);
    expect(offers('print; # add sa-', policy())).toEqual([]);
  });
});

describe('items', () => {
  test('C-20 are offered by name where a table has names', () => {
    const console = inMenu('/ip ipsec proposal');
    const items = (line: string) =>
      console.session
        .complete(line)
        .candidates.filter(({ kind }) => kind === 'item')
        .map(({ text }) => text);
    // 7 would be the number of an item.
    expect(items('remove ')).toEqual(['default', 'office', '"two words"']);
    expect(items('set o')).toEqual(['office']);
    expect(items('set "')).toEqual(['"default"', '"office"', '"two words"']);
    expect(items('remove office,')).toEqual(['default']);
    expect(items('set office ')).toEqual([]);
    expect(items('add copy-from=d')).toEqual(['default']);
  });

  test('C-23 the name that nobody needs is not written by itself', () => {
    expect(offers('remove ', inMenu('/ip ipsec peer'))).toEqual([]);
    expect(offers('remove num', inMenu('/ip ipsec peer'))).toEqual(['remove |numbers=']);
  });

  test('C-17 are followed by the name of a value', () => {
    expect(offers('get office life', inMenu('/ip ipsec proposal'))).toEqual([
      'get office |lifetime',
      'get office |lifebytes',
    ]);
  });
});

describe('keywords and conditions', () => {
  test('C-15 a keyword is offered once', () => {
    const console = inMenu('/ip ipsec policy');
    expect(offers('print det', console)).toEqual(['print |detail']);
    expect(offers('print detail det', console)).toEqual([]);
  });

  test.each([
    'print where ',
    'print where disabled=no ',
    'find ',
    'find where ',
    'find !',
    'find (',
    'find (tunnel=yes || ',
    'find tunnel=yes&&',
    'set [find ',
    'set [ find disabled=no ',
    'remove numbers=[find ',
    ':put [/ip ipsec policy find ',
  ])('C-24 what a condition asks for is offered in %j', (line) => {
    const console = inMenu('/ip ipsec policy');
    expect(offers(`${line}inv`, console)).toEqual([`${line}|invalid`, `${line}|invalid=`]);
    expect(offers(`${line}ph2-`, console)).toEqual([`${line}|ph2-state=`]);
    expect(offers(`${line}action!=dr`, console)).toEqual([`${line}action!=|drop`]);
    expect(offers(`${line}proposal=off`, console)).toEqual([`${line}proposal=|office`]);
  });

  test('C-20 a closed bracket ends its condition', () => {
    const console = inMenu('/ip ipsec policy');
    expect(offers('set [find disabled=no] lev', console)).toEqual([
      'set [find disabled=no] |level=',
    ]);
    expect(offers('set [find disabled=no]', console)).toEqual([]);
  });

  test('C-24 the permanent item is found by default=yes', () => {
    const console = inMenu('/ip ipsec proposal');
    expect(offers('find def', console)).toEqual(['find |default', 'find |default=']);
  });
});

describe('lines that nobody types', () => {
  test('C-35 whatever is chosen can be chosen again where it now stands', () => {
    const console = inMenu('/ip ipsec policy');
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (choices) => {
        let line = '';
        for (const choice of choices) {
          const { from, candidates } = console.session.complete(line);
          const chosen = candidates[choice % Math.max(1, candidates.length)];
          if (chosen === undefined) return;
          line = line.slice(0, from) + chosen.text;
          if (chosen.text.endsWith('=')) continue;
          expect(offers(line, console)).toContain(`${line.slice(0, from)}|${chosen.text}`);
          line += ' ';
        }
      }),
    );
  });

  test('text of any kind is answered, and completed at its end', () => {
    const { session } = inMenu('/ip ipsec policy');
    const pieces = [
      'add ',
      'action=',
      '[',
      ']',
      '"',
      '\\',
      '\n',
      ';',
      '#',
      'find ',
      '$',
      '(',
      '{',
      ',',
      'é',
    ];
    const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string()));
    fc.assert(
      fc.property(text, (parts) => {
        const line = parts.join('');
        const { from } = session.complete(line);
        expect(from).toBeGreaterThanOrEqual(0);
        expect(from).toBeLessThanOrEqual(line.length);
        expect(session.help(line)).toMatch(/^\n/);
      }),
    );
  });

  test('C-03 number signs behind blanks take time that grows with the line alone', () => {
    const { session } = newConsole();
    const line = `${' '.repeat(200_000)}${'a#'.repeat(200_000)}`;
    const begin = performance.now();
    expect(session.complete(line).candidates).toEqual([]);
    expect(session.help(line)).toMatch(/^\n/);
    expect(performance.now() - begin).toBeLessThan(5_000);
  });

  test('brackets in any number take time that grows with the line alone', () => {
    const { session } = newConsole();
    for (const line of ['['.repeat(200_000), '[]'.repeat(100_000), '[find '.repeat(50_000)]) {
      expect(session.complete(line).candidates).toEqual([]);
    }
  });
});
