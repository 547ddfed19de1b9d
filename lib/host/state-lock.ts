/**
 * Keeps two daemons from sharing a state directory. The lock is a listening unix socket: the kernel
 * drops it with its process, and unlike a process id it means the same in every namespace.
 */
import { readdirSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { IpsecError } from './errors.js';
import { stateDirectoryError } from './store.js';
import { listenOn, socketPathProblem } from './unix-socket.js';

export interface StateLock {
  release(): void;
}

const lockName = /^lock\.(\d+)$/;
const answerTimeoutMs = 1_000;

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
    for (const other of others) unlinkSync(join(directory, `lock.${other}`));
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
    const holder = await askHolder(join(directory, `lock.${number}`));
    if (holder !== 'dead') throw heldBy(directory, holder);
  }
}

function heldBy(directory: string, pid: string | undefined): IpsecError {
  const who = pid === undefined ? '' : ` (pid ${pid})`;
  return new IpsecError(
    'ERR_IPSEC_STATE',
    `another ipsecd is running${who} with the state directory ${directory}: stop it, or give this one its own --state-dir`,
  );
}

/** The process id the holder tells, undefined when it is too busy to answer. */
function askHolder(path: string): Promise<string | undefined | 'dead'> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let answer = '';
    socket.setTimeout(answerTimeoutMs, () => socket.destroy());
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('error', () => resolve('dead'));
    socket.on('close', () => resolve(/^\d+/.exec(answer)?.[0]));
  });
}

function close(server: Server): void {
  if (server.listening) server.close();
}
