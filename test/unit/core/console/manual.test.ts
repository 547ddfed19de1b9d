/** The manual's configurations with automatic keying, typed as printed there (Annex 1). */
import { describe, expect, test } from '@jest/globals';
import { invalidPolicies } from '../../../../lib/core/config/validity.js';
import { newConsole } from './fake-host.js';

function configured(lines: string) {
  const console = newConsole();
  console.run(lines);
  expect(invalidPolicies(console.host.current).size).toBe(0);
  return console;
}

describe('Annex 1', () => {
  test('number 1: transport ESP with automatic keying, three commands', () => {
    const { run } = configured(
      [
        'ip ipsec policy add sa-src=1.0.0.1 sa-dst=1.0.0.2 action=encrypt',
        'ip ipsec peer add address=1.0.0.2',
        'ip ipsec pre-shared-secret add address=1.0.0.2 secret="roberkenon"',
      ].join('\n'),
    );
    expect(run('/ip ipsec policy print')).toBe(
      [
        'Flags: X - disabled, I - invalid',
        '  0   src-address=1.0.0.1/32:any dst-address=1.0.0.2/32:any protocol=all',
        '      action=encrypt level=require ipsec-protocols=esp tunnel=no',
        '      sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2 proposal=default',
        '      manual-sa=none dont-fragment=clear',
        '\n\n',
      ].join('\n'),
    );
    expect(run('/ip ipsec pre-shared-secret print')).toBe(
      'Flags: X - disabled\n  #   ADDRESS         SECRET\n  0   1.0.0.2         roberkenon\n',
    );
  });

  test.each([
    ['1', '0x101/0x100', '101/100', '10.1.0.0/24', '10.2.0.0/24', '1.0.0.1', '1.0.0.2'],
    ['2', '0x100/0x101', '100/101', '10.2.0.0/24', '10.1.0.0/24', '1.0.0.2', '1.0.0.1'],
  ])('number 2: tunnel AH with manual keying, router %s', (_router, spi, shown, ...ends) => {
    const [source, destination, saSource, saDestination] = ends;
    const { run } = configured(
      [
        `ip ipsec manual-sa add name=ah-sa1 ah-spi=${spi} ah-key=abcfed`,
        `ip ipsec policy add src-address=${source} dst-address=${destination} \\`,
        `   action=encrypt ipsec-protocols=ah tunnel=yes sa-src=${saSource} sa-dst=${saDestination} \\`,
        '   manual-sa=ah-sa1',
      ].join('\n'),
    );
    expect(run('/ip ipsec manual-sa print')).toContain(
      `ah-key=abcfed esp-auth-key="" esp-enc-key=""\n      ah-spi=${shown} esp-spi=100`,
    );
    expect(run(':put [/ip ipsec policy get 0 manual-sa]')).toBe('ah-sa1\n');
  });

  test('number 2 without its template is refused, not half accepted', () => {
    const { host, fail } = newConsole();
    const text = fail('ip ipsec policy add action=encrypt \\\n   manual-sa=ah-sa1');
    expect(text).toBe('input does not match any value of manual-sa @2:4');
    expect(host.current.tables.policy).toEqual([]);
  });

  test('number 3: the lines for the firewall are refused with their line (Q-16)', () => {
    const { host, session } = newConsole();
    host.files.set(
      'manual.rsc',
      [
        '/ip ipsec peer add address=1.0.0.2 exchange-mode=aggressive',
        '/ip firewall src-nat add src-address=10.1.0.0/24 dst-address=10.2.0.0/24',
        '/ip firewall src-nat add out-interface=public action=masq',
      ].join('\n'),
    );
    expect(session.execute('/import manual').error).toMatchObject({
      text: 'bad command name firewall (line 2 column 5)',
      file: 'manual.rsc',
    });
  });

  test('number 3: masquerading routers, aggressive mode, tunnel', () => {
    const { run } = configured(
      [
        '/ip ipsec policy add src-address=10.1.0.0/24 dst-address=10.2.0.0/24 \\',
        '    action=encrypt tunnel=yes sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2',
        '/ip ipsec peer add address=1.0.0.2 exchange-mode=aggressive',
        '/ip ipsec pre-shared-secret add address=1.0.0.2 secret="sviestapika"',
      ].join('\n'),
    );
    expect(run('/ip ipsec policy print')).toContain(
      '  0   src-address=10.1.0.0/24:any dst-address=10.2.0.0/24:any protocol=all\n',
    );
    expect(run('/ip ipsec peer print')).toContain('exchange-mode=aggressive');
  });

  test('number 4: Cisco, with the arguments of older versions', () => {
    const { run } = configured(
      [
        '/ip ipsec proposal',
        'add name=to_cisco pfs-group=none algorithms=enc-des,auth-sha1',
        '.. peer',
        'add address=10.0.1.2 enc-algorithm=des auth-method=pre-shared-key hash-algorithm=sha dh-group=modp1024',
        '.. pre-shared-secret',
        'add secret=test_key address=10.0.1.2',
        '.. policy',
        'add src-address=10.0.0.0/24 dst-address=10.0.2.0/24 protocol=all action=encrypt ipsec-protocols=esp level=require tunnel=yes sa-src=10.0.1.1 sa-dst=10.0.1.2 proposal=to_cisco',
      ].join('\n'),
    );
    expect(run('/ip ipsec proposal print from=to_cisco')).toBe(
      [
        'Flags: X - disabled',
        '  0   name="to_cisco" auth-algorithms=sha1 enc-algorithms=des lifetime=30m',
        '      lifebytes=0 pfs-group=none',
        '\n\n',
      ].join('\n'),
    );
    expect(run('/ip ipsec peer print')).not.toContain('auth-method');
    expect(run('/ip ipsec policy print')).toContain('proposal=to_cisco');
  });

  test('number 5: SonicWALL, with a space after the slash', () => {
    const { run } = configured(
      [
        '/ ip ipsec peer add address=10.0.0.81:500 exchange-mode=main \\',
        'send-initial-contact=no proposal-check=obey hash-algorithm=sha \\',
        'enc-algorithm=3des dh-group=modp1024',
        '/ ip ipsec pre-shared-secret add address=10.0.0.81 secret="********"',
        '/ ip ipsec proposal add name=sw-client auth-algorithms=md5 enc-algorithms=des \\',
        'lifetime=30m pfs-group=modp768',
        '/ ip ipsec policy add src-address=1.1.1.0/24 dst-address=10.0.0.81/32 \\',
        'action=encrypt ipsec-protocols=esp tunnel=yes sa-src-address=10.0.0.204 \\',
        'sa-dst-address=10.0.0.81 proposal=sw-client',
      ].join('\n'),
    );
    expect(run('/ip ipsec peer print')).toBe(
      [
        'Flags: X - disabled',
        '  0   address=10.0.0.81:500 exchange-mode=main send-initial-contact=no',
        '      proposal-check=obey hash-algorithm=sha enc-algorithm=3des',
        '      dh-group=modp1024',
        '\n\n',
      ].join('\n'),
    );
    expect(run('/ip ipsec proposal print brief')).toBe(
      [
        'Flags: X - disabled',
        '  #   NAME      AUTH-ALGORITHMS ENC-ALGORITHMS LIFETIME PFS-GROUP',
        '  0   default   sha1            3des           30m      modp1024',
        '  1   sw-client md5             des            30m      modp768',
        '',
      ].join('\n'),
    );
  });

  test('number 4 pasted with the prompts it is printed with', () => {
    const { session, run } = configured(
      [
        '[admin@MikroTik] ip ipsec proposal> add name=to_cisco pfs-group=none algorithms=enc-des,auth-sha1',
        '[admin@MikroTik] ip ipsec peer> add address=10.0.1.2 enc-algorithm=des auth-method=pre-shared-key hash-algorithm=sha dh-group=modp1024',
        '[admin@MikroTik] ip ipsec pre-shared-secret> add secret=test_key address=10.0.1.2',
        '[admin@MikroTik] ip ipsec policy> add src-address=10.0.0.0/24 dst-address=10.0.2.0/24 protocol=all action=encrypt ipsec-protocols=esp level=require tunnel=yes sa-src=10.0.1.1 sa-dst=10.0.1.2 proposal=to_cisco',
      ].join('\n'),
    );
    expect(session.path).toEqual(['ip', 'ipsec', 'policy']);
    expect(run('print count-only; .. peer print count-only')).toBe('1\n1\n');
    expect(run(':put [get 0 proposal]')).toBe('to_cisco\n');
  });

  test('the samples of each menu, pasted with prompts and continuations', () => {
    const { run } = configured(
      [
        '[admin@MikroTik] ip ipsec policy> add sa-src-address=10.0.0.205 sa-dst-address=10.0.0.201 \\',
        '\\... action=encrypt',
        '[admin@MikroTik] ip ipsec peer> add address=10.0.0.201',
        '[admin@MikroTik] ip ipsec pre-shared-secret> add address=10.0.0.201 secret=gwejimezyfopmekun',
        '[admin@MikroTik] ip ipsec manual-sa> add ah-key=A0/0A',
        '[admin@xxx] ip ipsec> counters print',
      ].join('\n'),
    );
    expect(run('policy print')).toContain('src-address=10.0.0.205/32:any');
  });
});
