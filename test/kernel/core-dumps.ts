/**
 * Starts a process that may leave no core dump, and prints whether its memory could be read from here
 * before and after, as JSON. Run as root without CAP_SYS_PTRACE, for which there are no secrets.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { addon } from '../../lib/host/addon.js';

function isReadable(pid: number | undefined): boolean {
  try {
    closeSync(openSync(`/proc/${pid}/mem`, 'r'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw error;
  }
}

if (process.argv[2] === 'child') {
  process.stdin.once('data', () => {
    addon().disableCoreDumps();
    process.stdout.write('disabled');
  });
  process.stdout.write('started');
} else {
  const argv = [fileURLToPath(import.meta.url), 'child'];
  const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = async () => String((await once(child.stdout, 'data'))[0]);
  const states: unknown[] = [];
  for (const state of ['started', 'disabled']) {
    states.push([await said(), isReadable(child.pid)]);
    if (state === 'started') child.stdin.write('go on');
  }
  child.stdin.end();
  const [code] = await once(child, 'exit');
  console.log(JSON.stringify([...states, code]));
}
