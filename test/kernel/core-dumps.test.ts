/** A process that holds secrets leaves none of them behind when it crashes. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '../lab/repository.js';

test('disableCoreDumps makes a process undumpable: even its own user cannot read its memory', () => {
  const program = join(repositoryRoot, 'dist/test/kernel/core-dumps.js');
  if (!existsSync(program)) throw new Error(`${program} is missing: run node_modules/.bin/tsc -b`);
  const argv = ['--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace', process.execPath, program];
  const run = spawnSync('setpriv', argv, { encoding: 'utf8', timeout: 20_000 });
  if (run.error) throw new Error(`setpriv (Debian: util-linux) did not run: ${run.error.message}`);
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toEqual([['started', true], ['disabled', false], 0]);
}, 30_000);
