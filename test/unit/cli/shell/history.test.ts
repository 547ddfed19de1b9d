import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { History, historyLimit, historyPath } from '../../../../cli/shell/history.js';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ipsec-history-'));
  path = join(directory, 'ipsecctl', 'history');
});

afterEach(() => rmSync(directory, { recursive: true }));

describe('the history', () => {
  test('is there again in the next shell, the newest line first', () => {
    const first = new History(path);
    expect(first.earlier).toEqual([]);
    first.add('print');
    first.add('add address=10.0.0.1');
    first.add('  ');
    expect(new History(path).earlier).toEqual(['add address=10.0.0.1', 'print']);
  });

  test('is for its user alone, also where it was not before', () => {
    new History(path).add('print');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'ipsecctl')).mode & 0o777).toBe(0o700);
    chmodSync(path, 0o644);
    new History(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('has no command that gives a secret', () => {
    const history = new History(path);
    history.add('add address=10.0.0.1 secret=hush');
    history.add('print');
    expect(readFileSync(path, 'utf8')).toBe('print\n');
  });

  test('keeps the newest lines when there are too many, and leaves no other file', () => {
    const lines = Array.from({ length: historyLimit + 5 }, (_, index) => `print ${index}`);
    const history = new History(path);
    for (const line of lines) history.add(line);
    const { earlier } = new History(path);
    expect(earlier).toHaveLength(historyLimit);
    expect(earlier[0]).toBe(`print ${historyLimit + 4}`);
    expect(readFileSync(path, 'utf8')).toBe(`${lines.slice(5).join('\n')}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(directory, 'ipsecctl'))).toEqual(['history']);
  });

  test('says why it cannot be kept, and is empty', () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const history = new History(join(file, 'history'));
    history.add('print');
    expect(history.earlier).toEqual([]);
    expect(history.failure).toMatch(/ENOTDIR|EEXIST/);
  });

  test('lies where the user keeps the state of programs', () => {
    expect(historyPath({ XDG_STATE_HOME: '/var/state' })).toBe('/var/state/ipsecctl/history');
    expect(historyPath({ XDG_STATE_HOME: 'relative' })).toMatch(
      /^\/.*\/\.local\/state\/ipsecctl\/history$/,
    );
  });
});
