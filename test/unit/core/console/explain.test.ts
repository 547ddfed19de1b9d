/** Why an item is invalid, and what to change. */
import { describe, expect, test } from '@jest/globals';
import { newConsole } from './fake-host.js';

/** What a policy to 10.0.0.2 needs to get keys. */
const keyed = [
  '/ip ipsec peer add address=10.0.0.2',
  '/ip ipsec pre-shared-secret add address=10.0.0.2 secret="nobody guesses this"',
].join('\n');

describe('explain', () => {
  test('A-01 explain takes no abbreviation away from export', () => {
    const { run } = newConsole();
    expect(run('/ip ipsec policy exp')).toBe(run('/ip ipsec policy export'));
    expect(run('/ip ipsec policy ex')).toBe(run('/ip ipsec policy export'));
    expect(run('/ip ipsec policy expl')).toBe('');
  });
  test('A-10 says of every row whether it is valid, and if not why and what to change', () => {
    const { run } = newConsole();
    run(keyed);
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
        '      dst-address is not set: give it (0.0.0.0/0 matches every address), or',
        '      give the SA address it follows',
        '  2 X disabled',
        '  3 X disabled; if it were enabled: src-address is not set: give it',
        '      (0.0.0.0/0 matches every address), or give the SA address it follows',
        '      disabled; if it were enabled: dst-address is not set: give it',
        '      (0.0.0.0/0 matches every address), or give the SA address it follows',
        '  4 I ;;; the same',
        '      matches the same packets as policy 0, which comes first: change',
        '      src-address, dst-address or protocol, or remove one of the two',
        '',
      ].join('\n'),
    );
  });

  test('A-10 A-30 everything that is wrong with a row is told at once', () => {
    const { run } = newConsole();
    run('/ip ipsec manual-sa add name=m ah-algorithm=md5 ah-key=A0 esp-enc-algorithm=des');
    run('/ip ipsec proposal add name=p disabled=yes');
    run(
      '/ip ipsec policy add action=encrypt sa-src=10.0.0.1 sa-dst=10.0.0.1 tunnel=yes proposal=p manual-sa=m src-address=10.1.0.0/16:5',
    );
    const words = (text: string) => text.replace(/\s+/g, ' ');
    const told = words(run('/ip ipsec policy explain'));
    expect(told).toContain('proposal "p" is disabled');
    expect(told).toContain('manual-sa "m" is invalid');
    expect(told).toContain('src-address names ports');
    expect(told).toContain('a tunnel has two ends');
    const keys = words(run('/ip ipsec manual-sa explain'));
    expect(keys).toContain('ah-key has the wrong length');
    expect(keys).toContain('esp-enc-key has the wrong length');
  });

  test('A-10 the answer changes when what was wrong is put right', () => {
    const { run } = newConsole();
    run(keyed);
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

  test('is not offered where there is nothing to explain', () => {
    const { fail } = newConsole();
    expect(fail('/ip ipsec counters explain')).toContain('bad command name explain');
    expect(fail('/ip ipsec installed-sa explain')).toContain('bad command name explain');
  });

  test('the JSON form has the rule as well, which the text leaves out', () => {
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
            {
              rule: 'A-10.3',
              text: 'dst-address is not set: give it (0.0.0.0/0 matches every address), or give the SA address it follows',
            },
          ],
          remarks: [],
        },
        {
          ...{ id: '*3', number: 1, disabled: false, valid: true, reasons: [] },
          remarks: [
            {
              text: 'gets no keys: no enabled /ip ipsec peer row has 10.0.0.2: add one with address=10.0.0.2',
            },
            {
              text: 'gets no keys: no enabled /ip ipsec pre-shared-secret row has 10.0.0.2: add one with address=10.0.0.2',
            },
          ],
        },
      ],
    });
  });
});

describe('explain of what is valid', () => {
  const wide = 400;

  test('A-10 a policy without a peer or a secret gets no keys, and is told what to add', () => {
    const { run } = newConsole();
    run('/ip ipsec policy add action=encrypt sa-src=1.0.0.1 sa-dst=1.0.0.77');
    expect(run('/ip ipsec policy explain', wide)).toBe(
      [
        '  0   valid, but gets no keys: no enabled /ip ipsec peer row has 1.0.0.77: add one with address=1.0.0.77',
        '      valid, but gets no keys: no enabled /ip ipsec pre-shared-secret row has 1.0.0.77: add one with address=1.0.0.77',
        '',
      ].join('\n'),
    );
    run('/ip ipsec peer add address=1.0.0.77 disabled=yes');
    expect(run('/ip ipsec policy explain', wide)).toContain('no enabled /ip ipsec peer row');
    run('/ip ipsec peer enable 0');
    run('/ip ipsec pre-shared-secret add address=1.0.0.77 secret="nobody guesses this"');
    expect(run('/ip ipsec policy explain')).toBe('  0   valid\n');
    run('/ip ipsec pre-shared-secret disable 0');
    expect(run('/ip ipsec policy explain', wide)).toContain('pre-shared-secret row has 1.0.0.77');
    run('/ip ipsec policy disable 0');
    expect(run('/ip ipsec policy explain')).toBe('  0 X disabled\n');
  });

  test('R-50 R-53 the peer with the longest mask says whether an ident-string will do', () => {
    const { run } = newConsole();
    run('/ip ipsec policy add action=encrypt sa-src=1.0.0.1 sa-dst=1.0.0.77');
    run('/ip ipsec peer\nadd address=1.0.0.0/8 exchange-mode=main');
    run('add address=1.0.0.0/24 exchange-mode=base');
    run('/ip ipsec pre-shared-secret add ident-string=road secret="nobody guesses this"');
    expect(run('/ip ipsec policy explain')).toBe('  0   valid\n');
    run('/ip ipsec pre-shared-secret disable 0');
    expect(run('/ip ipsec policy explain', wide)).toContain(
      'add one with address=1.0.0.77, or one with the ident-string of the peer',
    );
    run('/ip ipsec pre-shared-secret enable 0');
    run('/ip ipsec peer add address=1.0.0.77');
    expect(run('/ip ipsec policy explain', wide)).toBe(
      '  0   valid, but gets no keys: no enabled /ip ipsec pre-shared-secret row has 1.0.0.77: add one with address=1.0.0.77\n',
    );
  });

  test('A-61 a proposal without an algorithm for a protocol of the policy', () => {
    const { run } = newConsole();
    run(keyed);
    run('/ip ipsec proposal add name=p enc-algorithms="" auth-algorithms=null');
    run('/ip ipsec policy');
    run('add action=encrypt sa-src=10.0.0.1 sa-dst=10.0.0.2 proposal=p ipsec-protocols=ah,esp');
    expect(run('explain', wide)).toBe(
      [
        '  0   valid, but gets no keys: proposal "p" has no authentication algorithm other than null, which AH needs: set its auth-algorithms',
        '      valid, but gets no keys: proposal "p" has no encryption algorithm, which ESP needs: set its enc-algorithms',
        '',
      ].join('\n'),
    );
    run('/ip ipsec proposal set p enc-algorithms=null auth-algorithms=md5');
    expect(run('explain')).toBe('  0   valid\n');
  });

  test('manual keys need neither peer nor secret', () => {
    const { run } = newConsole();
    run('/ip ipsec manual-sa add name=m');
    run('/ip ipsec policy add action=encrypt sa-src=1.0.0.1 sa-dst=1.0.0.77 manual-sa=m');
    expect(run('/ip ipsec policy explain')).toBe('  0   valid\n');
  });

  test('action=accept with what only encryption needs', () => {
    const { run } = newConsole();
    const words =
      '  0   valid, but action=accept: its packets are not encrypted; set action=encrypt\n';
    run('/ip ipsec policy add sa-src=1.0.0.1 sa-dst=1.0.0.77');
    expect(run('/ip ipsec policy explain', wide)).toBe(words);
    run('/ip ipsec policy\nremove 0\nadd src-address=10.1.0.0/24 dst-address=0.0.0.0/0');
    expect(run('explain')).toBe('  0   valid\n');
    run('set 0 tunnel=yes');
    expect(run('/ip ipsec policy explain', wide)).toBe(words);
  });

  test('peers in aggressive and base mode', () => {
    const { run } = newConsole();
    run('/ip ipsec peer');
    for (const rest of ['1', '2 exchange-mode=aggressive', '3 exchange-mode=base']) {
      run(`add hash-algorithm=sha dh-group=modp2048 address=1.1.1.${rest}`);
    }
    expect(run('explain', wide)).toBe(
      [
        '  0   valid',
        '  1   valid, but exchange-mode=aggressive is weak: whoever asks gets a hash of the secret to try guesses on: use main mode, or a secret nobody can guess (RFC 2409 5.4)',
        '  2   valid, but exchange-mode=base is weak: whoever listens gets a hash of the secret to try guesses on: use main mode, or a secret nobody can guess (RFC 2408 4.4)',
        '',
      ].join('\n'),
    );
  });

  test.each([
    ['Xqcd7ghijkl', true],
    ['Xqcd7ghijklm', false],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', true],
    ['0x9c112233445b66778f99aa', true],
    ['0x9c112233445b66778f99aabb', false],
  ])(
    'of the secret %s it says %p that it is easily guessed, and never shows it',
    (secret, weak) => {
      const { session, run } = newConsole();
      run(`/ip ipsec pre-shared-secret add address=1.1.1.1 secret=${secret}`);
      const text = run('/ip ipsec pre-shared-secret explain', wide);
      expect(text.includes('easily guessed')).toBe(weak);
      const { output } = session.execute('/ip ipsec pre-shared-secret explain', { form: 'json' });
      expect(JSON.parse(output)).toMatchObject({ items: [{ valid: true, reasons: [] }] });
      expect(text + output).not.toContain(secret);
      const printed = session.execute('/ip ipsec pre-shared-secret print', { form: 'json' });
      expect(JSON.parse(printed.output)).toMatchObject({
        items: [{ weak: weak ? ['secret'] : [] }],
      });
      const { output: table } = session.execute('/ip ipsec pre-shared-secret print', {});
      expect(table).not.toContain('weak');
    },
  );

  test.each(['policy', 'manual-sa', 'peer', 'pre-shared-secret'])(
    'A-01 explain of %s takes no abbreviation away from export',
    (menu) => {
      const { run } = newConsole();
      expect(run(`/ip ipsec ${menu} exp`)).toBe(run(`/ip ipsec ${menu} export`));
    },
  );
});
