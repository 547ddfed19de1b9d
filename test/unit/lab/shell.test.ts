/** A shell that stays answers for each program as if it had been started alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Shell } from '../../lab/guest/shell.js';

let folder: string;
let shell: Shell;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipsecctl-shell-'));
  shell = new Shell([], join(folder, 'shell'));
});

afterEach(() => {
  shell.stop();
  rmSync(folder, { recursive: true });
});

test('each program has its own output, input, environment and exit code', async () => {
  const words = ['printf', '%s|', 'a b', "it's", '$HOME', ''];
  expect(await shell.run(words)).toEqual({ exitCode: 0, stdout: "a b|it's|$HOME||", stderr: '' });
  expect(await shell.run(['cat'], { input: 'line\n' })).toMatchObject({ stdout: 'line\n' });
  expect(await shell.run(['cat'])).toMatchObject({ stdout: '' });
  const failing = await shell.run(['sh', '-c', 'echo "$WHY" >&2; exit 3'], { env: { WHY: 'no' } });
  expect(failing).toEqual({ exitCode: 3, stdout: '', stderr: 'no\n' });
});

test('programs asked for at once run one after the other', async () => {
  const results = await Promise.all([
    shell.run(['sh', '-c', 'sleep 0.1; echo first']),
    shell.run(['echo', 'second']),
  ]);
  expect(results.map(({ stdout }) => stdout)).toEqual(['first\n', 'second\n']);
});

test('a program that hangs is named', async () => {
  const hung = shell.run(['sleep', '60'], { timeoutSeconds: 0.2 });
  await expect(hung).rejects.toThrow('the end of: sleep 60');
});
