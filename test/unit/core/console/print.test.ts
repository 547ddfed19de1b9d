/** Layout rules that the manual's samples do not show (spec B.1). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { newConsole } from './fake-host.js';
import { anyConfig } from './random-config.js';

const colourCodes = new RegExp(`${'\x1b'}\\[\\d+m`, 'g');

describe('property lists', () => {
  test('B-05 an empty table prints its legend alone', () => {
    const { run } = newConsole();
    expect(run('/ip ipsec policy print')).toBe('Flags: X - disabled, I - invalid\n');
    expect(run('/ip ipsec installed-sa print')).toBe(
      'Flags: A - AH, E - ESP, P - pfs, M - manual\n',
    );
    expect(run('/ip ipsec pre-shared-secret print')).toBe('Flags: X - disabled\n');
  });

  test('B-05 one empty line after each item and one more at the end', () => {
    const { run } = newConsole();
    run('/ip ipsec peer\nadd address=1.1.1.1\nadd address=1.1.1.2');
    const shapes = run('print')
      .split('\n')
      .map((line) => (line === '' ? '' : 'x'));
    expect(shapes).toEqual(['x', 'x', 'x', 'x', '', 'x', 'x', 'x', '', '', '']);
  });

  test('B-06 a comment stands on the first line, the properties below it', () => {
    const { run } = newConsole();
    run('/ip ipsec peer add address=1.1.1.1 comment="to the \\"west\\""');
    expect(run('/ip ipsec peer print').split('\n').slice(1, 3)).toEqual([
      '  0   ;;; to the "west"',
      '      address=1.1.1.1:500 exchange-mode=main send-initial-contact=yes',
    ]);
  });

  test('B-03 disabled wins over invalid in the shared column', () => {
    const { run } = newConsole();
    run('/ip ipsec policy\nadd\nadd disabled=yes');
    const starts = run('print')
      .split('\n')
      .map((line) => line.slice(0, 6))
      .filter((start) => /^ +\d/.test(start));
    expect(starts).toEqual(['  0 I ', '  1 X ']);
  });

  test('B-04 what is longer than a line stands alone, unbroken', () => {
    const { run } = newConsole();
    const name = 'n'.repeat(100);
    run(`/ip ipsec proposal add name=${name}`);
    expect(run('/ip ipsec proposal print from=1').split('\n').slice(1, 3)).toEqual([
      `  0   name="${name}"`,
      '      auth-algorithms=sha1 enc-algorithms=3des lifetime=30m lifebytes=0',
    ]);
  });

  test('B-04 the limit follows the width of the terminal', () => {
    const { run } = newConsole();
    const [, line] = run('/ip ipsec proposal print', 132).split('\n');
    expect(line).toBe(
      '  0   name="default" auth-algorithms=sha1 enc-algorithms=3des lifetime=30m lifebytes=0 pfs-group=modp1024',
    );
  });

  test('B-03 numbers of four digits widen the prefix of their items', () => {
    const { run } = newConsole();
    run('/ip ipsec proposal');
    run('add\n'.repeat(1000));
    const lines = run('print').split('\n');
    expect(lines.find((line) => line.includes('"proposal999"'))).toMatch(/^999 {3}name=/);
    const last = lines.findIndex((line) => line.includes('"proposal1000"'));
    expect(lines.slice(last, last + 2).map((line) => line.slice(0, 12))).toEqual([
      '1000   name=',
      '       lifet',
    ]);
  });
});

describe('terminals of any width', () => {
  test('B-04 a terminal too narrow for anything shows one value a line', () => {
    const { run } = newConsole();
    expect(run('/ip ipsec proposal print', 1).split('\n').slice(1, 4)).toEqual([
      '  0   name="default"',
      '      auth-algorithms=sha1',
      '      enc-algorithms=3des',
    ]);
  });

  test('B-04 characters count one column each, however wide a terminal draws them', () => {
    const { run } = newConsole();
    // 6 columns of prefix, and 30 characters; the next value would make the line 78 long.
    run(`/ip ipsec proposal add name="${'\u4e2d'.repeat(43)}"`);
    const line = () => run('/ip ipsec proposal print from=*2').split('\n')[1] ?? '';
    expect(Array.from(line())).toHaveLength(6 + 50 + 1 + 20);
    run(`/ip ipsec proposal set *2 name="${'\u4e2d'.repeat(44)}"`);
    expect(Array.from(line())).toHaveLength(6 + 51);
  });

  test('B-10 columns are narrowed to four characters and no further', () => {
    const { run } = newConsole();
    run(`/ip ipsec proposal add name=${'n'.repeat(40)}`);
    const [, header, , row] = run('/ip ipsec proposal print brief', 20).split('\n');
    expect(header).toBe('  #   NAME A... E... L... P...');
    expect(row).toBe('  1   n... sha1 3des 30m  m...');
  });

  test('B-07 nothing in a value can move the cursor, in any form', () => {
    const { run } = newConsole();
    run(String.raw`/ip ipsec proposal add name="a\nb\1B[2J" comment="c\rd"`);
    run(String.raw`/ip ipsec policy add proposal="a\nb\1B[2J"`);
    for (const form of ['', 'detail', 'brief', 'terse', 'stats']) {
      expect(run(`/ip ipsec policy print ${form}`)).not.toMatch(/[^\x20-\x7e\n]/);
      const text = run(`/ip ipsec proposal print ${form}`);
      expect(text).not.toMatch(/[^\x20-\x7e\n]/);
      expect(text).toContain(String.raw`a\nb\1B`);
    }
    expect(run('/ip ipsec policy print')).toContain(String.raw`proposal=a\nb\1B[2J`);
  });
});

describe('colours', () => {
  test('C-38 names of properties are green in lists, in sheets and in terse lines', () => {
    const { session } = newConsole();
    const print = (command: string) => session.execute(command, { colour: true }).output;
    expect(print('/ip ipsec proposal print')).toContain('\x1b[32mlifetime\x1b[39m=30m');
    expect(print('/ip ipsec proposal print terse')).toContain('\x1b[32mlifetime\x1b[39m=30m');
    expect(print('/ip ipsec counters print')).toContain('\x1b[32mout-drop\x1b[39m: 0\n');
  });

  test('C-38 colours change nothing but the colour', () => {
    fc.assert(
      fc.property(anyConfig, fc.integer({ min: 1, max: 132 }), (config, columns) => {
        const { host, session } = newConsole();
        host.current = config;
        for (const table of ['policy', 'manual-sa', 'pre-shared-secret']) {
          for (const form of ['', 'detail', 'brief', 'terse', 'stats']) {
            const command = `/ip ipsec ${table} print ${form}`;
            const { output } = session.execute(command, { columns, colour: true });
            expect(output.replace(colourCodes, '')).toBe(
              session.execute(command, { columns }).output,
            );
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('terse', () => {
  test('B-13 one item a line, with its comment, unwrapped, and without a legend', () => {
    const { run } = newConsole();
    run(
      '/ip ipsec peer\nadd address=1.1.1.1 comment="to the west" disabled=yes\nadd address=1.1.1.2',
    );
    expect(run('print terse', 20)).toBe(
      [
        '  0 X comment="to the west" address=1.1.1.1:500 exchange-mode=main send-initial-contact=yes proposal-check=strict hash-algorithm=md5 enc-algorithm=3des dh-group=modp1024',
        '  1   address=1.1.1.2:500 exchange-mode=main send-initial-contact=yes proposal-check=strict hash-algorithm=md5 enc-algorithm=3des dh-group=modp1024',
        '',
      ].join('\n'),
    );
    expect(run('print terse stats where !disabled')).toContain(
      'dh-group=modp1024 ph1-state=no-phase1\n',
    );
  });

  test('B-13 an empty table has no lines', () => {
    expect(newConsole().run('/ip ipsec peer print terse')).toBe('');
  });

  test('C-08 values can be typed again as they stand', () => {
    const { run } = newConsole();
    run('/ip ipsec proposal add name="two words"\n/ip ipsec policy add proposal="two words"');
    expect(run('/ip ipsec policy print terse')).toContain(' proposal="two words" ');
  });
});

describe('sheets', () => {
  test('B-11 detail and terse force the other forms, brief has nothing to show', () => {
    const { run } = newConsole();
    const sheet = run('/ip ipsec counters print');
    expect(run('/ip ipsec counters print detail').split('\n').slice(0, 2)).toEqual([
      '  0  out-accept=0 out-drop=0 out-encrypt=0 in-accept=0 in-drop=0',
      '     in-decrypted=0 in-accept-isakmp=0 out-accept-isakmp=0',
    ]);
    expect(run('/ip ipsec counters print terse')).toMatch(
      /^ {2}0 {2}out-accept=0 .* in-drop-encrypted-expected=0\n$/,
    );
    expect(run('/ip ipsec counters print brief')).toBe(sheet);
    expect(run('/ip ipsec counters print stats')).toBe(sheet);
    expect(run('/ip ipsec counters print count-only')).toBe('1\n');
  });
});

describe('tables', () => {
  test('B-10 IDENT-STRING appears only when an item shown has one', () => {
    const { run } = newConsole();
    run('/ip ipsec pre-shared-secret\nadd address=10.0.0.1 secret=a');
    run('add ident-string=west.example.com secret="b c"');
    expect(run('print')).toBe(
      [
        'Flags: X - disabled',
        '  #   ADDRESS         IDENT-STRING     SECRET',
        '  0   10.0.0.1                         a',
        '  1   0.0.0.0         west.example.com b c',
        '',
      ].join('\n'),
    );
    expect(run('print from=0')).toContain('  #   ADDRESS         SECRET\n');
  });

  test('B-10 long cells are cut so that the line fits', () => {
    const { run } = newConsole();
    run(`/ip ipsec pre-shared-secret add address=10.0.0.1 secret=${'s'.repeat(90)}`);
    const line = run('/ip ipsec pre-shared-secret print').split('\n')[2] ?? '';
    expect(line).toHaveLength(77);
    expect(line).toMatch(/^ {2}0 {3}10\.0\.0\.1 {8}s{52}\.\.\.$/);
  });

  test('B-06 a comment has its own line, the cells stand below', () => {
    const { run } = newConsole();
    run(
      '/ip ipsec pre-shared-secret add address=10.0.0.1 secret=x comment="first one" disabled=yes',
    );
    expect(run('/ip ipsec pre-shared-secret print').split('\n').slice(2)).toEqual([
      '  0 X ;;; first one',
      '      10.0.0.1        x',
      '',
    ]);
  });

  test('B-01 detail and brief force the other form', () => {
    const { run } = newConsole();
    run('/ip ipsec pre-shared-secret add address=10.0.0.1 secret=x');
    run(
      '/ip ipsec policy add action=drop src-address=10.1.0.0/24 dst-address=0.0.0.0/0 protocol=udp',
    );
    expect(run('/ip ipsec pre-shared-secret print detail')).toBe(
      'Flags: X - disabled\n  0   address=10.0.0.1 ident-string="" secret="x"\n\n\n',
    );
    expect(run('/ip ipsec policy print brief')).toBe(
      [
        'Flags: X - disabled, I - invalid',
        '  #   SRC-ADDRESS     DST-ADDRESS   PROTOCOL ACTION LEVEL   TUNNEL',
        '  0   10.1.0.0/24:any 0.0.0.0/0:any udp      drop   require no',
        '',
      ].join('\n'),
    );
  });
});

describe('selections', () => {
  test('B-12 stats of a table without statistics is the normal print', () => {
    const { run } = newConsole();
    expect(run('/ip ipsec proposal print stats')).toBe(run('/ip ipsec proposal print'));
  });

  test('B-12 stats of a table whose normal print is a table is that table', () => {
    const { run } = newConsole();
    run('/ip ipsec pre-shared-secret add address=10.0.0.1 secret=x');
    expect(run('/ip ipsec pre-shared-secret print stats')).toBe(
      run('/ip ipsec pre-shared-secret print'),
    );
  });

  test('B-13 interval asks the reader to come again after so long', () => {
    const { session, fail } = newConsole();
    const seconds = (command: string) => session.execute(`/ip ipsec ${command}`).intervalSeconds;
    expect(seconds('counters print interval=1')).toBe(1);
    expect(seconds('policy print stats interval=1m30s')).toBe(90);
    expect(seconds('policy print')).toBeUndefined();
    const range = 'value of interval out of range (1s..1d)';
    expect(fail('/ip ipsec peer print interval=0')).toBe(`${range} @1:22`);
    expect(fail('/ip ipsec peer print interval=1d1s')).toBe(`${range} @1:22`);
    expect(fail('/ip ipsec peer print interval=soon')).toBe(
      'invalid value for argument interval @1:22',
    );
  });

  test('B-13 without-paging changes nothing but the paging', () => {
    const { session } = newConsole();
    const paged = session.execute('/ip ipsec policy print');
    const whole = session.execute('/ip ipsec policy print without-paging');
    expect(whole).toEqual({ ...paged, withoutPaging: true });
  });

  test('B-13 file writes a text without colours and prints nothing', () => {
    const { host, session, run } = newConsole();
    run('/ip ipsec peer add address=1.1.1.1');
    const { output } = session.execute('/ip ipsec peer print file=peers', { colour: true });
    expect(output).toBe('');
    expect(host.files.get('peers.txt')).toBe(run('/ip ipsec peer print'));
    session.execute('/ip ipsec peer print count-only file=count.txt', { form: 'json' });
    expect(host.files.get('count.txt')).toBe('1\n');
  });

  test('B-13 file gives no numbers: nobody has read any', () => {
    const { run, fail } = newConsole();
    run('/ip ipsec peer\nadd address=1.1.1.1\nadd address=1.1.1.2');
    run('print from=1');
    run('print file=all');
    expect(fail('disable 1')).toBe('no such item @1:9');
  });

  test('B-13 count-only prints the number alone, and gives no numbers to items', () => {
    const { run, fail } = newConsole();
    run('/ip ipsec peer\nadd address=1.1.1.1\nadd address=1.1.1.2');
    run('print from=1');
    expect(run('print count-only')).toBe('2\n');
    expect(run('print count-only where address=1.1.1.1')).toBe('1\n');
    expect(fail('disable 1')).toBe('no such item @1:9');
  });

  test('B-13 from prints those items in that order, numbered as listed', () => {
    const { run } = newConsole();
    run('/ip ipsec peer\nadd address=1.1.1.1\nadd address=1.1.1.2\nadd address=1.1.1.3');
    const addresses = (text: string) => text.match(/\d {3}address=[\d.]+/g);
    expect(addresses(run('print from=2,0'))).toEqual([
      '0   address=1.1.1.3',
      '1   address=1.1.1.1',
    ]);
    expect(addresses(run('print where address!=1.1.1.3'))).toHaveLength(2);
    // A condition leaves each row the number it has in the whole table.
    expect(addresses(run('print without-paging where address=1.1.1.2'))).toEqual([
      '1   address=1.1.1.2',
    ]);
  });
});
