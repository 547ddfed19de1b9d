/** The files of the console: what is read, and what a person is told when there is nothing to read (C-45). */
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ConsoleFiles } from '../../../lib/host/console-files.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'console-files-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

test('C-45 what was written is read', () => {
  const files = new ConsoleFiles(directory);
  expect(files.write('a.rsc', ':put x').ok).toBe(true);
  expect(files.read('a.rsc')).toEqual({ ok: true, value: ':put x' });
});

test('C-45 of a file that is not there it says so, and where files are', () => {
  expect(new ConsoleFiles(directory).read('full.rsc')).toEqual({
    ok: false,
    error: {
      text: 'there is no file full.rsc',
      hint: `files to import are in ${directory}/files: put it there`,
    },
  });
});

test('C-45 a path is no name', () => {
  const read = new ConsoleFiles(directory).read('../configuration.json');
  expect(read).toMatchObject({
    ok: false,
    error: { text: expect.stringContaining('no file name') },
  });
});

/** Where the files are; what stands there is the tests' own doing. */
function inFolder(name: string): string {
  mkdirSync(join(directory, 'files'), { recursive: true });
  return join(directory, 'files', name);
}

function refusalOf(name: string): string {
  const read = new ConsoleFiles(directory).read(name);
  return read.ok ? `read: ${read.value}` : read.error.text;
}

test('C-45 bytes that are not UTF-8 are read and written as they are', () => {
  const files = new ConsoleFiles(directory);
  const bytes = Buffer.from('a\u00e4\ufeff', 'utf8');
  const latin = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf, 0xe4, 0xff, 0x80]), bytes]);
  writeFileSync(inFolder('latin.rsc'), latin);
  const read = files.read('latin.rsc');
  expect(read).toEqual({ ok: true, value: '\ufeff\udce4\udcff\udc80a\u00e4\ufeff' });
  expect(files.write('copy.rsc', read.ok ? read.value : '').ok).toBe(true);
  expect(readFileSync(inFolder('copy.rsc')).equals(latin)).toBe(true);
});

test('C-45 a link is not followed, wherever it leads', () => {
  writeFileSync(join(directory, 'elsewhere'), ':put secret');
  symlinkSync(join(directory, 'elsewhere'), inFolder('link.rsc'));
  symlinkSync(join(directory, 'nowhere'), inFolder('dangling.rsc'));
  expect(refusalOf('link.rsc')).toMatch(/^cannot read .*link\.rsc: it is a link/);
  expect(refusalOf('dangling.rsc')).toMatch(/^cannot read .*dangling\.rsc: it is a link/);
});

test('C-45 what is no regular file is not waited for', () => {
  mkdirSync(inFolder('folder.rsc'));
  spawnSync('mkfifo', [inFolder('pipe.rsc')]);
  expect(refusalOf('folder.rsc')).toMatch(/: it is no regular file$/);
  expect(refusalOf('pipe.rsc')).toMatch(/: it is no regular file$/);
});

test('C-45 a file larger than any of ours is not read', () => {
  writeFileSync(inFolder('large.rsc'), '');
  truncateSync(inFolder('large.rsc'), 64 * 1024 * 1024 + 1);
  expect(refusalOf('large.rsc')).toMatch(/: it is larger than 64 MiB/);
});

test('C-44 a file that cannot take its place leaves no copy behind', () => {
  mkdirSync(inFolder('taken.rsc'));
  const written = new ConsoleFiles(directory).write('taken.rsc', 'secret');
  expect(written).toMatchObject({ ok: false, error: expect.stringContaining('taken.rsc') });
  expect(() => readFileSync(inFolder('taken.rsc.tmp'))).toThrow('ENOENT');
});

test('C-63 a long name is not shown in full', () => {
  expect(refusalOf('x'.repeat(10_000)).length).toBeLessThan(500);
});
