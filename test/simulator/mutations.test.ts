/** What `mutations.ts` promises, at the cost of reading it: a bug that cannot be put in is none that is seen. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { mutations } from './mutations.js';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const readCore = (file: string) => readFileSync(join(root, 'lib/core', file), 'utf8');

test.each(mutations.map((mutation) => [mutation.name, mutation] as const))(
  '%s: what it changes is there, once',
  (_, { patches }) => {
    expect(patches.length).toBeGreaterThan(0);
    const sources = new Map<string, string>();
    for (const { file, search, replace } of patches) {
      const source = sources.get(file) ?? readCore(file);
      expect({ search, places: source.split(search).length - 1 }).toEqual({ search, places: 1 });
      sources.set(
        file,
        source.replace(search, () => replace),
      );
    }
    for (const [file, source] of sources) expect(source).not.toBe(readCore(file));
  },
);

test('every checker of what happens is proved by a mutation, and every name is one', () => {
  const checkers = readdirSync(join(root, 'test/simulator/checkers'))
    .map((name) => name.replace(/\.ts$/, ''))
    .filter((name) => name !== 'index' && name !== 'replaced');
  expect([...new Set(mutations.map(({ checker }) => checker))].sort()).toEqual(checkers.sort());
  expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length);
});
