import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { makeDirectory } from '../../../lib/host/make-directory.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'make-directory-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

test('makes what is missing on the way, and gives the last one its mode', () => {
  const path = join(folder, 'a', 'b', 'c');
  expect(makeDirectory(path, 0o700)).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(makeDirectory(path, 0o700)).toBe(false);
});

test('says so where a file stands in the way, and in /proc, where nothing can be made', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => makeDirectory(join(folder, 'file', 'x'), 0o700)).toThrow(/ENOTDIR|EEXIST/);
  expect(() => makeDirectory('/proc/x/y', 0o700)).toThrow(/ENOENT/);
});
