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
import type { WatchEvent } from '../../../lib/core/control/watch-event.js';
import type { ControlService } from '../../../lib/host/control-connection.js';
import { type ControlServer, openControlServer } from '../../../lib/host/control-server.js';
import { IpsecError } from '../../../lib/host/errors.js';

const status = { pid: 4711, port: 500 } as DaemonStatus;

let directory: string;
let path: string;
let server: ControlServer | undefined;
let sockets: Socket[];
let sessions: number;
let faults: unknown[];
let statusFailure: IpsecError | undefined;
let closedSessions: number[];
/** What ends a text of that name that is being carried out. */
let held: Map<string, () => void>;
let listeners: Set<(event: WatchEvent) => void>;

/** Echoes each text with the number of its session and of its call there. */
const service: ControlService = {
  openSession: () => {
    sessions += 1;
    const session = sessions;
    let calls = 0;
    return {
      execute: async (text, { columns }) => {
        if (text === 'break') throw new Error('a bug');
        calls += 1;
        if (text === 'endless') return { output: '\x01'.repeat(50_000_000), path: [] };
        if (text === 'never ending') return { output: '\x01'.repeat(100_000_000), path: [] };
        if (text === 'long') return { output: 'x'.repeat(50_000_000), path: [] };
        if (text.startsWith('hold')) {
          await new Promise<void>((resolve) => {
            held.set(text, resolve);
          });
        }
        return { output: `session ${session} call ${calls} ${text} ${columns}`, path: [] };
      },
      print: async ({ menu }) => ({ output: `session ${session} ${menu}` }),
      complete: (line) => ({ from: line.length, candidates: [] }),
      help: (line) => line,
      close: () => closedSessions.push(session),
    };
  },
  openTables: () => ({
    answer: (request) =>
      request.method === 'rows'
        ? { items: [], menu: request.menu }
        : { refusal: { rule: 'C-61', text: 'no such item' } },
  }),
  watch: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  epochSeconds: () => 77,
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
  closedSessions = [];
  held = new Map();
  listeners = new Set();
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

describe('a text that takes its time', () => {
  /** Returns once the text is being carried out. */
  async function isHeld(text: string): Promise<void> {
    while (!held.has(text)) await new Promise((resolve) => setImmediate(resolve));
  }

  test('keeps the order of the answers, and nobody else waiting', async () => {
    const [slow, other] = [await open(), await open()];
    slow.write(request(1, 'hold') + request(2, 'next'));
    await isHeld('hold');
    other.write(request(1, 'quick'));
    expect(await other.answer()).toMatchObject({ id: 1, ok: true });
    held.get('hold')?.();
    expect([await slow.answer(), await slow.answer()]).toMatchObject([
      { id: 1, result: { output: expect.stringContaining('hold') } },
      { id: 2, result: { output: expect.stringContaining('call 2 next') } },
    ]);
  });

  test('harms nothing when its client dies in the middle', async () => {
    const [dying, other] = [await open(), await open()];
    dying.write(request(1, 'hold') + request(2, 'never'));
    await isHeld('hold');
    dying.socket.destroy();
    while (closedSessions.length === 0) await new Promise((resolve) => setImmediate(resolve));
    held.get('hold')?.();
    other.write(request(1, 'x'));
    expect(await other.answer()).toMatchObject(output('session 2 call 1 x undefined'));
    expect(faults).toEqual([]);
    expect([...held.keys()]).toEqual(['hold']);
  });

  test('lets a client that sends without reading wait, and answers all of it in the end', async () => {
    const peer = await open();
    const ids = Array.from({ length: 20 * controlLimits.waitingRequests }, (_, index) => index + 2);
    peer.write(request(1, 'hold'));
    await isHeld('hold');
    for (const id of ids) peer.write(request(id, 'x'));
    held.get('hold')?.();
    expect(await peer.answer()).toMatchObject({ id: 1 });
    for (const id of ids) expect(await peer.answer()).toMatchObject({ id, ok: true });
  });
});

describe('requests about tables', () => {
  const about = (id: number, fields: object) =>
    `${JSON.stringify({ version: controlVersion, id, ...fields })}\n`;

  test('are answered with results, or with refusals that are answers too', async () => {
    const peer = await open();
    peer.write(about(1, { method: 'rows', menu: 'policy' }));
    expect(await peer.answer()).toEqual({ id: 1, ok: true, result: { items: [], menu: 'policy' } });
    peer.write(about(2, { method: 'remove', menu: 'policy', ids: ['*1'] }));
    expect(await peer.answer()).toEqual({
      ...{ id: 2, ok: true },
      result: { refusal: { rule: 'C-61', text: 'no such item' } },
    });
  });

  test('tell those who subscribed what happens, once each, until they go', async () => {
    const peer = await open();
    peer.write(about(1, { method: 'subscribe' }) + about(2, { method: 'subscribe' }));
    expect([await peer.answer(), await peer.answer()]).toMatchObject([{ ok: true }, { ok: true }]);
    const event: WatchEvent = {
      ...{ kind: 'table', epochSeconds: 5, menu: 'peer', change: 'removed', number: 0, id: '*2' },
    };
    for (const tell of listeners) tell(event);
    peer.write(request(3, 'x'));
    expect([await peer.answer(), await peer.answer()]).toMatchObject([
      { notify: event },
      { id: 3, ok: true },
    ]);
    peer.socket.destroy();
    while (listeners.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('tell nothing any more to who has unsubscribed, until it subscribes again', async () => {
    const peer = await open();
    peer.write(about(1, { method: 'subscribe' }) + about(2, { method: 'unsubscribe' }));
    expect([await peer.answer(), await peer.answer()]).toMatchObject([
      { id: 1, ok: true },
      { id: 2, ok: true },
    ]);
    expect(listeners.size).toBe(0);
    peer.write(about(3, { method: 'unsubscribe' }) + about(4, { method: 'subscribe' }));
    expect([await peer.answer(), await peer.answer()]).toMatchObject([{ ok: true }, { ok: true }]);
    expect(listeners.size).toBe(1);
  });

  test('count what a subscriber that does not read has missed, and tell it then', async () => {
    const peer = await open();
    peer.write(about(1, { method: 'subscribe' }));
    expect(await peer.answer()).toMatchObject({ ok: true });
    peer.socket.pause();
    const event: WatchEvent = {
      ...{ kind: 'engine', epochSeconds: 5, name: 'phase1Failed', level: 'warn' },
      message: 'x'.repeat(10_000),
    };
    const sent = 2_000;
    for (let index = 0; index < sent; index += 1) for (const tell of listeners) tell(event);
    peer.socket.resume();
    let received = 0;
    for (;;) {
      const { notify } = (await peer.answer()) as { notify: WatchEvent };
      if (notify.kind === 'lost') {
        expect(notify).toEqual({ kind: 'lost', epochSeconds: 77, count: sent - received });
        break;
      }
      received += 1;
    }
    expect(received).toBeGreaterThan(0);
    expect(received).toBeLessThan(sent);
    for (const tell of listeners) tell({ ...event, message: 'after' });
    expect(await peer.answer()).toMatchObject({ notify: { message: 'after' } });
  });
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

  test('one that dies in the middle of its answer', async () => {
    const [dying, other] = [await open(), await open()];
    dying.write(request(1, 'long') + request(2, 'x'));
    await once(dying.socket, 'readable');
    dying.socket.destroy();
    while (closedSessions.length === 0) await new Promise((resolve) => setImmediate(resolve));
    other.write(request(1, 'x'));
    expect(await other.answer()).toMatchObject({ ok: true });
    expect(faults).toEqual([]);
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

  test.each(['endless', 'never ending'])(
    'an answer that is too long is refused, and the next is given: %s',
    async (text) => {
      const peer = await open();
      peer.write(request(1, text) + request(2, 'x'));
      expect(await peer.answer()).toMatchObject({ id: 1, ok: false, error: { code: 'too-long' } });
      expect(await peer.answer()).toMatchObject({ id: 2, ok: true });
      expect(faults).toEqual([]);
    },
    // Hundreds of megabytes are made before they are too long.
    60_000,
  );

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
