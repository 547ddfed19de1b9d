import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Client, connect } from '../../../lib/client/client.js';
import { ClientError } from '../../../lib/client/client-error.js';

let directory: string;
let socketPath: string;
let server: Server | undefined;
let client: Client | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ipsec-client-'));
  socketPath = join(directory, 'ipsecd.sock');
});

afterEach(() => {
  client?.close();
  server?.close();
  client = undefined;
  server = undefined;
  rmSync(directory, { recursive: true });
});

/** A daemon that answers each request line with what `answer` makes of it; undefined = hangs up. */
async function daemon(answer: (request: Record<string, unknown>) => unknown): Promise<void> {
  const started = createServer((socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (data) => {
      text += data;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const response = answer(JSON.parse(line));
        if (response === undefined) socket.destroy();
        else if (typeof response === 'string') socket.write(response);
        else socket.write(`${JSON.stringify(response)}\n`);
      }
    });
  });
  server = started;
  await new Promise<void>((resolve) => {
    started.listen(socketPath, resolve);
  });
}

describe('a client', () => {
  test('sends the text and the width, and returns what the console answered', async () => {
    const seen: unknown[] = [];
    const error = { text: 'no such item', rule: 'C-61', line: 1, column: 3 };
    await daemon((request) => {
      seen.push(request);
      return { id: request['id'], ok: true, result: { output: 'out', path: ['ip'], error } };
    });
    client = await connect({ socketPath });
    expect(await client.execute('remove 7', { columns: 120 })).toEqual({
      output: 'out',
      path: ['ip'],
      error,
    });
    expect(seen).toEqual([
      { version: 2, id: 1, method: 'execute', text: 'remove 7', columns: 120 },
    ]);
  });

  test('tells answers apart by their ids', async () => {
    const held: unknown[] = [];
    await daemon(({ id, text }) => {
      held.push({ id, ok: true, result: { output: text, path: [] } });
      if (held.length < 2) return '';
      return held
        .reverse()
        .map((response) => `${JSON.stringify(response)}\n`)
        .join('');
    });
    client = await connect({ socketPath });
    const results = await Promise.all([client.execute('a'), client.execute('b')]);
    expect(results.map(({ output }) => output)).toEqual(['a', 'b']);
  });

  test('asks for events as long as somebody listens, and no longer', async () => {
    const methods: unknown[] = [];
    await daemon(({ id, method }) => {
      methods.push(method);
      return { id, ok: true, result: { pid: 1, items: [] } };
    });
    client = await connect({ socketPath });
    const off = client.on('table', () => {});
    const events = client.watch();
    off();
    await client.peer.find();
    await events.return?.();
    client.on('lost', () => {})();
    await client.peer.find();
    expect(methods).toEqual([
      ...['subscribe', 'rows', 'unsubscribe'],
      ...['subscribe', 'unsubscribe', 'rows'],
    ]);
  });

  test('takes an answer larger than any request', async () => {
    const output = 'x'.repeat(3_000_000);
    await daemon(({ id }) => ({ id, ok: true, result: { output, path: [] } }));
    client = await connect({ socketPath });
    expect((await client.execute('print')).output).toHaveLength(output.length);
  });
});

describe('a client rejects with a stable code and a line that says what to do', () => {
  test('when nobody has made the socket', async () => {
    const failure = connect({ socketPath });
    await expect(failure).rejects.toBeInstanceOf(ClientError);
    await expect(failure).rejects.toMatchObject({
      code: 'ERR_IPSEC_NO_DAEMON',
      message: expect.stringMatching(
        new RegExp(`no ipsecd answers at ${socketPath}: is it running`),
      ),
    });
  });

  test('when the daemon behind the socket was killed', async () => {
    const script = `require('net').createServer().listen(${JSON.stringify(socketPath)},
      () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    await expect(connect({ socketPath })).rejects.toMatchObject({ code: 'ERR_IPSEC_NO_DAEMON' });
  });

  test('when the daemon goes away before it answers, and ever after', async () => {
    await daemon(() => undefined);
    client = await connect({ socketPath });
    const lost = { code: 'ERR_IPSEC_CONNECTION_LOST' };
    await expect(client.execute('print')).rejects.toMatchObject(lost);
    await expect(client.execute('print')).rejects.toMatchObject(lost);
  });

  test('when the daemon refuses the request, in its words', async () => {
    const error = { code: 'version', message: 'this daemon speaks version 9' };
    await daemon(({ id }) => ({ id, ok: false, error }));
    client = await connect({ socketPath });
    await expect(client.execute('print')).rejects.toMatchObject({
      code: 'ERR_IPSEC_PROTOCOL',
      message: 'ipsecd: this daemon speaks version 9',
    });
  });

  test('when the daemon refuses the connection', async () => {
    const error = { code: 'busy', message: 'too many clients' };
    await daemon(() => ({ id: 0, ok: false, error }));
    client = await connect({ socketPath });
    await expect(client.execute('print')).rejects.toMatchObject({
      code: 'ERR_IPSEC_PROTOCOL',
      message: expect.stringContaining('too many clients'),
    });
  });

  test.each([
    ['something else', '220 mail ready\n'],
    ['a result that is none', { id: 1, ok: true, result: { out: 1 } }],
  ])('when %s answers', async (_, answer) => {
    await daemon(() => answer);
    client = await connect({ socketPath });
    await expect(client.execute('print')).rejects.toMatchObject({ code: 'ERR_IPSEC_PROTOCOL' });
  });
});
