import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Activity, RuntimeState } from '../../../lib/host/runtime-state.js';

let directory: string;
let activity: Activity;
let failures: unknown[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ipsec-kernel-'));
  activity = { policies: [], remotes: [] };
  failures = [];
});

afterEach(() => {
  jest.useRealTimers();
  rmSync(directory, { recursive: true, force: true });
});

function open(kernel = 'boot-1'): RuntimeState {
  return new RuntimeState({
    directory,
    kernel,
    activity: () => activity,
    onWriteError: (error) => failures.push(error),
  });
}

const written = () => JSON.parse(readFileSync(join(directory, 'kernel.json'), 'utf8'));

describe('what a killed daemon left', () => {
  test('is known to the next one', () => {
    activity = { policies: [4], remotes: ['10.0.0.2'] };
    open().recordPolicies(['out a -> b', 'in b -> a']);
    expect(open().leftovers).toEqual({
      unclean: true,
      unmarkedPolicies: new Set(['out a -> b', 'in b -> a']),
      policies: [4],
      remotes: ['10.0.0.2'],
    });
  });

  test('is nothing after a clean stop, and nothing before the first start', () => {
    const nothing = { unclean: false, unmarkedPolicies: new Set(), policies: [], remotes: [] };
    expect(open().leftovers).toEqual(nothing);
    const state = open();
    state.recordPolicies(['out a -> b']);
    state.clear();
    expect(open().leftovers).toEqual(nothing);
  });

  test('has no policies in the kernel after a restart of the machine, but peers that remember', () => {
    activity = { policies: [4], remotes: ['10.0.0.2'] };
    open('boot-1').recordPolicies(['out a -> b']);
    expect(open('boot-2').leftovers).toEqual({
      unclean: true,
      unmarkedPolicies: new Set(),
      policies: [4],
      remotes: ['10.0.0.2'],
    });
  });

  test.each(['', '{', '[]', 'null', '{"version":2}', '{"version":1,"kernel":"boot-1"}'])(
    'cannot be told from a damaged file, and then nothing is taken for ours: %s',
    (text) => {
      writeFileSync(join(directory, 'kernel.json'), text);
      expect(open().leftovers).toEqual({
        unclean: true,
        unmarkedPolicies: new Set(),
        policies: [],
        remotes: [],
      });
    },
  );
});

describe('the record', () => {
  test('of policies is on disk when recordPolicies returns', () => {
    const state = open();
    state.recordPolicies(['one']);
    expect(written().unmarkedPolicies).toEqual(['one']);
    state.recordPolicies([]);
    expect(written().unmarkedPolicies).toEqual([]);
  });

  test('of inherited policies stays until the first own record', () => {
    open().recordPolicies(['one']);
    open().touch();
    expect(written().unmarkedPolicies).toEqual(['one']);
  });

  test('of activity is written at once when it was quiet, then once a second at most', () => {
    jest.useFakeTimers();
    const state = open();
    activity = { policies: [1], remotes: [] };
    state.touch();
    expect(written().policies).toEqual([1]);
    for (const id of [2, 3, 4]) {
      activity = { policies: [id], remotes: [] };
      state.touch();
    }
    expect(written().policies).toEqual([1]);
    jest.advanceTimersByTime(1_000);
    expect(written().policies).toEqual([4]);
  });

  test('is not written again after a clean stop', () => {
    jest.useFakeTimers();
    const state = open();
    state.touch();
    state.touch();
    state.clear();
    jest.advanceTimersByTime(5_000);
    expect(existsSync(join(directory, 'kernel.json'))).toBe(false);
  });

  test('that cannot be written stops a policy, and is only told for activity', () => {
    const state = open();
    rmSync(directory, { recursive: true });
    expect(() => state.recordPolicies(['one'])).toThrow(
      expect.objectContaining({
        code: 'ERR_IPSEC_STATE',
        message: expect.stringContaining('kernel.json'),
      }),
    );
    state.touch();
    expect(failures).toHaveLength(1);
  });
});
