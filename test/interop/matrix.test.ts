import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { labTestMilliseconds } from '../lab/lab-test.js';
import { repositoryRoot } from '../lab/repository.js';
import { type Cell, cells } from './matrix/cells.js';
import { checksOf, type Held, interopDocument } from './matrix/document.js';
import { peerNames, peers } from './matrix/peers.js';
import { runMatrix } from './matrix/run.js';

/** `npm run interop` has each side begin every cell, which takes twice as long. */
const isWhole = false;

const held: { -readonly [P in keyof Held]?: Held[P] } = {};

test.each(peerNames)(
  'every cell of the matrix makes a tunnel, whichever side begins it: %s',
  async (peer) => {
    held[peer] = await runMatrix({ peer, isWhole });
    const checks = cells
      .filter((cell) => peers[peer].speaks(cell))
      .map((cell) => checksOf(cell, isWhole));
    expect(held[peer].size).toBe(checks.reduce((sum, count) => sum + count, 0));
  },
  labTestMilliseconds,
);

test('the cells that Libreswan speaks have every choice it knows', () => {
  const spoken = cells.filter((cell) => peers.Libreswan.speaks(cell));
  const choices = (...columns: (keyof Cell)[]) =>
    [...new Set(spoken.map((cell) => columns.map((column) => cell[column]).join(' ')))].sort();
  const groups = ['modp1536', 'modp2048', 'modp3072', 'modp4096', 'modp8192'];
  const ciphers = ['3des', 'aes-128', 'aes-192', 'aes-256'];
  expect(choices('exchange', 'encryption')).toEqual(
    ['aggressive', 'main'].flatMap((exchange) => ciphers.map((cipher) => `${exchange} ${cipher}`)),
  );
  expect(choices('hash')).toEqual(['md5', 'sha']);
  expect(choices('group')).toEqual(groups);
  expect(choices('pfs')).toEqual(['modp1536', 'modp2048', 'none']);
  const both = ['ah transport', 'ah tunnel', 'esp transport', 'esp tunnel'];
  expect(choices('protocols', 'mode')).toEqual(both);
  const esp = spoken.filter(({ protocols }) => protocols === 'esp');
  const suites = esp.map((cell) => `${cell.espEncryption}/${cell.integrity}`);
  expect(new Set(suites.map((suite) => suite.replace(/-\d+/, '')))).toEqual(
    new Set(['3des/md5', '3des/sha1', 'aes/md5', 'aes/sha1', 'null/md5', 'null/sha1']),
  );
  expect(new Set(esp.map((cell) => cell.espEncryption))).toEqual(new Set([...ciphers, 'null']));
  expect(choices('protocols', 'integrity')).toEqual(['ah md5', 'ah sha1', 'esp md5', 'esp sha1']);
});

test('docs/interop.md says what was seen (npm run interop writes it)', () => {
  const none = new Set<string>();
  const all: Held = { ours: none, strongSwan: none, Libreswan: none, ...held };
  const file = join(repositoryRoot, 'docs', 'interop.md');
  expect(readFileSync(file, 'utf8')).toBe(interopDocument(all, isWhole));
});
