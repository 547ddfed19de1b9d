import { describe, expect, test } from '@jest/globals';
import { givesSecret } from '../../../../cli/shell/secrets.js';
import { matchName } from '../../../../lib/core/config/abbreviation.js';
import { writableProperties } from '../../../../lib/core/config/menu.js';
import { consoleMenus } from '../../../../lib/core/console/menu-tree.js';

/** Every way to write each secret property of each menu. */
const spellings = consoleMenus.flatMap((menu) => {
  const properties = Object.entries(writableProperties(menu));
  const names = properties.map(([name]) => ({ name, value: name }));
  return properties
    .filter(([, { type }]) => type.secret === true)
    .flatMap(([name]) =>
      Array.from(name, (_, index) => name.slice(0, index + 1)).filter((prefix) => {
        const match = matchName(prefix, names);
        return match.kind === 'found' && match.value === name;
      }),
    );
});

describe('a line that gives a secret', () => {
  test.each([
    ':local pw hush',
    '/ip ipsec peer print; :local pw "a b"',
    'add ident-string=dd secert=hush',
    'set sa1 esp-enc-kye=00',
  ])('is one that may: %s', (line) => {
    expect(givesSecret(line)).toBe(true);
  });

  test('A-01 is known by every spelling that the language takes', () => {
    expect(spellings).toContain('sec');
    expect(spellings).toContain('esp-auth-k');
    for (const spelling of spellings)
      expect([spelling, givesSecret(`add ${spelling}=x`)]).toEqual([spelling, true]);
  });

  test.each([
    '/ip ipsec pre-shared-secret add address=10.0.0.1 secret="a b"',
    'set [find secret~"hush"] disabled=yes',
    'add secret = mistyped',
    'find where secret!=x',
    'add address=10.0.0.1 \\\n\\...   secret=x',
    'print;add secret=x',
  ])('is known: %j', (text) => {
    expect(givesSecret(text)).toBe(true);
  });

  test.each([
    '/ip ipsec pre-shared-secret print',
    '/ip ipsec policy add sa-src-address=10.0.0.1 sa-dst-address=10.0.0.2 action=encrypt',
    '/ip ipsec peer set 0 hash-algorithm=md5 comment="x"',
    'edit 0 secret',
    'print where disabled=yes',
  ])('is not taken for one: %j', (text) => {
    expect(givesSecret(text)).toBe(false);
  });
});
