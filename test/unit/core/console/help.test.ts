/** What `?` shows (B-15, C-36), against the manual's own listing where there is one. */
import { describe, expect, test } from '@jest/globals';
import { readSharedText } from '../../../support/shared.js';
import type { Console } from './fake-host.js';
import { newConsole } from './fake-host.js';

function inMenu(path: string): Console {
  const console = newConsole();
  console.run(path);
  return console;
}

/** The lines of help after the empty one. */
function lines(line: string, { session }: Console = newConsole()): readonly string[] {
  const [empty, ...rest] = session.help(line).split('\n');
  expect(empty).toBe('');
  expect(rest.pop()).toBe('');
  return rest;
}

describe('at a menu', () => {
  const golden = readSharedText('golden', 'G14-menu-help.txt');

  test('G14 shows the menus of /ip ipsec as the manual prints them', () => {
    expect(inMenu('/ip ipsec').session.help('')).toBe(golden);
    expect(newConsole().session.help('/ip ipsec ')).toBe(golden);
    expect(newConsole().session.help('/ip/ipsec/')).toBe(golden);
  });

  test('B-15 lists sub-menus before commands, right-aligned, each with what it is for', () => {
    const shown = lines('');
    expect(shown[0]).toBe('      ip  The way to ip ipsec, where the tables of IPsec are.');
    expect(shown[1]).toMatch(/^ {2}import {2}\S/);
    expect(lines('', inMenu('/ip ipsec proposal'))).toContain(
      '  disable  Keeps items without effect.',
    );
  });

  test('C-36 in the middle of a word shows what begins with it', () => {
    expect(lines('/ip ipsec p')).toEqual([
      '             policy',
      '               peer',
      '  pre-shared-secret',
      '           proposal',
    ]);
  });

  test('C-36 C-50 says which word is no command, menu or argument', () => {
    const unknown = (word: string) => [`no such command or argument: ${word}`];
    expect(lines('/ip ipsec q')).toEqual(unknown('q'));
    expect(lines(':nothing')).toEqual(unknown('nothing'));
    expect(lines('bogus ')).toEqual(unknown('bogus'));
    expect(lines('bogus sa-')).toEqual(unknown('bogus'));
    expect(lines('/ip ipsec; policy; add bogus=1 ')).toEqual(unknown('bogus'));
    expect(lines('find nothing', inMenu('/ip ipsec policy'))).toEqual(unknown('nothing'));
    expect(lines('set 0', inMenu('/ip ipsec policy'))).toEqual([]);
    expect(lines('/ip ipsec proposal set "')).toEqual(['  "default"']);
  });

  test('B-15 the root tells what works everywhere, and no menu below it', () => {
    const names = (path: string) =>
      lines('', inMenu(path)).flatMap((line) => /^ {2,15}(\S+) {2}/.exec(line)?.[1] ?? []);
    expect(names('/')).toEqual(['ip', 'import', 'export', 'help', 'quit', ':local', ':put']);
    for (const path of ['/ip', '/ip ipsec policy']) {
      expect(names(path)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^:|quit/)]));
    }
  });

  test('C-30 lists the global commands after a colon', () => {
    expect(lines(':').map((line) => line.trim().split('  ')[0])).toEqual(
      expect.arrayContaining(['put', 'local']),
    );
  });
});

describe('after a command', () => {
  test('B-15 lists arguments with their meaning, values and default', () => {
    const shown = lines('add ', inMenu('/ip ipsec peer'));
    expect(shown).toContain(
      '         exchange-mode  Phase 1 exchange. (main|aggressive|base; default main)',
    );
    expect(shown.slice(0, 2).join('\n')).toMatch(/^ {15}address {2}Address [^;]*;\s+required\)$/);
  });

  test('B-15 says no default where nothing is made new', () => {
    const shown = lines('set 0 ', inMenu('/ip ipsec peer')).join('\n');
    expect(shown).toContain('Phase 1 exchange. (main|aggressive|base)');
    expect(shown).not.toContain('required');
  });

  test('B-15 lists keywords with what they do, and not those given already', () => {
    const console = inMenu('/ip ipsec policy');
    expect(lines('print ', console).join('\n')).toMatch(/^ +count-only {2}\S/m);
    expect(lines('print count-only ', console).join('\n')).not.toMatch(/count-only/);
  });

  test('B-20 leaves out what only old scripts use', () => {
    expect(lines('add ', inMenu('/ip ipsec proposal')).join('\n')).not.toMatch(/^ +algorithms /m);
  });

  test('lines stay within 80 columns unless one word is longer', () => {
    for (const menu of ['policy', 'peer', 'proposal', 'manual-sa', 'pre-shared-secret']) {
      for (const line of lines('add ', inMenu(`/ip ipsec ${menu}`))) {
        expect(line.length <= 80 || !line.trim().includes(' ')).toBe(true);
      }
    }
  });
});

describe('after NAME=', () => {
  const policy = () => inMenu('/ip ipsec policy');

  test('C-36 lists the words', () => {
    expect(lines('add action=', policy())).toEqual(['   accept', '     drop', '  encrypt']);
    expect(lines('add action=e', policy())).toEqual(['  encrypt']);
  });

  test('C-36 shows the grammar where words alone do not say it', () => {
    for (const typed of ['', '10.0.']) {
      expect(lines(`add src-address=${typed}`, policy())).toEqual([
        '  src-address  Source of the packets; unset: the SA source alone.',
        '               (A.B.C.D[/mask][:ports]; default 0.0.0.0/32:any)',
      ]);
    }
    const [first = '', ...words] = lines('set 0 ipsec-protocols=', policy());
    expect(first).toContain('ah|esp[,...]');
    expect(words).toEqual(['               ah', '              esp']);
  });

  test('A-61 lists the names of the items it refers to', () => {
    const console = policy();
    console.run('/ip ipsec proposal add name="two words"');
    expect(lines('add proposal=', console).slice(-2)).toEqual(['      default', '  "two words"']);
  });
});

describe('colours', () => {
  const csi = '\x1b[';

  test('C-38 menus are cyan, commands magenta and properties green, and only when asked for', () => {
    const { session } = inMenu('/ip ipsec');
    expect(session.help('po', { colour: true })).toBe(`\n  ${csi}36mpolicy${csi}39m\n`);
    expect(session.help('expo', { colour: true })).toBe(`\n  ${csi}35mexport${csi}39m\n`);
    expect(session.help('policy add act', { colour: true })).toContain(
      `  ${csi}32maction${csi}39m  What`,
    );
    expect(session.help('policy add ')).not.toContain(csi);
  });
});

test('C-36 there is an empty answer where nothing can stand', () => {
  const { session } = newConsole();
  for (const line of ['# remark', '/ip ipsec policy set 0', '/ip ipsec policy add ] ']) {
    expect(session.help(line)).toBe('\n');
  }
});
