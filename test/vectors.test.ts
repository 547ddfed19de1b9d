/** docs/vectors.md says which test holds which data of others: no file forgotten, no test misnamed. */
import { readFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { listShared } from './support/shared.js';
import { readSources } from './tidy/source-text.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [used = '', unused = ''] = readFileSync(join(root, 'docs', 'vectors.md'), 'utf8').split(
  '\nNot used:\n',
);

/** The words in backquotes of each cell of a table's rows. */
function rowsOf(text: string): readonly (readonly (readonly string[])[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)),
    );
}

const held = rowsOf(used).map(([data = [], , tests = []]) => ({ data: data[0] ?? '', tests }));
const left = rowsOf(unused).map(([data = []]) => data[0] ?? '');

/** Every file, relative to the folder of vectors; its own description is none of them. */
const files = listShared('vectors').flatMap((name) => {
  if (name === 'README.md') return [];
  return extname(name) === ''
    ? listShared('vectors', name).map((file) => `${name}/${file}`)
    : [name];
});

/** Test files that open something below `vectors`. */
const readers = readSources(root, 'test')
  .filter(({ path }) => path.endsWith('.test.ts') && path !== 'test/vectors.test.ts')
  .map(({ path }) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
  .filter(({ text }) => /\w+Shared\w*\(\s*'vectors'/.test(text));

const covers = (row: string, file: string) =>
  row.endsWith('/') ? file.startsWith(row) : row === file;

describe('docs/vectors.md', () => {
  test('has every file, as one that a test holds or as one that is not used', () => {
    const isListed = (file: string) =>
      left.includes(file) || held.some(({ data }) => covers(data, file));
    expect(files.length).toBeGreaterThan(40);
    expect(files.filter((file) => !isListed(file))).toEqual([]);
  });

  test('names nothing that is not there, and nothing as unused that a test is named for', () => {
    const rows = [...left, ...held.map(({ data }) => data)];
    expect(rows.filter((row) => !files.some((file) => covers(row, file)))).toEqual([]);
    const named = held.filter(({ data }) => left.includes(data));
    expect(named).toEqual([]);
  });

  test.each(held.flatMap(({ data, tests }) => tests.map((path) => [data, path] as const)))(
    '%s: %s reads it',
    (data, path) => {
      const reader = readers.find((one) => one.path === path);
      // A folder by its name, a file by its name with or without what it ends in.
      const word = data.endsWith('/') ? data.slice(0, -1) : basename(data, '.json');
      expect(reader?.text).toContain(`'${word}`);
    },
  );

  test('names every test that reads such data', () => {
    const named = new Set(held.flatMap(({ tests }) => tests));
    expect(readers.map(({ path }) => path).filter((path) => !named.has(path))).toEqual([]);
    expect(held.filter(({ tests }) => tests.length === 0)).toEqual([]);
  });
});
