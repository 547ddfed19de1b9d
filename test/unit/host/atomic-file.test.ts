/** A file that cannot be written leaves nothing behind: the copy may hold secrets, and fill the disk. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { writeAtomically } from '../../../lib/host/atomic-file.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'atomic-file-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

test('a disk that is full keeps the old file and no part of the new one', () => {
  const path = join(directory, 'full');
  writeFileSync(path, 'old');
  const tooMuch = {
    durable: true,
    beforeRename: () => {
      throw new Error('ENOSPC: no space left on device');
    },
  };
  expect(() => writeAtomically(path, 'secret', tooMuch)).toThrow('ENOSPC');
  expect(readdirSync(directory)).toEqual(['full']);
  expect(readFileSync(path, 'utf8')).toBe('old');
});

test('a place that is taken keeps what is there and no copy', () => {
  const path = join(directory, 'taken');
  mkdirSync(path);
  expect(() => writeAtomically(path, 'secret', { durable: false })).toThrow();
  expect(readdirSync(directory)).toEqual(['taken']);
});

test('what cannot be written leaves no empty file behind', () => {
  const path = join(directory, 'wide');
  const never = { length: -1 } as unknown as Uint8Array;
  expect(() => writeAtomically(path, never, { durable: false })).toThrow('must be of type');
  expect(readdirSync(directory)).toEqual([]);
});
