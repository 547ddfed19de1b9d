import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { askHolder, listenOn } from '../../../lib/host/unix-socket.js';

let directory: string;
let path: string;
let server: Server | undefined;
let child: ChildProcess | undefined;
let sockets: Socket[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ipsec-unix-'));
  path = join(directory, 'sock');
  server = undefined;
  child = undefined;
  sockets = [];
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server?.close();
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(directory, { recursive: true });
});

async function serve(onConnection: (socket: Socket) => void): Promise<void> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await listenOn(server, path, 0o600);
}

describe('the holder of a socket', () => {
  test('is dead when nobody listens or nothing is there', async () => {
    expect(await askHolder(path)).toEqual({ kind: 'dead' });
    const script = `require('net').createServer().listen(${JSON.stringify(path)},
      () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    expect(await askHolder(path)).toEqual({ kind: 'dead' });
  });

  test('is alive with the first line it answers to the request', async () => {
    await serve((socket) => socket.on('data', (text) => socket.write(`you said ${text}more\n`)));
    expect(await askHolder(path, 'ping\n')).toEqual({ kind: 'alive', answer: 'you said ping' });
  });

  test('is alive when it hangs up or is too busy to answer', async () => {
    await serve((socket) => {
      if (sockets.length === 1) socket.end();
    });
    expect(await askHolder(path)).toEqual({ kind: 'alive', answer: '' });
    expect(await askHolder(path)).toEqual({ kind: 'alive', answer: '' });
  });

  test('is not known when the path cannot be followed', async () => {
    symlinkSync(path, path);
    expect(await askHolder(path)).toEqual({ kind: 'unknown', code: 'ELOOP' });
  });

  test('is not taken for dead when it stands still and its queue is full', async () => {
    const script = `const server = require('net').createServer();
      server.listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => process.stdout.write('x', () =>
        process.kill(process.pid, 'SIGSTOP')))`;
    child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (child.stdout === null) throw new Error('no standard output');
    await once(child.stdout, 'data');
    const full = new Promise((resolve) => {
      for (let count = 0; count < 8; count += 1) {
        sockets.push(createConnection(path).on('error', resolve));
      }
    });
    expect(await full).toMatchObject({ code: 'EAGAIN' });
    expect(await askHolder(path)).toEqual({ kind: 'unknown', code: 'EAGAIN' });
  });
});
