import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lockStateDirectory, type StateLock } from '../../../lib/host/state-lock.js';

let directory: string;
let held: StateLock[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ipsec-lock-'));
  held = [];
});

afterEach(() => {
  for (const lock of held) lock.release();
  rmSync(directory, { recursive: true });
});

async function lock(): Promise<StateLock> {
  const taken = await lockStateDirectory(directory);
  held.push(taken);
  return taken;
}

/** Leaves the socket file of a process that was killed while it listened. */
function leaveStale(name: string): void {
  const script = `require('net').createServer().listen(${JSON.stringify(join(directory, name))},
    () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  expect(existsSync(join(directory, name))).toBe(true);
}

test('a held lock is refused with the holder and the directory named', async () => {
  await lock();
  await expect(lock()).rejects.toMatchObject({
    code: 'ERR_IPSEC_STATE',
    message: expect.stringContaining(`another ipsecd is running (pid ${process.pid})`),
  });
  await expect(lock()).rejects.toThrow(directory);
});

test('a released lock leaves nothing and can be taken again', async () => {
  const first = await lock();
  first.release();
  expect(readdirSync(directory)).toEqual([]);
  await lock();
});

test('the locks of killed daemons do not block, and are cleared away', async () => {
  leaveStale('lock.1');
  leaveStale('lock.7');
  await lock();
  expect(readdirSync(directory)).toEqual(['lock.8']);
  await expect(lock()).rejects.toThrow('another ipsecd is running');
});

test('a lock whose holder cannot be asked is not taken for dead, and stays', async () => {
  const path = join(directory, 'lock.1');
  symlinkSync(path, path);
  await expect(lock()).rejects.toMatchObject({
    code: 'ERR_IPSEC_STATE',
    message: expect.stringMatching(new RegExp(`cannot tell .*${path} .*ELOOP.*remove that file`)),
  });
  expect(readdirSync(directory)).toEqual(['lock.1']);
});

test('of two that find the same dead lock at most one takes it', async () => {
  for (let round = 0; round < 10; round += 1) {
    leaveStale('lock.1');
    const attempts = await Promise.allSettled([lock(), lock(), lock()]);
    expect(attempts.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
    for (const taken of held.splice(0)) taken.release();
    rmSync(join(directory, 'lock.1'), { force: true });
    expect(readdirSync(directory)).toEqual([]);
  }
});

test('a directory whose name is too long for a socket is refused before Node cuts it', async () => {
  const long = join(directory, 'x'.repeat(100));
  mkdirSync(long);
  await expect(lockStateDirectory(long)).rejects.toThrow(/107.*--state-dir/);
});

test('a directory that cannot be read is refused with its name and the remedy', async () => {
  const missing = join(directory, 'missing');
  await expect(lockStateDirectory(missing)).rejects.toMatchObject({
    code: 'ERR_IPSEC_STATE',
    message: expect.stringMatching(new RegExp(`${missing}.*--state-dir`)),
  });
});
