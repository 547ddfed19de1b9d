import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DaemonStatus } from '../../../lib/core/control/daemon-status.js';
import { controlLimits, controlVersion } from '../../../lib/core/control/messages.js';
import {
  type ControlServer,
  type ControlService,
  openControlServer,
} from '../../../lib/host/control-server.js';
import { IpsecError } from '../../../lib/host/errors.js';

const status = { pid: 4711, port: 500 } as DaemonStatus;

let directory: string;
let path: string;
let server: ControlServer | undefined;
let sockets: Socket[];
let sessions: number;
let faults: unknown[];
let statusFailure: IpsecError | undefined;

/** Echoes each text with the number of its session and of its call there. */
const service: ControlService = {
  openSession: () => {
    sessions += 1;
    const session = sessions;
    let calls = 0;
    return {
      execute: (text, { columns }) => {
        if (text === 'break') throw new Error('a bug');
        calls += 1;
        return { output: `session ${session} call ${calls} ${text} ${columns}`, path: [] };
      },
      complete: (line) => ({ from: line.length, candidates: [] }),
      help: (line) => line,
    };
  },
  status: () => {
    if (statusFailure !== undefined) throw statusFailure;
    return status;
  },
  onFatal: (error) => faults.push(error),
};

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ipsec-control-'));
  path = join(directory, 'run', 'ipsecd.sock');
  sockets = [];
  sessions = 0;
  faults = [];
  statusFailure = undefined;
  server = await openControlServer(path, service);
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server?.close();
  rmSync(directory, { recursive: true });
});

interface Peer {
  readonly socket: Socket;
  write(text: string): void;
  /** The next response line. */
  answer(): Promise<unknown>;
  readonly closed: Promise<unknown>;
}

async function open(): Promise<Peer> {
  const socket = createConnection(path);
  sockets.push(socket);
  await once(socket, 'connect');
  socket.on('error', () => {});
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return {
    socket,
    write: (text) => socket.write(text),
    answer: async () => JSON.parse((await lines.next()).value ?? 'null'),
    closed: once(socket, 'close'),
  };
}

function request(id: number, text: string, columns?: number): string {
  const message = { version: controlVersion, id, method: 'execute', text, columns };
  return `${JSON.stringify(message)}\n`;
}

function output(text: string) {
  return { ok: true, result: { output: text, path: [] } };
}

describe('the control socket', () => {
  test('can be used by owner and group alone, in a directory everyone can enter', () => {
    expect(statSync(path).mode & 0o777).toBe(0o660);
    expect(statSync(join(directory, 'run')).mode & 0o777).toBe(0o755);
  });

  test('gives each client its own session, which lasts as long as the connection', async () => {
    const [first, second] = [await open(), await open()];
    first.write(request(1, 'a', 100));
    expect(await first.answer()).toMatchObject(output('session 1 call 1 a 100'));
    second.write(request(1, 'b'));
    expect(await second.answer()).toMatchObject(output('session 2 call 1 b undefined'));
    first.write(request(2, 'c'));
    expect(await first.answer()).toEqual({ id: 2, ...output('session 1 call 2 c undefined') });
  });

  test('answers requests that come together in their order', async () => {
    const peer = await open();
    peer.write(request(5, 'a') + request(6, 'b') + request(7, 'c'));
    expect([await peer.answer(), await peer.answer(), await peer.answer()]).toMatchObject([
      { id: 5 },
      { id: 6 },
      { id: 7 },
    ]);
  });

  test('waits for the rest of a line', async () => {
    const peer = await open();
    const line = request(1, 'whole');
    for (const part of [line.slice(0, 9), line.slice(9, -1)]) {
      peer.write(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    peer.write('\n');
    expect(await peer.answer()).toMatchObject(output('session 1 call 1 whole undefined'));
  });

  test('answers ping with the process id and status with the state', async () => {
    const peer = await open();
    peer.write(`${JSON.stringify({ version: controlVersion, id: 1, method: 'ping' })}\n`);
    expect(await peer.answer()).toEqual({ id: 1, ok: true, result: { pid: process.pid } });
    peer.write(`${JSON.stringify({ version: controlVersion, id: 2, method: 'status' })}\n`);
    expect(await peer.answer()).toEqual({ id: 2, ok: true, result: status });
  });
});

test('C-63 a status that cannot be told now is a failure with its words, and the next is answered', async () => {
  const peer = await open();
  const ask = (id: number) =>
    peer.write(`${JSON.stringify({ version: controlVersion, id, method: 'status' })}\n`);
  statusFailure = new IpsecError('ERR_IPSEC_DATAPLANE', 'netlink failed (ENOBUFS)');
  ask(1);
  expect(await peer.answer()).toEqual({
    id: 1,
    ok: false,
    error: { code: 'busy', message: 'failure: netlink failed (ENOBUFS)' },
  });
  statusFailure = undefined;
  ask(2);
  expect(await peer.answer()).toEqual({ id: 2, ok: true, result: status });
  expect(faults).toEqual([]);
});

describe('a client that misbehaves harms only itself:', () => {
  test('one that dies in the middle of a line', async () => {
    const [dying, other] = [await open(), await open()];
    dying.write('{"version":1,"id":1,"meth');
    dying.socket.destroy();
    await dying.closed;
    other.write(request(1, 'x'));
    expect(await other.answer()).toMatchObject({ ok: true });
  });

  test('one whose line has no end is told so and disconnected', async () => {
    const [endless, other] = [await open(), await open()];
    endless.write('x'.repeat(controlLimits.requestBytes + 1));
    expect(await endless.answer()).toMatchObject({ id: 0, ok: false, error: { code: 'too-long' } });
    await endless.closed;
    other.write(request(1, 'x'));
    expect(await other.answer()).toMatchObject({ ok: true });
  });

  test('one that sends no JSON gets an error and may go on', async () => {
    const peer = await open();
    peer.write('hello\n');
    expect(await peer.answer()).toMatchObject({ id: 0, ok: false, error: { code: 'malformed' } });
    peer.write(request(3, 'x'));
    expect(await peer.answer()).toMatchObject({ id: 3, ok: true });
  });

  test('one of another version is told the version', async () => {
    const peer = await open();
    peer.write(`${JSON.stringify({ version: 99, id: 3, method: 'ping' })}\n`);
    expect(await peer.answer()).toMatchObject({
      id: 3,
      ok: false,
      error: { code: 'version', message: expect.stringContaining(`version ${controlVersion}`) },
    });
  });

  test('one too many is told so, and a place becomes free again', async () => {
    const peers = await Promise.all(Array.from({ length: controlLimits.clients }, open));
    const surplus = await open();
    expect(await surplus.answer()).toMatchObject({ ok: false, error: { code: 'busy' } });
    await surplus.closed;
    peers[0]?.socket.destroy();
    await peers[0]?.closed;
    await new Promise((resolve) => setImmediate(resolve));
    const next = await open();
    next.write(request(1, 'x'));
    expect(await next.answer()).toMatchObject({ ok: true });
  });

  test('a command that meets a bug of ours is reported as fatal', async () => {
    const peer = await open();
    peer.write(request(1, 'break'));
    await peer.closed;
    expect(faults).toEqual([new Error('a bug')]);
  });
});

describe('the path of the socket', () => {
  test('is refused while a daemon answers there, which is named', async () => {
    await expect(openControlServer(path, service)).rejects.toMatchObject({
      code: 'ERR_IPSEC_CONTROL',
      message: expect.stringContaining(`another ipsecd is running (pid ${process.pid}) at`),
    });
    expect(await open()).toBeDefined();
  });

  test('is taken over from a daemon that was killed', async () => {
    const stale = join(directory, 'stale.sock');
    const script = `require('net').createServer().listen(${JSON.stringify(stale)},
      () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    expect(existsSync(stale)).toBe(true);
    const successor = await openControlServer(stale, service);
    successor.close();
    expect(existsSync(stale)).toBe(false);
  });

  test('is refused when a file of another kind is there, which stays', async () => {
    const file = join(directory, 'notes.txt');
    writeFileSync(file, 'precious');
    await expect(openControlServer(file, service)).rejects.toThrow(/in the way/);
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  test('is refused when it is too long for a socket or cannot be made', async () => {
    const long = join(directory, 'x'.repeat(120));
    await expect(openControlServer(long, service)).rejects.toThrow(/107.*--socket/);
    const below = join(directory, 'file', 'sock');
    writeFileSync(join(directory, 'file'), '');
    await expect(openControlServer(below, service)).rejects.toMatchObject({
      code: 'ERR_IPSEC_CONTROL',
      message: expect.stringContaining(below),
    });
  });
});
