/** Layout rules that the manual's samples do not show (spec B.1). */
import { describe, expect, test } from '@jest/globals';
import { newConsole } from './fake-host.js';

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
