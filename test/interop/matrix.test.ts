import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '../lab/repository.js';
import { cells } from './matrix/cells.js';
import { checksPerCell, type Held, interopDocument, takesPart } from './matrix/document.js';
import { runMatrix } from './matrix/run.js';

const held: { -readonly [P in keyof Held]?: Held[P] } = {};

test.each(['ours', 'strongSwan'] as const)(
  'every cell of the matrix makes a tunnel, whichever side begins: %s',
  async (peer) => {
    held[peer] = await runMatrix(peer);
    const wanted = cells.filter((cell) => takesPart(peer, cell)).length * checksPerCell;
    expect(held[peer].size).toBe(wanted);
  },
  700_000,
);

test('docs/interop.md is what was seen (npm run interop writes it)', () => {
  const { ours = new Set<string>(), strongSwan = new Set<string>() } = held;
  const file = join(repositoryRoot, 'docs', 'interop.md');
  expect(readFileSync(file, 'utf8')).toBe(interopDocument({ ours, strongSwan }));
});
