/** Importing files: texts, places, scopes, dry runs (C-45). */
import { describe, expect, test } from '@jest/globals';
import { newConsole } from './fake-host.js';

function withFiles(files: Readonly<Record<string, string>>) {
  const console = newConsole();
  for (const [name, text] of Object.entries(files)) console.host.files.set(name, text);
  return console;
}

const opening = 'Opening script file a.rsc\n\n';
const loaded = 'Script file loaded and executed successfully\n';

describe('C-45 import', () => {
  test.each(['/import a', '/import a.rsc', '/import file-name=a.rsc', 'import "a"', '/imp a'])(
    '%s carries out the commands of the file, from the root',
    (line) => {
      const { host, session, run } = withFiles({
        'a.rsc': '# by hand\n/ip ipsec peer\nadd address=1.1.1.1 \n\nprint count-only\n',
      });
      expect(run(line)).toBe(`${opening}1\n${loaded}`);
      expect(host.current.tables.peer).toHaveLength(1);
      expect(session.path).toEqual([]);
    },
  );

  test('leaves the menu of the session as it is, and starts at the root all the same', () => {
    const { session, run } = withFiles({ 'a.rsc': 'ip ipsec peer add address=1.1.1.1' });
    run('/ip ipsec policy');
    run('/import a');
    expect(session.path).toEqual(['ip', 'ipsec', 'policy']);
  });

  test('stops at the first error, names its place in the file, and keeps what was done', () => {
    const { host, session } = withFiles({
      'a.rsc': '/ip ipsec peer\r\nadd address=1.1.1.1\r\nadd adress=1.1.1.2\r\nadd address=1.1.1.3',
    });
    const { output, error } = session.execute('/import a; /ip ipsec peer add address=9.9.9.9');
    expect(output).toBe(opening);
    expect(error).toEqual({
      text: 'expected end of command (line 3 column 5)',
      rule: 'C-52',
      line: 3,
      column: 5,
      file: 'a.rsc',
      hint: '"adress" is no argument of peer add; did you mean "address"?',
    });
    expect(host.current.tables.peer).toHaveLength(1);
  });

  test('names the place also with errors that show none at the console', () => {
    const { fail } = withFiles({ 'a.rsc': '\n/ip ipsec peer\nremove 7' });
    expect(fail('/import a')).toBe('no such item (line 3 column 8) @3:8');
  });

  test('a file has its own variables and numbers, and leaves those of the session alone', () => {
    const { host, run, fail } = withFiles({
      'a.rsc': ':local a 2\n:put $a\n/ip ipsec policy\nset 1 comment=imported; print',
      'b.rsc': ':put $a',
    });
    run('/ip ipsec policy; add comment=x; add comment=y; :local a 1; print where comment=y');
    run('/import a');
    expect(host.current.tables.policy[1]).toMatchObject({ comment: 'imported' });
    expect(run(':put $a')).toBe('1\n');
    expect(fail('remove 0')).toBe('no such item @1:8');
    expect(fail('/import b')).toBe('syntax error (line 1 column 6) @1:6');
  });

  test('files import files, and their errors name the innermost', () => {
    const { session } = withFiles({
      'a.rsc': ':put a\n/import b\n:put never',
      'b.rsc': '/ip ipsec peer\n\n  ad x=1',
    });
    const { output, error } = session.execute('/import a');
    expect(output).toBe(`${opening}a\nOpening script file b.rsc\n\n`);
    expect(error).toMatchObject({
      text: 'expected end of command (line 3 column 6) in b.rsc',
      ...{ file: 'b.rsc', line: 3, column: 6 },
    });
  });

  test('after a file the one that imported it goes on where it was', () => {
    const { run } = withFiles({
      'a.rsc': '/ip ipsec peer\n/import b\nprint count-only',
      'b.rsc': '/ip ipsec proposal',
    });
    expect(run('/import a')).toBe(`${opening}Opening script file b.rsc\n\n${loaded}0\n${loaded}`);
  });

  test('a file that imports itself is refused at some depth', () => {
    const { fail } = withFiles({ 'a.rsc': ':put again\n/import a' });
    expect(fail('/import a')).toBe(
      'failure: more than 8 files import each other (line 2 column 2) in a.rsc @2:2',
    );
  });

  test('a byte order mark is no part of the first command', () => {
    expect(withFiles({ 'a.rsc': '\uFEFF:put x' }).run('/import a')).toBe(`${opening}x\n${loaded}`);
  });

  test('a keyword is no abbreviation of a file name', () => {
    const { host, run } = withFiles({ 'dry.rsc': '/ip ipsec peer add address=1.1.1.1' });
    expect(run('/import dry dry-run')).toContain('Opening script file dry.rsc');
    expect(host.current.tables.peer).toEqual([]);
    run('/import dry');
    expect(host.current.tables.peer).toHaveLength(1);
  });

  test('an empty file is no mistake', () => {
    expect(withFiles({ 'a.rsc': '' }).run('/import a')).toBe(`${opening}${loaded}`);
  });

  test('a file cannot open an editor', () => {
    const { fail } = withFiles({ 'a.rsc': '/ip ipsec proposal edit 0 lifetime' });
    expect(fail('/import a')).toMatch(/^failure: a file cannot open an editor/);
  });

  test.each(['/import full', '/import full dry-run'])(
    'C-46 %s: what a later version exported is refused as a whole without compat=yes',
    (line) => {
      const { host, fail, session } = withFiles({
        'full.rsc':
          '\uFEFF# feb/01/2017 10:00:00 by RouterOS 6.30\r\n# software id = AAAA\r\n#\r\n/ip ipsec peer\r\nadd address=1.1.1.1',
      });
      const before = host.current;
      expect(fail(line)).toBe(
        'failure: full.rsc is an export of RouterOS 6.30: import it with compat=yes @1:9',
      );
      expect(session.execute(line).output).toBe('');
      expect(host.current).toBe(before);
      session.execute('/import full compat=yes');
      expect(host.current.tables.peer).toHaveLength(1);
    },
  );

  test('C-46 a file imported with compat=yes may import exports of later versions itself', () => {
    const { host, run } = withFiles({
      'a.rsc': '/import b',
      'b.rsc': '# 2023-07-01 10:00:00 by RouterOS 7.10.2\n/ip ipsec peer add address=1.1.1.1',
    });
    run('/import a compat=yes');
    expect(host.current.tables.peer).toHaveLength(1);
  });

  test.each([
    '# jan/02/1970 02:03:04 by RouterOS 2.9.26',
    '# nov/24/2008 14:28:42 by ipsecctl 0.1.0',
    '/ip ipsec peer\n# made by RouterOS 6.30',
    ':put "by RouterOS 6.30"',
    '',
  ])('C-46 %j at the head of a file needs no compat=yes', (head) => {
    const { host, run } = withFiles({ 'a.rsc': `${head}\n/ip ipsec peer add address=1.1.1.1` });
    run('/import a');
    expect(host.current.tables.peer).toHaveLength(1);
  });

  test('C-46 profiles and identities are refused, and where their values belong is told', () => {
    const head = '# feb/01/2020 10:00:00 by RouterOS 6.48\n';
    const { session } = withFiles({
      'a.rsc': `${head}/ip ipsec profile add name=p`,
      'b.rsc': `${head}/ip ipsec identity\nadd peer=p secret=hush`,
    });
    expect(session.execute('/import a compat=yes').error).toMatchObject({
      rule: 'C-50',
      hint: "write the profile's values into /ip ipsec peer",
    });
    expect(session.execute('/import b compat=yes').error).toMatchObject({
      rule: 'C-50',
      hint: "the identity's secret belongs into /ip ipsec pre-shared-secret",
    });
  });

  test('a file that is not there is named, and the hint says where files are', () => {
    const { session } = withFiles({});
    expect(session.execute('/import full').error).toMatchObject({
      rule: 'C-63',
      text: 'failure: there is no file full.rsc',
      hint: 'files are in /files',
    });
  });

  test('JSON tells what was added, unless it was a dry run', () => {
    const { session } = withFiles({ 'a.rsc': '/ip ipsec peer add address=1.1.1.1' });
    const states = (line: string) =>
      session
        .execute(line, { form: 'json' })
        .output.trimEnd()
        .split('\n')
        .map((document) => Object.keys(JSON.parse(document))[0]);
    expect(states('/import a dry-run')).toEqual(['import', 'import']);
    expect(states('/import a')).toEqual(['import', 'added', 'import']);
  });

  test('JSON has documents for the file and for what went wrong', () => {
    const { session } = withFiles({ 'a.rsc': ':put x\nfoo' });
    const { output, error } = session.execute('/import a dry-run', { form: 'json' });
    expect(
      output
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { import: { file: 'a.rsc', dryRun: true, state: 'opened' } },
      { put: 'x' },
      {
        error: {
          text: 'bad command name foo (line 2 column 1)',
          rule: 'C-50',
          line: 2,
          column: 1,
          file: 'a.rsc',
          hint: 'in / there are ip, import, export',
        },
      },
    ]);
    expect(error?.rule).toBe('C-63');
  });
});

describe('C-45 dry run', () => {
  test('tells what the commands print and would do, and changes nothing', () => {
    const { host, run } = withFiles({
      'a.rsc':
        '/ip ipsec peer\nadd address=1.1.1.1\nset 0 exchange-mode=base\nprint count-only\nexport file=x',
    });
    const before = host.current;
    expect(run('/import a dry-run')).toBe(
      `${opening}1\nScript file checked successfully, nothing was changed\n`,
    );
    expect(host.current).toBe(before);
    expect(host.commits).toBe(0);
    expect([...host.files.keys()]).toEqual(['a.rsc']);
  });

  test('complains about every mistake, whatever kind it is', () => {
    const { host, session } = withFiles({
      'a.rsc': [
        '/ip ipsec peer',
        'add address=1.1.1.1',
        'add adress=1.1.1.2',
        'add address=1.1.1.1 \\',
        '  dh-group=modp768',
        'add address=1.1.1.3 comment="open \\',
        '   and never closed',
        'add address=1.1.1.300',
        '/ip firewall filter',
        'add chain=input',
        '/ip ipsec policy',
        'add proposal=nothing',
        'add comment=fine',
      ].join('\n'),
    });
    const before = host.current;
    const { output, error } = session.execute('/import a dry-run');
    expect(output).toBe(
      [
        opening.trimEnd(),
        '',
        'expected end of command (line 3 column 5)',
        'failure: already have such entry (line 4 column 1)',
        'syntax error (line 6 column 29)',
        'invalid value for argument address (line 8 column 5)',
        'bad command name firewall (line 9 column 5)',
        'input does not match any value of proposal (line 12 column 5)',
        '',
      ].join('\n'),
    );
    expect(error).toEqual({
      text: 'failure: found 6 errors in import file a.rsc',
      rule: 'C-63',
      line: 3,
      column: 5,
      file: 'a.rsc',
    });
    expect(host.current).toBe(before);
  });

  test('gives up where there is no end of mistakes', () => {
    const { session } = withFiles({ 'a.rsc': 'foo\n'.repeat(500) });
    const { output, error } = session.execute('/import a dry-run');
    expect(output.match(/bad command name/g)).toHaveLength(100);
    expect(error?.text).toBe('failure: stopped after 100 errors in import file a.rsc');
  });

  test('reads the files that it would have written', () => {
    const { host, run, session } = withFiles({
      'a.rsc':
        '/ip ipsec peer\nadd address=1.1.1.1\nexport file=x\nremove 0\n/import x\nprint count-only',
    });
    expect(run('/import a dry-run')).toContain('Opening script file x.rsc');
    expect(host.files.has('x.rsc')).toBe(false);
    expect(session.execute('/import x').error?.text).toBe('failure: there is no file x.rsc');
  });

  test('keeps no more of such files than fits in memory', () => {
    const { host, session } = withFiles({
      'a.rsc': '/ip ipsec policy\nexport file=b\nexport file=b\nexport file=c',
    });
    const comment = 'x'.repeat(25_000_000);
    session.execute(`/ip ipsec policy add comment="${comment}"`);
    session.execute(`/ip ipsec policy add comment="${comment}"`);
    const { output } = session.execute('/import a dry-run');
    expect(
      output.match(/failure: a dry run writes at most .* \(line 4 column \d+\)/g),
    ).toHaveLength(1);
    expect([...host.files.keys()]).toEqual(['a.rsc']);
  });

  test.each([
    [':local a [get 99 comment]', 'no such item'],
    [':local a "open', 'syntax error'],
    [':local a (', 'syntax error'],
    [':loc name=a value=[bogus]', 'bad command name'],
  ])('C-30 says nothing of what uses the variable after %s', (line, text) => {
    const { session } = withFiles({
      'a.rsc': [
        '/ip ipsec policy',
        ':local b 1',
        line,
        ':put $a; :put "$b $a"; set [find comment=$a] disabled=yes',
        ':local c $a',
        'set $c comment=x',
        ':local a 1; :local c 2; :put "$a$b$c"',
      ].join('\n'),
    });
    const { output, error } = session.execute('/import a dry-run');
    expect(output).toMatch(
      new RegExp(`^${opening}${text}[^\\n]* \\(line 3 column \\d+\\)\\n112\\n$`),
    );
    expect(error?.text).toBe('failure: found 1 error in import file a.rsc');
  });

  test('covers the files that the file imports', () => {
    const { host, session } = withFiles({
      'a.rsc': '/import b\n/ip ipsec peer print count-only',
      'b.rsc': '/ip ipsec peer add address=1.1.1.1\nfoo',
    });
    const { output, error } = session.execute('/import a dry-run');
    expect(output).toContain('bad command name foo (line 2 column 1) in b.rsc\n');
    expect(output).toContain('\n1\n');
    expect(error).toMatchObject({ file: 'b.rsc', line: 2, column: 1 });
    expect(host.current.tables.peer).toEqual([]);
  });

  test('numbers that it gave are forgotten: their rows never were', () => {
    const { run, fail } = withFiles({ 'a.rsc': '/ip ipsec peer\nadd address=1.1.1.1\nprint' });
    run('/import a dry-run');
    run('/ip ipsec peer print');
    run('/ip ipsec peer add address=2.2.2.2');
    expect(fail('/ip ipsec peer remove 0')).toBe('no such item @1:23');
  });
});
