import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { makeStateDirectory } from '../../../lib/host/state-directory.js';

let parent: string;
let directory: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ipsec-directory-'));
  directory = join(parent, 'state');
});

afterEach(() => rmSync(parent, { recursive: true }));

describe('the state directory', () => {
  test('is made for its owner alone, and used when it is there', () => {
    makeStateDirectory(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    makeStateDirectory(directory);
    chmodSync(directory, 0o755);
    makeStateDirectory(directory);
  });

  test.each(['770', '702', '1777'])('is refused when others can write there: mode %s', (octal) => {
    mkdirSync(directory);
    chmodSync(directory, octal);
    expect(() => makeStateDirectory(directory)).toThrow(
      expect.objectContaining({
        code: 'ERR_IPSEC_STATE',
        message: expect.stringMatching(
          new RegExp(`${directory} .*mode ${octal}.*chmod go-w ${directory}.*--state-dir`),
        ),
      }),
    );
    expect((statSync(directory).mode & 0o7777).toString(8)).toBe(octal);
  });

  test('is refused when it belongs to another user than root and this one', () => {
    mkdirSync(directory, { mode: 0o700 });
    const restore = becomeAnother(directory);
    try {
      expect(() => makeStateDirectory(directory)).toThrow(
        expect.objectContaining({
          code: 'ERR_IPSEC_STATE',
          message: expect.stringMatching(/belongs to user \d+.*chown.*--state-dir/),
        }),
      );
    } finally {
      restore();
    }
  });
});

/** Makes the directory somebody else's: root gives it away, others only claim to be another user. */
function becomeAnother(path: string): () => void {
  const user = process.geteuid?.() ?? 0;
  if (user === 0) {
    chownSync(path, 12_345, 12_345);
    return () => {};
  }
  const real = process.geteuid;
  process.geteuid = () => user + 1;
  return () => {
    if (real !== undefined) process.geteuid = real;
  };
}
