/** Holds docs/semantics.md to the tests: every rule about packets once, with the test there is for it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot } from './lab/repository.js';

/** The rules of the specification about packets and counters. */
const rules = [
  ...numbers(1, 8),
  ...numbers(10, 17),
  ...numbers(20, 28),
  ...numbers(30, 36),
  ...numbers(40, 46),
  ...numbers(70, 79),
];

interface Row {
  readonly rule: string;
  readonly words: string;
  readonly linux: string;
  /** Test files that hold it as well, below test/kernel and without their ending. */
  readonly also: readonly string[];
}

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const document = read('docs/semantics.md');

const rows = [...document.matchAll(/^\| (R-\d\d) \| (.*?) \| (.*?) \|(.*?)\|$/gm)].map(
  ([, rule = '', words = '', linux = '', also = '']): Row => ({
    rule,
    words,
    linux,
    also: [...also.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  }),
);

/** The titles of the tests that try a rule each. */
const titles = [
  ...read('test/kernel/semantics.test.ts').matchAll(/^ {2}(['"])(R-\d\d .*)\1,$/gm),
].map(([, , title = '']) => title);

function numbers(first: number, last: number): readonly string[] {
  return Array.from(
    { length: last - first + 1 },
    (_, index) => `R-${String(first + index).padStart(2, '0')}`,
  );
}

describe('docs/semantics.md', () => {
  test('has every rule once, in order', () => {
    expect(rows.map(({ rule }) => rule)).toEqual(rules);
  });

  test('says what the test of each rule says', () => {
    const tried = rows.filter(({ rule }) => titles.some((title) => title.startsWith(`${rule} `)));
    expect(tried.map(({ rule, words }) => `${rule} ${words}`)).toEqual(titles);
    expect(titles.length).toBeGreaterThan(30);
  });

  test('names for every other rule a test that has it in its title', () => {
    const others = rows.filter(({ rule }) => !titles.some((title) => title.startsWith(`${rule} `)));
    const untried = others.filter(
      ({ rule, also }) => !also.some((name) => read(`test/kernel/${name}.test.ts`).includes(rule)),
    );
    expect(others.length).toBeGreaterThan(5);
    expect(untried).toEqual([]);
  });

  test('says of each rule whether Linux does it, and how or why not', () => {
    const wrong = rows.filter(
      ({ linux }) =>
        linux !== 'native' && !/^(?:native, but|done otherwise|not possible): \S/.test(linux),
    );
    expect(wrong).toEqual([]);
  });

  test('names other tests that there are', () => {
    const names = rows.flatMap(({ also }) => also);
    expect(names.length).toBeGreaterThan(5);
    const missing = names.filter(
      (name) => !existsSync(join(repositoryRoot, 'test', 'kernel', `${name}.test.ts`)),
    );
    expect(missing).toEqual([]);
  });
});
