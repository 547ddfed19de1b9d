/** `docs/menus.md` names everything the menus declare, in Markdown that renders. */
import { describe, expect, test } from '@jest/globals';
import type { AnyMenu } from '../../../../lib/core/config/menu.js';
import { commandsAt } from '../../../../lib/core/console/commands/catalogue.js';
import { consoleMenus } from '../../../../lib/core/console/menu-tree.js';
import { menusDocument } from '../../../../lib/core/docs/menus-document.js';

const text = menusDocument();

/** The text between the menu's heading and the next. */
function sectionOf({ name }: AnyMenu): string {
  const [, rest = ''] = text.split(`\n## /ip ipsec ${name}\n`);
  return rest.split('\n## ')[0] ?? '';
}

describe.each(consoleMenus.map((menu) => [menu.name, menu] as const))('%s', (_name, menu) => {
  const section = sectionOf(menu);
  const row = (name: string) =>
    section.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));

  test('tells the meaning of every property, statistic and argument', () => {
    const shown = Object.entries(menu.properties).filter(([, { hidden }]) => hidden !== true);
    const statistics = Object.entries(menu.statistics ?? {});
    for (const [name, { help }] of [...shown, ...statistics]) expect(row(name)).toContain(help);
    for (const name of Object.keys(menu.legacyArguments ?? {})) expect(row(name)).toBeDefined();
    for (const name of Object.keys(menu.laterArguments ?? {})) expect(row(name)).toBeDefined();
  });

  test('marks secrets, and what must be given', () => {
    for (const [name, property] of Object.entries(menu.properties)) {
      if (property.hidden) continue;
      expect(/\bSecret\. \|$/.test(row(name) ?? '')).toBe(property.type.secret === true);
      const hasDefault = property.default !== undefined || property.nextDefault !== undefined;
      const isRequired = menu.live === undefined && !hasDefault;
      expect(row(name)?.includes('| *required* |')).toBe(isRequired);
    }
  });

  test('names its commands', () => {
    const node = { name: menu.name, help: menu.help, children: [], menu };
    const names = commandsAt(node).map(({ name }) => `\`${name}\``);
    expect(section).toContain(`Commands: ${names.join(', ')}.`);
    for (const { name } of commandsAt(node)) expect(text).toContain(`\n### ${name}\n`);
  });
});

describe('the Markdown', () => {
  const lines = text.split('\n');

  test('has as many cells in every row as in the header above it', () => {
    let width = 0;
    for (const [index, line] of lines.entries()) {
      if (!line.startsWith('|')) continue;
      const cells = line.split(/(?<!\\)\|/).length;
      if (!lines[index - 1]?.startsWith('|')) width = cells;
      expect(cells).toBe(width);
    }
    expect(width).toBeGreaterThan(0);
  });

  test('links to headings that exist', () => {
    const headings = lines.filter((line) => line.startsWith('## ')).map((line) => line.slice(3));
    const anchors = headings.map((heading) =>
      heading.replace('/', '').replaceAll(' ', '-').toLowerCase(),
    );
    const links = Array.from(text.matchAll(/\]\(#([^)]*)\)/g), ([, target]) => target);
    expect(links).toHaveLength(headings.length);
    for (const link of links) expect(anchors).toContain(link);
  });
});
