/** Changes settled as one: in the kernel, on the disk, or not at all. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Config } from '../../../lib/core/config/config.js';
import { addItem, emptyConfig } from '../../../lib/core/config/tables.js';
import { Configuration } from '../../../lib/host/configuration.js';

/** What the ports did, in order. */
let log: string[];
/** Comments of policies that the kernel refuses. */
let refused: ReadonlySet<string>;
let diskIsFull: boolean;
let inKernel: Config;
let onDisk: Config;
let configuration: Configuration;

beforeEach(() => {
  log = [];
  refused = new Set();
  diskIsFull = false;
  configuration = open();
});

function open(): Configuration {
  const config = emptyConfig();
  inKernel = config;
  onDisk = config;
  return new Configuration(config, {
    install: (next) => {
      log.push(`install ${names(next)}`);
      const culprit = next.tables.policy.find(({ comment }) => refused.has(comment));
      if (culprit !== undefined) return `the kernel refuses ${culprit.comment}`;
      inKernel = next;
      return undefined;
    },
    save: (next) => {
      if (diskIsFull) throw new Error('ENOSPC');
      log.push(`save ${names(next)}`);
      onDisk = next;
    },
    onSaved: (next) => log.push(`saved ${names(next)}`),
  });
}

function names({ tables }: Config): string {
  return tables.policy.map(({ comment }) => comment).join('');
}

function stage(...comments: readonly string[]): void {
  for (const comment of comments) {
    const added = addItem(configuration.current, 'policy', { comment, action: 'drop' });
    if (!added.ok) throw new Error(added.error.text);
    configuration.stage(added.value.config);
  }
}

test('staging asks nobody, and what follows builds on it', () => {
  stage('a');
  const point = configuration.point();
  stage('b');
  expect(log).toEqual([]);
  expect(names(configuration.current)).toBe('ab');
  expect(names(configuration.settled)).toBe('');
  configuration.unstage(point);
  expect(names(configuration.current)).toBe('a');
});

test('what was staged is installed, saved and told as one', () => {
  stage('a', 'b', 'c');
  expect(configuration.settle()).toEqual({ ok: true, value: undefined });
  expect(log).toEqual(['install abc', 'save abc', 'saved abc']);
  expect(names(configuration.settled)).toBe('abc');
  expect(configuration.settle().ok).toBe(true);
  expect(log).toHaveLength(3);
});

/** A change that is nothing to the kernel. */
function stagePeer(octet: number): void {
  const address = { address: `10.0.0.${octet}`, length: 32, port: 500 };
  const added = addItem(configuration.current, 'peer', { address });
  if (!added.ok) throw new Error(added.error.text);
  configuration.stage(added.value.config);
}

function peerCount({ tables }: Config): number {
  return tables.peer.length;
}

test('of changes that are nothing to the kernel each one can be taken back', () => {
  stagePeer(1);
  const point = configuration.point();
  stagePeer(2);
  stage('a');
  configuration.unstage(point);
  expect([peerCount(configuration.current), names(configuration.current)]).toEqual([1, '']);
  stagePeer(3);
  expect(configuration.settle().ok).toBe(true);
  expect(peerCount(onDisk)).toBe(2);
});

test('a change of a table that is nothing to the kernel does not ask it', () => {
  stagePeer(1);
  expect(configuration.settle().ok).toBe(true);
  expect(log).toEqual(['save ', 'saved ']);
});

describe('a kernel that refuses', () => {
  test('the change it refuses is named, and what is nothing to it counts as long as it came before', () => {
    refused = new Set(['b']);
    stagePeer(1);
    stagePeer(2);
    stage('a');
    stagePeer(3);
    stage('b');
    stagePeer(4);
    expect(configuration.settle()).toMatchObject({ error: { index: 4 } });
    expect([names(configuration.settled), peerCount(configuration.settled)]).toEqual(['a', 3]);
  });

  test('one of several changes: those before it count, it and those after it do not', () => {
    refused = new Set(['d']);
    stage(...'abcdefg');
    expect(configuration.settle()).toEqual({
      ok: false,
      error: { index: 3, words: 'the kernel refuses d' },
    });
    expect([inKernel, onDisk, configuration.current].map(names)).toEqual(['abc', 'abc', 'abc']);
    expect(log.slice(-2)).toEqual(['save abc', 'saved abc']);
  });

  test('the first change: nothing is saved', () => {
    refused = new Set(['a']);
    stage('a', 'b');
    expect(configuration.settle()).toMatchObject({ error: { index: 0 } });
    expect(log.at(-1)).toBe('install ');
    expect(log.some((line) => line.startsWith('save'))).toBe(false);
  });

  test('whatever it refuses, the first refused change is the one named', () => {
    const letters = [...'abcdefghijklmnopq'];
    fc.assert(
      fc.property(fc.subarray(letters, { minLength: 1 }), (culprits) => {
        configuration = open();
        refused = new Set(culprits);
        stage(...letters);
        const first = letters.indexOf(culprits[0] ?? '');
        expect(configuration.settle()).toMatchObject({ error: { index: first } });
        const kept = letters.slice(0, first).join('');
        expect([inKernel, onDisk, configuration.settled].map(names)).toEqual([kept, kept, kept]);
      }),
    );
  });
});

test('a disk that refuses takes all of it back, in the kernel too, and the first change is named', () => {
  stage('a');
  configuration.settle();
  diskIsFull = true;
  stage('b', 'c');
  expect(configuration.settle()).toMatchObject({
    error: { index: 0, words: expect.stringMatching(/cannot be saved \(ENOSPC\)/) },
  });
  expect([inKernel, onDisk, configuration.current].map(names)).toEqual(['a', 'a', 'a']);
});
