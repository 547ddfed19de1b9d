/** The manual pages tell every option and property, in macros that nest as they should. */
import { describe, expect, test } from '@jest/globals';
import { consoleMenus } from '../../../../lib/core/console/menu-tree.js';
import { ipsecctlPage } from '../../../../lib/core/docs/ipsecctl-page.js';
import { ipsecdPage } from '../../../../lib/core/docs/ipsecd-page.js';
import { escaped } from '../../../../lib/core/docs/roff.js';
import { programOptions } from './program-options.js';

const pages = {
  'ipsecctl(8)': ipsecctlPage(programOptions.ipsecctl),
  'ipsecd(8)': ipsecdPage(programOptions.ipsecd),
};

describe.each(Object.entries(pages))('%s', (name, text) => {
  const lines = text.trimEnd().split('\n');
  const macros = lines.filter((line) => /^[.']/.test(line) && !line.startsWith('.\\"'));

  test('uses known macros alone, and closes what it opens', () => {
    const known = ['TH', 'SH', 'SS', 'PP', 'TP', 'RS', 'RE', 'nf', 'fi', 'br', 'nh', 'ad', 'BR'];
    expect(
      macros.filter((line) => !known.includes(/^\.([A-Za-z]+)/.exec(line)?.[1] ?? '')),
    ).toEqual([]);
    const depths = { nf: 0, RS: 0 };
    for (const line of macros) {
      if (line === '.nf') depths.nf += 1;
      if (line === '.fi') depths.nf -= 1;
      if (line.startsWith('.RS')) depths.RS += 1;
      if (line === '.RE') depths.RS -= 1;
      expect(Math.min(depths.nf, depths.RS)).toBeGreaterThanOrEqual(0);
    }
    expect(depths).toEqual({ nf: 0, RS: 0 });
  });

  test('has a term and a text after every .TP', () => {
    for (const [index, line] of lines.entries()) {
      if (line !== '.TP') continue;
      expect(lines.slice(index + 1, index + 3).filter((next) => /^[^.]/.test(next))).toHaveLength(
        2,
      );
    }
  });

  test('has no escape but those it means', () => {
    for (const line of lines.slice(1)) {
      const [rest, fonts] = [line.replaceAll(/\\(?:[e&-]|f[BIR]|\(ti)/g, ''), line.match(/\\f./g)];
      expect(rest).not.toContain('\\');
      // Every change of the font is taken back in its line.
      expect((fonts ?? []).map((font) => font === '\\fR')).toEqual(
        (fonts ?? []).map((_, index) => index % 2 === 1),
      );
    }
  });

  test('has the sections readers look for, in their usual order', () => {
    const sections = macros.filter((line) => line.startsWith('.SH')).map((line) => line.slice(4));
    const usual = [
      'NAME',
      'SYNOPSIS',
      'DESCRIPTION',
      'OPTIONS',
      'EXIT STATUS',
      'FILES',
      'EXAMPLES',
      'SEE ALSO',
    ];
    expect(sections.filter((title) => usual.includes(title))).toEqual(usual);
    expect(macros[0]).toBe(
      `.TH ${name.slice(0, -3).toUpperCase()} 8 "" ipsecctl "System Administration"`,
    );
  });
});

test('every option stands in its page', () => {
  for (const [program, table] of Object.entries(programOptions)) {
    const text = program === 'ipsecctl' ? pages['ipsecctl(8)'] : pages['ipsecd(8)'];
    for (const name of Object.keys(table)) {
      expect(text).toContain(`\n\\fB${escaped(`--${name}`)}\\fR`);
    }
  }
});

test('every property stands in the page of the commands', () => {
  for (const menu of consoleMenus) {
    const [, rest = ''] = pages['ipsecctl(8)'].split(`.SS "/ip ipsec ${escaped(menu.name)}"\n`);
    const part = rest.split('\n.SS ')[0] ?? '';
    for (const [name, { hidden, help }] of Object.entries(menu.properties)) {
      if (hidden) continue;
      expect(part).toContain(`.TP\n\\fB${escaped(name)}\\fR\n${escaped(help)}`);
    }
  }
});

describe('escaped text', () => {
  test('is no macro, and keeps its backslashes and hyphens', () => {
    expect(escaped('.SH')).toBe('\\&.SH');
    expect(escaped("'quoted'")).toBe("\\&'quoted'");
    expect(escaped('a\\b-c ~')).toBe('a\\eb\\-c \\(ti');
  });
});
