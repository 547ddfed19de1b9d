/** Holds docs/hostile-inputs.md to the tests: every class once, and every test it names there is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot } from './lab/repository.js';

const classes = 48;
/** What is not spoken here: signatures of two kinds, and XAUTH with certificates. No datagram reaches such code. */
const untested = [28, 29, 31];

interface ClassEntry {
  readonly number: number;
  readonly words: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

function readDocument(): ClassEntry[] {
  const text = readFileSync(join(repositoryRoot, 'docs/hostile-inputs.md'), 'utf8');
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      number: Number(/^(\d+)\. /.exec(section)?.[1]),
      words: section.replace(/^- `.*$/gm, '').trim(),
      tests: [...section.matchAll(/^- `([^`]+)`: (.+)$/gm)].map(([, file = '', title = '']) => ({
        file,
        title,
      })),
    }));
}

/** Texts in quotes that begin as the title of such a test does. */
function titlesIn(file: string): Set<string> {
  const source = readFileSync(join(repositoryRoot, file), 'utf8');
  return new Set([...source.matchAll(/'(hostile \d[^'\n]*)'/g)].map(([, title = '']) => title));
}

function numbersOf(title: string): number[] {
  const list = /^hostile ([\d, ]+):/.exec(title)?.[1] ?? '';
  return list.split(',').map(Number);
}

/** Every test file of the project. */
function testFiles(folder = 'test'): string[] {
  return readdirSync(join(repositoryRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return testFiles(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

const entries = readDocument();

describe('docs/hostile-inputs.md', () => {
  test('has every class once, in order', () => {
    expect(entries.map(({ number }) => number)).toEqual(
      Array.from({ length: classes }, (_, index) => index + 1),
    );
  });

  test.each(entries.map((entry) => [entry.number, entry] as const))(
    'names tests of class %i that there are',
    (number, { tests, words }) => {
      for (const { file, title } of tests) {
        expect(titlesIn(file)).toContain(title);
        expect(numbersOf(title)).toContain(number);
      }
      expect(tests.length === 0).toBe(untested.includes(number));
      if (untested.includes(number)) expect(words).toContain('Does not apply: ');
    },
  );

  test('knows no class that it does not list, and lists each class that a test names', () => {
    const listed = new Set(entries.map(({ number }) => number));
    const named = testFiles().flatMap((file) => [...titlesIn(file)].flatMap(numbersOf));
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter((number) => !listed.has(number))).toEqual([]);
  });
});
