/** Why an item is invalid, and what to change. */
import { describe, expect, test } from '@jest/globals';
import { newConsole } from './fake-host.js';

describe('explain', () => {
  test('A-01 explain takes no abbreviation away from export', () => {
    const { run } = newConsole();
    expect(run('/ip ipsec policy exp')).toBe(run('/ip ipsec policy export'));
    expect(run('/ip ipsec policy ex')).toBe(run('/ip ipsec policy export'));
    expect(run('/ip ipsec policy expl')).toBe('');
  });
  test('A-10 says of every row whether it is valid, and if not why and what to change', () => {
    const { run } = newConsole();
    run('/ip ipsec policy');
    run('add action=encrypt sa-src=10.0.0.1 sa-dst=10.0.0.2');
    run('add action=encrypt sa-src=10.0.0.1');
    run('add disabled=yes src-address=10.1.0.0/24 dst-address=10.2.0.0/24');
    run('add disabled=yes');
    run('add action=drop src-address=10.0.0.1 dst-address=10.0.0.2 comment="the same"');
    expect(run('explain')).toBe(
      [
        '  0   valid',
        '  1 I sa-dst-address is not set: action=encrypt needs both ends of the SAs',
        '      (A-10.2)',
        '  2 X disabled',
        '  3 X disabled; if it were enabled: src-address is not set: give it',
        '      (0.0.0.0/0 matches every address), or give the SA address it follows',
        '      (A-10.3)',
        '  4 I ;;; the same',
        '      matches the same packets as policy 0, which comes first: change',
        '      src-address, dst-address or protocol, or remove one of the two (A-10.4)',
        '',
      ].join('\n'),
    );
  });

  test('A-10 the answer changes when what was wrong is put right', () => {
    const { run } = newConsole();
    run('/ip ipsec policy\nadd action=encrypt sa-src=10.0.0.1');
    expect(run('explain 0')).toContain('sa-dst-address is not set');
    run('set 0 sa-dst-address=10.0.0.2');
    expect(run('explain 0')).toBe('  0   valid\n');
  });

  test('C-20 takes items, shows them under their places in the table, and gives no other numbers', () => {
    const { run, fail } = newConsole();
    run('/ip ipsec policy\nadd\nadd action=drop src-address=10.1.0.0/24 dst-address=0.0.0.0/0');
    expect(run('explain [find action=drop]')).toBe('  1   valid\n');
    run('set 1 comment=this');
    expect(fail('set 0 comment=other')).toBe('no such item @1:5');
    expect(run('explain [find action=encrypt]')).toBe('');
  });

  test('A-30 explains templates too', () => {
    const { run } = newConsole();
    run('/ip ipsec manual-sa add ah-algorithm=md5 ah-key=A0');
    expect(run('/ip ipsec manual-sa explain')).toContain('  0 I ah-key has the wrong length');
  });

  test('is not offered where nothing can be invalid', () => {
    const { fail } = newConsole();
    expect(fail('/ip ipsec peer explain')).toContain('bad command name explain');
    expect(fail('/ip ipsec installed-sa explain')).toContain('bad command name explain');
  });

  test('the JSON form has the rule apart from the text', () => {
    const { session, run } = newConsole();
    run('/ip ipsec policy add action=encrypt sa-src=10.0.0.1 disabled=yes');
    run('/ip ipsec policy add action=encrypt sa-src=10.0.0.1 sa-dst=10.0.0.2');
    const { output } = session.execute('/ip ipsec policy explain', { form: 'json' });
    expect(JSON.parse(output)).toEqual({
      menu: 'policy',
      items: [
        {
          id: '*2',
          number: 0,
          disabled: true,
          valid: false,
          reasons: [
            {
              rule: 'A-10.2',
              text: 'sa-dst-address is not set: action=encrypt needs both ends of the SAs',
            },
          ],
        },
        { id: '*3', number: 1, disabled: false, valid: true, reasons: [] },
      ],
    });
  });
});
