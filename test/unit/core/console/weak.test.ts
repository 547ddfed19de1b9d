/** Weak algorithms work, and are marked wherever they are offered or shown, printouts alone excepted. */
import { describe, expect, test } from '@jest/globals';
import { Secret } from '../../../../lib/core/base/secret.js';
import type { InstalledSaView } from '../../../../lib/core/config/live-status.js';
import {
  dhGroups,
  encryptionAlgorithms,
  hashAlgorithms,
  integrityAlgorithms,
} from '../../../../lib/core/crypto/algorithms.js';
import { menusDocument } from '../../../../lib/core/docs/menus-document.js';
import { idleStatus, newConsole } from './fake-host.js';

/** Columns enough for any sentence. */
const wide = 300;

function weakItems(console: ReturnType<typeof newConsole>, command: string) {
  const { output } = console.session.execute(command, { form: 'json' });
  const { items } = JSON.parse(output) as { items: { weak?: readonly string[] }[] };
  return items.map(({ weak }) => weak);
}

/** What completion offers after that text, and the words beside it. */
function offered(line: string): ReadonlyMap<string, string> {
  const { candidates } = newConsole().session.complete(line);
  return new Map(candidates.map(({ text, help }) => [text, help]));
}

describe('the rows of the algorithms', () => {
  test('say of each weak one why, with the source', () => {
    const weak = (rows: readonly { readonly name: string; readonly weak?: string }[]) =>
      rows.filter((row) => row.weak !== undefined).map(({ name }) => name);
    expect(weak(encryptionAlgorithms)).toEqual(['des', 'null']);
    expect(weak(hashAlgorithms)).toEqual(['md5']);
    expect(weak(integrityAlgorithms)).toEqual(['md5', 'null']);
    expect(weak(dhGroups)).toEqual(['modp768', 'modp1024']);
    for (const row of [
      ...encryptionAlgorithms,
      ...hashAlgorithms,
      ...integrityAlgorithms,
      ...dhGroups,
    ]) {
      if ('weak' in row) expect(row.weak).toMatch(/^\w.*\(RFC \d+.*\)$/);
    }
  });
});

describe('where values are offered', () => {
  test.each([
    ['/ip ipsec peer add enc-algorithm=', ['des']],
    ['/ip ipsec peer add hash-algorithm=', ['md5']],
    ['/ip ipsec peer add dh-group=', ['modp768', 'modp1024']],
    ['/ip ipsec proposal set enc-algorithms=aes-128,', ['des', 'null']],
    ['/ip ipsec proposal set auth-algorithms=', ['md5', 'null']],
    ['/ip ipsec proposal set pfs-group=', ['modp768', 'modp1024']],
    ['/ip ipsec manual-sa add ah-algorithm=', ['null', 'md5']],
    ['/ip ipsec manual-sa add esp-auth-algorithm=', ['null', 'md5']],
    ['/ip ipsec manual-sa add esp-enc-algorithm=', ['null', 'des']],
  ])('%s', (line, weak) => {
    const words = offered(line);
    expect(words.size).toBeGreaterThan(weak.length);
    const marked = [...words].filter(([, help]) => help.startsWith('Weak: '));
    expect(marked.map(([text]) => text)).toEqual(weak);
  });

  test('help has the reason beside the word', () => {
    const { session } = newConsole();
    const text = session.help('/ip ipsec peer add enc-algorithm=', { colour: false });
    expect(text.replace(/\s+/g, ' ')).toContain(
      'des Weak: its 56-bit keys are found by trying them all (RFC 8221 5, RFC 8247 2.1: MUST NOT). 3des aes-128',
    );
  });

  test('the document of the menus marks the words and has the reasons', () => {
    const document = menusDocument();
    expect(document).toContain('| `enc-algorithm` | `des` (weak), `3des`, `aes-128`,');
    expect(document).toContain(
      '| `md5` | peer `hash-algorithm` | MD5 is broken as a hash (RFC 8247 2.2 and 2.3: MUST NOT). |',
    );
  });
});

describe('explain', () => {
  test('names property, word and reason, and nothing of what is strong', () => {
    const { run } = newConsole();
    run('/ip ipsec peer\nadd address=1.1.1.1 enc=des');
    run('add address=1.1.1.2 hash=sha enc=aes-256 dh=modp2048');
    const lines = run('/ip ipsec peer explain', wide).split('\n');
    expect(lines).toEqual([
      '  0   valid, but hash-algorithm=md5 is weak: MD5 is broken as a hash (RFC 8247 2.2 and 2.3: MUST NOT)',
      '      valid, but enc-algorithm=des is weak: its 56-bit keys are found by trying them all (RFC 8221 5, RFC 8247 2.1: MUST NOT)',
      '      valid, but dh-group=modp1024 is weak: groups of 1024 bits are within reach of who has the money (RFC 8247 2.4: SHOULD NOT)',
      '  1   valid',
      '',
    ]);
  });

  test('tells every weak word of a list', () => {
    const { run } = newConsole();
    run('/ip ipsec proposal set default enc=aes-128,des,null auth=sha1 pfs=none');
    const told = run('/ip ipsec proposal explain', wide);
    expect(told).toContain('enc-algorithms=des is weak');
    expect(told).toContain('enc-algorithms=null is weak: it encrypts nothing');
    expect(told).not.toContain('aes-128');
  });

  test('null in a template is weak for the protocols it is used with', () => {
    const { run } = newConsole();
    run('/ip ipsec manual-sa add name=m');
    expect(run('/ip ipsec manual-sa explain', wide)).toBe('  0   valid\n');
    run('/ip ipsec policy add manual-sa=m ipsec-protocols=ah sa-src=1.1.1.1 sa-dst=1.1.1.2');
    const told = run('/ip ipsec manual-sa explain', wide);
    expect(told).toContain('ah-algorithm=null is weak: it authenticates nothing');
    expect(told).not.toContain('esp-');
    run('/ip ipsec policy set 0 ipsec-protocols=esp');
    const other = run('/ip ipsec manual-sa explain', wide);
    expect(other).toContain('esp-enc-algorithm=null is weak: it encrypts nothing');
    expect(other).not.toContain('ah-algorithm');
  });
});

describe('print', () => {
  test('JSON names the properties, the printout is as the manual has it', () => {
    const console = newConsole();
    const { run } = console;
    run('/ip ipsec peer add address=1.1.1.1 enc=des hash=sha dh=modp1536');
    run('/ip ipsec proposal set default enc=null,des auth=null pfs=modp768');
    run('/ip ipsec manual-sa add name=m esp-enc-algorithm=des esp-enc-key=0102030405060708');
    expect(weakItems(console, '/ip ipsec peer print')).toEqual([['enc-algorithm']]);
    expect(weakItems(console, '/ip ipsec proposal print')).toEqual([
      ['auth-algorithms', 'enc-algorithms', 'pfs-group'],
    ]);
    expect(weakItems(console, '/ip ipsec manual-sa print')).toEqual([['esp-enc-algorithm']]);
    expect(weakItems(console, '/ip ipsec policy print')).toEqual([]);
    for (const menu of ['peer', 'proposal', 'manual-sa']) {
      expect(run(`/ip ipsec ${menu} print`)).not.toContain('weak');
    }
  });

  test('of installed SAs, where none is no weakness of AH', () => {
    const console = newConsole();
    const sa: Omit<InstalledSaView, 'protocol' | 'integrity'> = {
      ...{ spi: 0x1000, source: '1.1.1.1', destination: '1.1.1.2', direction: 'out', reqid: 1 },
      ...{ mode: 'tunnel', replayWindow: 32, state: 'mature', pfs: false, manual: false },
      encryptionKey: new Secret(new Uint8Array()),
      integrityKey: new Secret(new Uint8Array()),
      lifetime: { softSeconds: 0, hardSeconds: 0, softBytes: 0, hardBytes: 0 },
      counters: {
        ...{ bytes: 0, packets: 0, addTime: 0, useTime: 0 },
        ...{ replayErrors: 0, integrityErrors: 0 },
      },
    };
    console.host.live = {
      ...idleStatus,
      installedSas: [
        { ...sa, protocol: 'ah', integrity: 'sha1' },
        { ...sa, protocol: 'esp', integrity: 'md5', encryption: 'null', spi: 0x1001 },
        { ...sa, protocol: 'esp', integrity: 'null', encryption: 'des', spi: 0x1002 },
        { ...sa, protocol: 'esp', integrity: 'sha1', encryption: 'aes-128', spi: 0x1003 },
      ],
    };
    const both = ['auth-algorithm', 'enc-algorithm'];
    expect(weakItems(console, '/ip ipsec installed-sa print')).toEqual([[], both, both, []]);
  });
});
