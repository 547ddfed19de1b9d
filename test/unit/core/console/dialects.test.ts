/** Files that later versions wrote: what is understood, what is a warning, what is refused (C-46). */
import { describe, expect, test } from '@jest/globals';
import { newConsole } from './fake-host.js';

const opening = 'Opening script file a.rsc\n\n';
const loaded = 'Script file loaded and executed successfully\n';

function importing(text: string, options = 'compat=yes') {
  const console = newConsole();
  console.host.files.set('a.rsc', text);
  const { output, error } = console.session.execute(`/import a ${options}`);
  const lines = output.replace(opening, '').replace(loaded, '').trimEnd();
  return { ...console, warnings: lines === '' ? [] : lines.split('\n'), error: error?.text };
}

describe('C-46 what says the same is understood in every file', () => {
  test('address with prefix and port', () => {
    const { host, error } = importing('/ip ipsec peer add address=1.2.3.4/32:500', '');
    expect(error).toBeUndefined();
    expect(host.current.tables.peer).toMatchObject([
      { address: { address: '1.2.3.4', length: 32, port: 500 } },
    ]);
  });

  test('the port beside the address', () => {
    const { host, warnings } = importing('/ip ipsec peer add port=4500 address=1.2.3.4/32', '');
    expect(host.current.tables.peer).toMatchObject([{ address: { port: 4500 } }]);
    expect(warnings).toEqual([]);
  });

  test('the secret of a peer becomes a pre-shared secret of its address', () => {
    const { host, error } = importing(
      [
        '/ip ipsec peer',
        'add address=1.2.3.4/32 secret=one',
        'add address=1.2.3.5/32 secret="two words"',
        'set 0 secret=three',
      ].join('\n'),
      '',
    );
    expect(error).toBeUndefined();
    expect(host.current.tables['pre-shared-secret']).toMatchObject([
      { address: '1.2.3.4', secret: 'three' },
      { address: '1.2.3.5', secret: 'two words' },
    ]);
    expect(host.commits).toBe(3);
  });

  test('a secret for a network has no place here, and the peer is not half added', () => {
    const { host, error } = importing('/ip ipsec peer\nadd address=0.0.0.0/0 secret=hush', '');
    expect(error).toBe(
      'failure: a secret belongs to one address here: use /ip ipsec pre-shared-secret (line 2 column 23)',
    );
    expect(host.current.tables.peer).toEqual([]);
  });

  test('a secret that is none is refused without showing it', () => {
    const { host, error } = importing('/ip ipsec peer add address=1.1.1.1 secret=0xhush', '');
    expect(error).toBe('invalid value for argument secret (line 1 column 36)');
    expect(host.current.tables.peer).toEqual([]);
  });

  test.each([
    ['src-address=10.0.0.0/8:any src-port=80', '10.0.0.0/8:80', undefined],
    ['src-port=80-90 src-address=10.0.0.0/8', '10.0.0.0/8:80-90', undefined],
    ['src-address=10.0.0.0/8:80 src-port=80', '10.0.0.0/8:80', undefined],
    ['src-address=10.0.0.0/8:80 src-port=any', '10.0.0.0/8:80', undefined],
    ['src-port=any', '', undefined],
    ['src-address=10.0.0.0/8:80 src-port=81', '', 'src-address and src-port name different ports'],
    ['src-port=81', '', 'src-port needs src-address in the same command'],
  ])('policy %s', (given, expected, refusal) => {
    const { run, error } = importing(`/ip ipsec policy add protocol=tcp ${given}`, '');
    if (refusal !== undefined) expect(error).toContain(`failure: ${refusal} (line 1 column`);
    else if (expected !== '') {
      expect(run(':put [/ip ipsec policy get 0 src-address]')).toBe(`${expected}\n`);
    } else expect(error).toBeUndefined();
  });

  test('words of later versions', () => {
    const { host, error } = importing(
      [
        '/ip ipsec proposal',
        'set [ find default=yes ] enc-algorithms=aes-256-cbc,aes-128-cbc,3des pfs-group=none',
        '/ip ipsec peer add address=1.1.1.1/32 hash-algorithm=sha1 enc-algorithm=aes-128',
        '/ip ipsec policy add action=none level=unique',
        '/ip ipsec policy add action=discard ipsec-protocol=esp',
      ].join('\n'),
      '',
    );
    expect(error).toBeUndefined();
    expect(host.current.tables).toMatchObject({
      proposal: [{ 'enc-algorithms': ['3des', 'aes-128', 'aes-256'], 'pfs-group': 'none' }],
      peer: [{ 'hash-algorithm': 'sha' }],
      policy: [{ action: 'accept', level: 'require' }, { action: 'drop' }],
    });
  });

  test('their names make no abbreviation of ours ambiguous', () => {
    const { error } = importing('/ip ipsec policy add src=10.0.0.0/8 dst=10.1.0.0/16');
    expect(error).toBeUndefined();
    expect(importing('/ip ipsec policy add priorit=0').error).toMatch(/^expected end of command/);
  });
});

const peerOwn =
  'send-initial-contact=yes exchange-mode=main proposal-check=obey hash-algorithm=md5 enc-algorithm=3des';

describe('C-46 what means nothing here', () => {
  test('is an error by default, as any unknown property', () => {
    const { host, error } = importing('/ip ipsec peer\nadd address=1.1.1.1 nat-traversal=no', '');
    expect(error).toBe('expected end of command (line 2 column 21)');
    expect(host.current.tables.peer).toEqual([]);
  });

  test('is a warning that names the line with compat=yes', () => {
    const { host, warnings, error } = importing(
      [
        '/ip ipsec peer',
        `add address=50.1.2.3/32 auth-method=pre-shared-key dh-group=modp1024 \\`,
        `    ${peerOwn} generate-policy=no \\`,
        '    lifetime=8h lifebytes=0 nat-traversal=no port=500 dpd-interval=disable-dpd \\',
        '    dpd-maximum-failures=1 my-id-user-fqdn="" passive=no local-address=0.0.0.0 \\',
        '    secret=hush comment="" disabled=no',
        '/ip ipsec policy',
        'add action=encrypt src-address=50.1.2.3/32:any dst-port=any priority=0 group=default template=no',
        '/ip ipsec manual-sa add lifetime=0s',
      ].join('\n'),
    );
    expect(error).toBeUndefined();
    expect(warnings).toEqual([
      'warning: peer generate-policy=no is ignored (line 3)',
      'warning: peer lifetime=8h is ignored: phase 1 lives 1d (line 4)',
      'warning: peer lifebytes=0 is ignored (line 4)',
      'warning: peer nat-traversal=no is ignored (line 4)',
      'warning: peer dpd-interval=disable-dpd is ignored: there is no dead peer detection (line 4)',
      'warning: peer dpd-maximum-failures=1 is ignored: there is no dead peer detection (line 5)',
      'warning: peer my-id-user-fqdn= is ignored (line 5)',
      'warning: peer passive=no is ignored (line 5)',
      'warning: peer local-address=0.0.0.0 is ignored (line 5)',
      'warning: policy priority=0 is ignored (line 8)',
      'warning: policy group=default is ignored (line 8)',
      'warning: policy template=no is ignored (line 8)',
      'warning: manual-sa lifetime=0s is ignored (line 9)',
    ]);
    expect(host.current.tables['pre-shared-secret']).toMatchObject([
      { address: '50.1.2.3', secret: 'hush' },
    ]);
  });

  test.each([
    ['peer add address=1.1.1.1 generate-policy=yes', 'policies are not made on request here'],
    ['peer add address=1.1.1.1 nat-traversal=yes', 'there is no NAT traversal here'],
    ['peer add address=1.1.1.1 passive=yes', 'this router always asks its peers itself'],
    ['peer add address=1.1.1.1 lifebytes=9', 'phase 1 is not limited by bytes here'],
    ['peer add address=1.1.1.1 lifetime=soon', 'it is no time'],
    ['peer add address=1.1.1.1 local-address=1.1.1.2', 'the local end is the sa-src-address'],
    ['policy add priority=5', 'policies apply in the order of the table: use move'],
    ['policy add template=yes', 'policies are not made from templates here: add them'],
    ['policy add peer=hq', 'the peer is the one at the sa-dst-address'],
    ['manual-sa add lifetime=1h', 'manual SAs never expire here'],
  ])('/ip ipsec %s is refused, with the reason', (command, reason) => {
    const { host, error } = importing(`\n/ip ipsec ${command}`);
    const name = /(\S+)=\S*$/.exec(command)?.[1];
    expect(error).toContain(`failure: ${name} cannot be taken over: ${reason}`);
    expect(error).toMatch(/\(line 2 column \d+\)$/);
    expect(host.commits).toBe(0);
  });

  test('is not understood at the console', () => {
    const { fail } = newConsole();
    expect(fail('/ip ipsec policy add src-port=80')).toMatch(/^expected end of command/);
  });

  test('compat reaches the files that the file imports', () => {
    const console = newConsole();
    console.host.files.set('a.rsc', '/import b');
    console.host.files.set('b.rsc', '/ip ipsec policy add action=drop priority=0');
    expect(console.run('/import a compat=yes')).toContain(
      'warning: policy priority=0 is ignored (line 1)',
    );
  });

  test('warnings of a refused command are not shown', () => {
    const { warnings } = importing('/ip ipsec policy add action=drop priority=0 template=yes');
    expect(warnings).toEqual([]);
  });

  test('JSON has a document for a warning', () => {
    const console = newConsole();
    console.host.files.set('a.rsc', '\n/ip ipsec policy add action=drop priority=0');
    const { output } = console.session.execute('/import a compat=yes', { form: 'json' });
    expect(output).toContain(
      '{"warning":{"text":"policy priority=0 is ignored","line":2,"file":"a.rsc"}}\n',
    );
  });
});

describe('C-46 what later versions mean by leaving it out', () => {
  const line = '/ip ipsec policy add sa-src-address=1.1.1.1 sa-dst-address=1.1.1.2';

  test('a policy encrypts, and the reader is told', () => {
    const { host, warnings } = importing(line);
    expect(host.current.tables.policy).toMatchObject([{ action: 'encrypt' }]);
    expect(warnings).toEqual([
      'warning: policy action is left out: encrypt is taken, as later versions mean (line 1)',
    ]);
  });

  test('in a file of ours it accepts (A.1)', () => {
    const { host, warnings } = importing(line, '');
    expect(host.current.tables.policy).toMatchObject([{ action: 'accept' }]);
    expect(warnings).toEqual([]);
  });

  test('algorithms that differ between versions are named', () => {
    const { warnings } = importing('/ip ipsec peer add address=1.1.1.1/32 dh-group=modp1536');
    expect(warnings).toEqual([
      'warning: peer proposal-check is left out: strict is taken, which is not what every later version means (line 1)',
      'warning: peer hash-algorithm is left out: md5 is taken, which is not what every later version means (line 1)',
      'warning: peer enc-algorithm is left out: 3des is taken, which is not what every later version means (line 1)',
    ]);
  });
});

describe('C-46 the policy template of later versions', () => {
  test('an export that leaves it open to all traffic is followed by our rows', () => {
    const { host, warnings, error } = importing(
      '/ip ipsec policy\nset 0 dst-address=0.0.0.0/0 src-address=0.0.0.0/0\nadd action=drop',
    );
    expect(error).toBeUndefined();
    expect(warnings).toEqual([
      'warning: policy set 0 is ignored: policy 0 is the template of later versions, which is not here (line 2)',
    ]);
    expect(host.current.tables.policy).toMatchObject([{ action: 'drop' }]);
  });

  test('what it changes cannot be taken over, and no row of ours is changed instead', () => {
    const console = newConsole();
    console.run('/ip ipsec policy add action=drop');
    const before = console.host.current;
    console.host.files.set('a.rsc', '/ip ipsec policy set 0 src-address=10.0.0.0/8');
    expect(console.fail('/import a compat=yes')).toBe(
      'failure: policy 0 is the template of later versions, which is not here (line 1 column 22) @1:22',
    );
    expect(console.host.current).toBe(before);
  });
});

test('C-46 level=unique is taken as require, and compat=yes says so', () => {
  const { error, host, warnings } = importing(
    '/ip ipsec policy add src-address=10.1.0.0/24 dst-address=10.2.0.0/24 level=unique action=none',
  );
  expect(error).toBeUndefined();
  expect(warnings).toEqual([
    'warning: policy level=unique is taken as require: the SAs of a policy are always its own here (line 1)',
  ]);
  expect(host.current.tables.policy).toMatchObject([{ level: 'require' }]);
});

describe('whole exports', () => {
  test('of 2.9: a blank after the path and at the end, everything quoted and spelled out', () => {
    const { host, error, warnings } = importing(
      [
        '# jan/02/1970 02:03:04 by RouterOS 2.9.26',
        '# software id = ABCD-EFG',
        '#',
        '/ ip ipsec proposal ',
        'set default auth-algorithms=sha1 enc-algorithms=3des lifetime=30m lifebytes=0 \\',
        '    pfs-group=modp1024 disabled=no ',
        '/ ip ipsec peer ',
        'add address=1.2.3.4/32:500 secret="hush" generate-policy=no exchange-mode=main \\',
        '    send-initial-contact=yes proposal-check=obey hash-algorithm=md5 \\',
        '    enc-algorithm=3des dh-group=modp1024 lifetime=1d lifebytes=0 disabled=no ',
        '/ ip ipsec policy ',
        'add src-address=10.1.0.0/24:any dst-address=10.2.0.0/24:any protocol=all \\',
        '    action=encrypt level=require ipsec-protocols=esp tunnel=yes \\',
        '    sa-src-address=1.2.3.1 sa-dst-address=1.2.3.4 proposal=default \\',
        '    manual-sa=none dont-fragment=clear disabled=no ',
        '',
      ].join('\r\n'),
    );
    expect(error).toBeUndefined();
    expect(warnings.map((line) => line.replace(/.*\(/, '('))).toEqual([
      '(line 8)',
      '(line 10)',
      '(line 10)',
    ]);
    expect(host.current.tables).toMatchObject({
      peer: [{ address: { address: '1.2.3.4', length: 32, port: 500 } }],
      'pre-shared-secret': [{ address: '1.2.3.4', secret: 'hush' }],
      policy: [{ action: 'encrypt', tunnel: true }],
    });
  });

  test('of 6: one line per command, menus that are not here are named with their line', () => {
    const { error } = importing(
      [
        '# may/11/2018 10:07:57 by RouterOS 6.47',
        '/ip ipsec proposal set [ find default=yes ] enc-algorithms=aes-128-cbc',
        '/ip ipsec profile set [ find default=yes ] dh-group=modp2048',
      ].join('\n'),
    );
    expect(error).toBe('bad command name profile (line 3 column 11)');
  });
});
