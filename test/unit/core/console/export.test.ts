/** The commands that make a configuration again (spec C.5). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Config } from '../../../../lib/core/config/config.js';
import { itemsOf, tableMenus, tableNames } from '../../../../lib/core/config/config.js';
import { jsonItem } from '../../../../lib/core/config/json.js';
import { formatContext } from '../../../../lib/core/config/references.js';
import { idleStatus, newConsole } from './fake-host.js';
import { anyConfig } from './random-config.js';

const header = '# jan/01/1970 00:00:00 by ipsecctl 0.0.0\n#\n';

/** Every table as programs see it, the ids aside. */
function tablesOf(config: Config): unknown {
  const context = { view: { config, status: idleStatus }, format: formatContext(config) };
  return tableNames.map((table) =>
    itemsOf(config, table).map((item) => ({
      ...jsonItem(tableMenus[table], item, context),
      id: undefined,
    })),
  );
}

function exported(config: Config, command = 'export'): string {
  const { host, run } = newConsole();
  host.current = config;
  return run(`/ip ipsec ${command}`);
}

function imported(text: string): Config {
  const { host, run } = newConsole();
  run(text);
  return host.current;
}

describe('export', () => {
  test('C-40 writes every table in an order that can be read again, each below its path', () => {
    const { host, run } = newConsole();
    host.epochSeconds = Date.parse('2008-11-24T14:28:42Z') / 1000;
    run('/ip ipsec');
    run('proposal add name=sw-client auth-algorithms=md5 enc-algorithms=des pfs-group=modp768');
    run('policy add src-address=1.1.1.0/24 dst-address=10.0.0.81 action=encrypt tunnel=yes \\\n');
    run('policy set 0 sa-src-address=10.0.0.204 sa-dst-address=10.0.0.81 proposal=sw-client');
    run('manual-sa add name=ah-sa1 ah-key=abcfed ah-spi=0x101/0x100');
    run('pre-shared-secret add address=10.0.0.81 secret=gwejimezyfopmekun');
    run('peer add address=10.0.0.81 send-initial-contact=no proposal-check=obey hash=sha');
    expect(run('export')).toBe(
      String.raw`# nov/24/2008 14:28:42 by ipsecctl 0.0.0
#
/ ip ipsec manual-sa
add name="ah-sa1" ah-algorithm=null esp-auth-algorithm=null \
    esp-enc-algorithm=null ah-key=abcfed esp-auth-key="" esp-enc-key="" \
    ah-spi=101/100 esp-spi=100 comment="" disabled=no
/ ip ipsec proposal
set default auth-algorithms=sha1 enc-algorithms=3des lifetime=30m lifebytes=0 \
    pfs-group=modp1024 comment="" disabled=no
add name="sw-client" auth-algorithms=md5 enc-algorithms=des lifetime=30m \
    lifebytes=0 pfs-group=modp768 comment="" disabled=no
/ ip ipsec peer
add address=10.0.0.81:500 exchange-mode=main send-initial-contact=no \
    proposal-check=obey hash-algorithm=sha enc-algorithm=3des \
    dh-group=modp1024 comment="" disabled=no
/ ip ipsec pre-shared-secret
add address=10.0.0.81 ident-string="" secret="gwejimezyfopmekun" comment="" \
    disabled=no
/ ip ipsec policy
add src-address=1.1.1.0/24:any dst-address=10.0.0.81/32:any protocol=all \
    action=encrypt level=require ipsec-protocols=esp tunnel=yes \
    sa-src-address=10.0.0.204 sa-dst-address=10.0.0.81 proposal=sw-client \
    manual-sa=none dont-fragment=clear comment="" disabled=no
`,
    );
  });

  test('C-42 at a table writes that table alone; at /ip and at / everything', () => {
    const { run } = newConsole();
    run('/ip ipsec peer add address=10.0.0.1');
    const peer = run('/ip ipsec peer export');
    expect(peer.match(/^\/ .*$/gm)).toEqual(['/ ip ipsec peer']);
    const whole = run('/ip ipsec export');
    expect(whole.match(/^\/ .*$/gm)).toEqual(['/ ip ipsec proposal', '/ ip ipsec peer']);
    expect(run('/ip export')).toBe(whole);
    expect(run('/export')).toBe(whole);
  });

  test('C-41 an empty table has no lines', () => {
    expect(newConsole().run('/ip ipsec peer export')).toBe(header);
  });

  test('A.8 what only shows the running system cannot be exported', () => {
    const { fail } = newConsole();
    expect(fail('/ip ipsec counters export')).toContain('bad command name export');
    expect(fail('/ip ipsec installed-sa export')).toContain('bad command name export');
  });

  test('C-41 a string longer than a line stands alone, unbroken', () => {
    const { run } = newConsole();
    const comment = 'c'.repeat(120);
    run(`/ip ipsec peer add address=10.0.0.1 comment=${comment}`);
    expect(run('/ip ipsec peer export').split('\n').slice(-3)).toEqual([
      `    comment="${comment}" \\`,
      '    disabled=no',
      '',
    ]);
  });

  test('C-41 a line is filled up to 78 columns and no further', () => {
    const { run } = newConsole();
    run('/ip ipsec pre-shared-secret');
    // `add address=10.0.0.1 ident-string="" secret="" comment=""` takes 57 columns.
    const lines = (secret: string) => {
      run(`add address=10.0.0.1 secret=${secret}`);
      const [, , , first, second] = run('export').split('\n');
      run('remove [find]');
      return [first?.length, second];
    };
    expect(lines('s'.repeat(21))).toEqual([80, '    disabled=no']);
    expect(lines('s'.repeat(22))).toEqual([70, '    comment="" disabled=no']);
  });

  test('C-08 names of other items are quoted when they could not be read otherwise', () => {
    const { run } = newConsole();
    run('/ip ipsec proposal add name="two words"\n/ip ipsec policy add proposal="two words"');
    run('/ip ipsec proposal add name=plain\n/ip ipsec policy add proposal=plain');
    const text = run('/ip ipsec policy export');
    expect(text).toContain(' proposal="two words" ');
    expect(text).toContain(' proposal=plain ');
  });

  test('C-42 a file gets the text and the reader nothing', () => {
    const { host, run } = newConsole();
    const text = run('/ip ipsec export');
    expect(run('/ip ipsec export file=backup')).toBe('');
    expect(run('/ip ipsec export file=other.rsc')).toBe('');
    expect([...host.files]).toEqual([
      ['backup.rsc', text],
      ['other.rsc', text],
    ]);
  });

  test('C-63 a file that cannot be written is refused with the reason', () => {
    const { host, fail } = newConsole();
    host.writeFile = () => ({ ok: false, error: 'cannot write: disk full' });
    expect(fail('/ip ipsec export file=backup')).toBe('failure: cannot write: disk full @1:18');
  });

  test('C-41 compact leaves out what is as the defaults are', () => {
    const { run } = newConsole();
    run('/ip ipsec peer add address=10.0.0.1 hash=sha comment=west');
    expect(run('/ip ipsec export compact')).toBe(
      `${header}/ ip ipsec peer\nadd address=10.0.0.1:500 hash-algorithm=sha comment="west"\n`,
    );
    run('/ip ipsec proposal set default lifetime=1h');
    expect(run('/ip ipsec proposal export compact')).toBe(
      `${header}/ ip ipsec proposal\nset default lifetime=1h\n`,
    );
  });

  test('C-41 terse writes a whole command on each line', () => {
    const { run } = newConsole();
    expect(run('/ip ipsec export terse')).toBe(
      `${header}/ip ipsec proposal set default auth-algorithms=sha1 enc-algorithms=3des lifetime=30m lifebytes=0 pfs-group=modp1024 comment="" disabled=no\n`,
    );
  });

  test('C-44 hide-sensitive leaves secrets and keys out and says so', () => {
    const { host, run } = newConsole();
    run('/ip ipsec pre-shared-secret add address=10.0.0.81 secret=gwejimezyfopmekun');
    run('/ip ipsec manual-sa add ah-key=abcfed esp-auth-key=123456 esp-enc-key=654321');
    const text = run('/ip ipsec export hide-sensitive');
    expect(text).not.toMatch(/gwejimezyfopmekun|abcfed|123456|654321|secret=|key=/);
    expect(text.split('\n')[1]).toBe('# incomplete: secrets and keys are left out');
    expect(run('/ip ipsec export')).not.toContain('incomplete');
    // What is missing is asked for, not made up.
    const empty = newConsole();
    expect(empty.fail(text)).toContain('missing value(s) of argument(s) secret');
    expect(empty.host.current.tables['pre-shared-secret']).toEqual([]);
    expect(host.current.tables['pre-shared-secret']).toHaveLength(1);
  });

  test('C-46 compact spells out a default that later versions do not share', () => {
    const { run } = newConsole();
    run('/ip ipsec policy add src-address=10.0.0.0/8 dst-address=10.1.0.0/16');
    expect(run('/ip ipsec policy export compact')).toContain(
      'add src-address=10.0.0.0/8:any dst-address=10.1.0.0/16:any action=accept\n',
    );
  });

  test.each(['export', 'export terse', 'export compact'])(
    'C-43 what %s writes makes the same tables in an empty system, and the same text again',
    (command) => {
      fc.assert(
        fc.property(anyConfig, (config) => {
          const text = exported(config, command);
          const again = imported(text);
          expect(tablesOf(again)).toEqual(tablesOf(config));
          expect(exported(again, command)).toBe(text);
        }),
        { numRuns: 150 },
      );
    },
  );

  test('C-41 a line is longer than 78 columns only if it is a single value', () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        for (const line of exported(config).split('\n')) {
          const text = line.replace(/ \\$/, '');
          const words = text
            .trim()
            .replace(/"(?:[^"\\]|\\.)*"/g, '""')
            .split(' ');
          expect(Array.from(text).length > 78 && words.length > 1).toBe(false);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('the JSON form has the path and the text', () => {
    const { session, run } = newConsole();
    const { output } = session.execute('/ip ipsec export', { form: 'json' });
    expect(JSON.parse(output)).toEqual({ path: ['ip', 'ipsec'], text: run('/ip ipsec export') });
  });
});
