import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nearestName } from '../../../../lib/core/base/nearest.js';
import type { Config } from '../../../../lib/core/config/config.js';
import { itemsOf, tableMenus, tableNames } from '../../../../lib/core/config/config.js';
import { jsonValue } from '../../../../lib/core/config/json.js';
import { textOfJson } from '../../../../lib/core/config/json-text.js';
import { writableProperties } from '../../../../lib/core/config/menu.js';
import { formatContext, parseContext } from '../../../../lib/core/config/references.js';
import { anyConfig } from '../console/random-config.js';

describe('what programs give for a value', () => {
  test.each([
    [true, 'yes'],
    [false, 'no'],
    [1800, '1800'],
    [null, 'none'],
    [['ah', 'esp'], 'ah,esp'],
    [[], ''],
    ['as it is', 'as it is'],
  ])('%j is the text %j', (value, text) => {
    expect(textOfJson(value)).toBe(text);
  });

  test('stray bytes that together are characters become them', () => {
    expect(textOfJson('\udcc3\udca4\udcff')).toBe('ä\udcff');
  });

  test.each([
    [1.5],
    [Number.NaN],
    [1e21],
    [{}],
    [[null]],
    [[['a']]],
    [undefined],
    ['\ud800'],
    ['\udc00x'],
    [['\udd00']],
  ])('%j is no value of anything', (value) => {
    expect(textOfJson(value)).toBeUndefined();
  });

  test('is what they were given: every value of any configuration reads back as itself', () => {
    fc.assert(
      fc.property(anyConfig, (config: Config) => {
        const [format, parse] = [formatContext(config), parseContext(config)];
        for (const table of tableNames) {
          for (const item of itemsOf(config, table)) {
            for (const [name, { type }] of Object.entries(writableProperties(tableMenus[table]))) {
              const json = JSON.parse(JSON.stringify(jsonValue(type, item[name], format)));
              expect(type.parse(textOfJson(json) ?? '', parse)).toEqual({
                ...{ ok: true, value: item[name] },
              });
            }
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('the name that was meant', () => {
  test.each([
    ['src-adress', 'src-address'],
    ['dstaddress', 'dst-address'],
    ['comments', 'comment'],
    ['x'.repeat(100_000), 'comment'],
  ])('by %j', (name, meant) => {
    expect(nearestName(name, ['comment', 'src-address', 'dst-address'])).toBe(meant);
  });

  test('is none where there is nothing to mean', () => {
    expect(nearestName('x', [])).toBeUndefined();
  });
});
