import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '../lab/repository.js';
import { cells } from './matrix/cells.js';
import { checksPerCell, type Held, interopDocument } from './matrix/document.js';
import { peerNames, peers } from './matrix/peers.js';
import { runMatrix } from './matrix/run.js';

const held: { -readonly [P in keyof Held]?: Held[P] } = {};

test.each(peerNames)(
  'every cell of the matrix makes a tunnel, whichever side begins: %s',
  async (peer) => {
    held[peer] = await runMatrix(peer);
    const wanted = cells.filter((cell) => peers[peer].speaks(cell)).length * checksPerCell;
    expect(held[peer].size).toBe(wanted);
  },
  900_000,
);

test('docs/interop.md is what was seen (npm run interop writes it)', () => {
  const none = new Set<string>();
  const all: Held = { ours: none, strongSwan: none, Libreswan: none, ...held };
  const file = join(repositoryRoot, 'docs', 'interop.md');
  expect(readFileSync(file, 'utf8')).toBe(interopDocument(all));
});
