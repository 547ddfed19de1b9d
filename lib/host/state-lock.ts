/**
 * Keeps two daemons from sharing a state directory. The lock is a listening unix socket: the kernel
 * drops it with its process, and unlike a process id it means the same in every namespace.
 */
import { readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { IpsecError } from './errors.js';
import { stateDirectoryError } from './state-directory.js';
import { askHolder, listenOn, socketPathProblem } from './unix-socket.js';

export interface StateLock {
  release(): void;
}

const lockName = /^lock\.(\d+)$/;

/**
 * Takes the lock of the directory or throws a `IpsecError` that names its holder. A socket file
 * outlives a killed daemon, and two starting daemons may both find it dead: whoever takes over makes
 * the file of the next number, which only one can, and then looks once more.
 */
export async function lockStateDirectory(directory: string): Promise<StateLock> {
  const found = locksIn(directory);
  await refuseWhenHeld(directory, found);
  const number = Math.max(0, ...found) + 1;
  const path = join(directory, `lock.${number}`);
  const problem = socketPathProblem(path);
  if (problem !== undefined)
    throw new IpsecError('ERR_IPSEC_STATE', `${problem}; choose a shorter --state-dir`);

  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(`${process.pid}\n`);
  });
  const lock = { release: () => close(server) };
  try {
    await listenOn(server, path, 0o600);
    const others = locksIn(directory).filter((other) => other !== number);
    if (others.some((other) => other > number)) throw heldBy(directory, undefined);
    await refuseWhenHeld(directory, others);
    for (const other of others) rmSync(join(directory, `lock.${other}`), { force: true });
  } catch (cause) {
    lock.release();
    if (cause instanceof IpsecError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') throw heldBy(directory, undefined);
    throw stateDirectoryError(directory, cause);
  }
  // The lock alone is no reason for the process to live on.
  server.unref();
  return lock;
}

function locksIn(directory: string): readonly number[] {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    throw stateDirectoryError(directory, cause);
  }
  return names.flatMap((name) => {
    const match = lockName.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

async function refuseWhenHeld(directory: string, locks: readonly number[]): Promise<void> {
  for (const number of locks) {
    const path = join(directory, `lock.${number}`);
    const holder = await askHolder(path);
    if (holder.kind === 'alive') throw heldBy(directory, /^\d+/.exec(holder.answer)?.[0]);
    if (holder.kind === 'unknown') throw perhapsHeld(directory, path, holder.code);
  }
}

function heldBy(directory: string, pid: string | undefined): IpsecError {
  const who = pid === undefined ? '' : ` (pid ${pid})`;
  return new IpsecError(
    'ERR_IPSEC_STATE',
    `another ipsecd is running${who} with the state directory ${directory}: stop it, or give this one its own --state-dir`,
  );
}

function perhapsHeld(directory: string, path: string, code: string): IpsecError {
  return new IpsecError(
    'ERR_IPSEC_STATE',
    `cannot tell whether another ipsecd uses the state directory ${directory}: its lock ${path} cannot be asked (${code}); stop the other one, or, when none runs, remove that file`,
  );
}

function close(server: Server): void {
  if (server.listening) server.close();
}
