/** Several clients at once: whose numbers mean what, and who harms whom. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { controlLimits, controlVersion } from '../../lib/core/control/messages.js';
import { Session } from './console-session.js';
import { Host } from './daemon-process.js';

jest.setTimeout(60_000);

let host: Host;
let closers: (() => void)[];

beforeEach(async () => {
  host = new Host();
  await host.start();
  closers = [];
});

afterEach(async () => {
  for (const close of closers) close();
  await host.close();
});

async function open(): Promise<Session> {
  const session = await Session.open(host.socketPath);
  closers.push(() => session.close());
  return session;
}

/** A connection that speaks no protocol by itself. */
function connectRaw(): Promise<Socket> {
  const socket = createConnection(host.socketPath);
  closers.push(() => socket.destroy());
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}

/** Everything the daemon answers until it closes the connection. */
function answers(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('error', () => socket.destroy());
  return new Promise((resolve) => socket.once('close', () => resolve(text)));
}

async function comments(session: Session, menu: string): Promise<unknown[]> {
  return (await session.rows(menu)).map(({ comment }) => comment);
}

/** Three policies with the comments a, b and c. */
async function addThree(session: Session): Promise<void> {
  for (const [index, comment] of ['a', 'b', 'c'].entries()) {
    await session.run(
      `/ip ipsec policy add src-address=10.${index}.0.0/16 dst-address=10.9.0.0/16 comment=${comment}`,
    );
  }
}

describe('item numbers', () => {
  test('C-21 mean the rows this session saw, whatever another one removes, adds and moves', async () => {
    const [near, far] = [await open(), await open()];
    await addThree(near);
    await near.run('/ip ipsec policy print');

    await far.run('/ip ipsec policy print');
    await far.run('/ip ipsec policy move 2 0');
    await far.run('/ip ipsec policy remove 1');
    await far.run('/ip ipsec policy add src-address=10.7.0.0/16 dst-address=10.9.0.0/16 comment=d');
    await far.run('/ip ipsec policy print');
    expect(await comments(far, 'policy')).toEqual(['c', 'a', 'd']);

    await near.run('/ip ipsec policy comment 0 a-near');
    expect(await near.refusal('/ip ipsec policy comment 1 b-near')).toMatchObject({
      text: 'no such item',
      rule: 'C-61',
    });
    await near.run('/ip ipsec policy comment 2 c-near');
    // The row that came later has no number here before the next print.
    expect(await near.refusal('/ip ipsec policy comment 3 d-near')).toMatchObject({
      text: 'no such item',
    });
    expect(await near.run(':put [/ip ipsec policy get 2 comment]')).toBe('c-near\n');

    // What the other session printed last is its own business.
    await far.run('/ip ipsec policy comment 0 c-far');
    expect(await comments(far, 'policy')).toEqual(['c-far', 'a-near', 'd']);
  });

  test('C-21 a number whose row is gone never means the row that took its place', async () => {
    const [near, far] = [await open(), await open()];
    await near.run('/ip ipsec peer add address=10.0.0.1; /ip ipsec peer add address=10.0.0.2');
    await near.run('/ip ipsec peer print');
    await far.run('/ip ipsec peer remove [find address=10.0.0.1]');
    await far.run('/ip ipsec peer add address=10.0.0.1');
    for (const line of ['set 0 comment=x', 'remove 0', 'disable 1,0', 'get 0 address']) {
      expect(await near.refusal(`/ip ipsec peer ${line}`)).toMatchObject({ text: 'no such item' });
    }
    expect(await comments(far, 'peer')).toEqual(['', '']);
    expect((await far.rows('peer')).map(({ disabled }) => disabled)).toEqual([false, false]);
  });

  test('C-14 C-21 move names its rows and its destination by the numbers of its own session', async () => {
    const [near, far] = [await open(), await open()];
    await addThree(near);
    await near.run('/ip ipsec policy print');
    await far.run('/ip ipsec policy print; /ip ipsec policy move 2 0');
    expect(await comments(far, 'policy')).toEqual(['c', 'a', 'b']);
    await near.run('/ip ipsec policy move 1 0');
    expect(await comments(far, 'policy')).toEqual(['c', 'b', 'a']);
    await far.run('/ip ipsec policy remove [find comment=a]');
    expect(await near.refusal('/ip ipsec policy move 1 0')).toMatchObject({ text: 'no such item' });
    expect(await comments(far, 'policy')).toEqual(['c', 'b']);
  });

  test('C-21 hold in a real ipsecctl while another one works', async () => {
    const setup = await open();
    await addThree(setup);
    const near = host.client([]);
    near.write('/ip ipsec policy print count-only\n/ip ipsec policy print brief\n');
    await near.output(/10\.2\.0\.0/);
    expect(await host.ctl(['/ip ipsec policy remove 0'])).toMatchObject({ code: 0, stderr: '' });
    near.write('/ip ipsec policy comment 2 still-c\n');
    near.end('/ip ipsec policy comment 0 gone\n');
    expect(await near.ended).toMatchObject({ code: 1, stderr: 'line 4: no such item\n' });
    expect(await comments(setup, 'policy')).toEqual(['b', 'still-c']);
  });
});

describe('a session', () => {
  test('stands in a menu of its own', async () => {
    const [near, far] = [await open(), await open()];
    await near.run('/ip ipsec peer');
    await far.run('/ip ipsec proposal');
    await near.run('add address=10.0.0.5');
    expect(await far.run('print count-only')).toBe('1\n');
    expect(await far.run('print')).toContain('name="default"');
    expect(await near.run('print')).toContain('address=10.0.0.5:500');
    await near.run('/');
    expect(await far.run('print count-only')).toBe('1\n');
    expect(await near.refusal('print')).toMatchObject({
      text: 'bad command name print (line 1 column 1)',
    });
  });

  test('works while many others change the tables: every change is whole', async () => {
    const sessions = await Promise.all(Array.from({ length: 12 }, open));
    await Promise.all(
      sessions.map(async (session, index) => {
        for (let round = 0; round < 20; round += 1) {
          const address = `10.${index}.${round}.1`;
          await session.run(
            `/ip ipsec peer add address=${address} comment=${index}; ` +
              `/ip ipsec pre-shared-secret add address=${address} secret=s comment=${index}`,
          );
          if (round % 2 === 1) {
            await session.run(
              `/ip ipsec peer remove [find address=${address}]; ` +
                `/ip ipsec pre-shared-secret remove [find address=${address}]`,
            );
          }
        }
      }),
    );
    const [first] = sessions;
    const peers = (await first?.rows('peer')) ?? [];
    const secrets = (await first?.rows('pre-shared-secret')) ?? [];
    expect(peers).toHaveLength(12 * 10);
    expect(secrets.map(({ comment }) => comment).sort()).toEqual(
      peers.map(({ comment }) => comment).sort(),
    );
    const stored = JSON.parse(readFileSync(join(host.stateDirectory, 'config.json'), 'utf8'));
    expect(JSON.stringify(stored).match(/10\.11\.18\.1/g)).toHaveLength(2);
  });
});

describe('a client that dies', () => {
  test('in the middle of a request has changed nothing, and nobody notices', async () => {
    const session = await open();
    const text = '/ip ipsec peer add address=10.0.0.66';
    const request = JSON.stringify({ version: controlVersion, id: 1, method: 'execute', text });
    for (const cut of [1, 20, request.length - 1, request.length]) {
      const socket = await connectRaw();
      const closed = answers(socket);
      // Only the line end is missing in the last round.
      await new Promise((resolve) => socket.write(request.slice(0, cut), resolve));
      socket.destroy();
      await closed;
    }
    expect(await session.run('/ip ipsec peer print count-only')).toBe('0\n');
  });

  test('C-04 in the middle of a line of its script has not run that line', async () => {
    const session = await open();
    const client = host.client([]);
    client.write(
      '/ip ipsec peer add address=10.0.0.1\n:put before\n/ip ipsec peer add address=10.0.0.',
    );
    await client.output(/before/);
    await client.kill('SIGKILL');
    expect((await session.rows('peer')).map(({ address }) => address)).toEqual(['10.0.0.1:500']);
  });

  test('in the middle of a long script leaves whole commands, in order from the first', async () => {
    const session = await open();
    const client = host.client([]);
    const rows = Array.from({ length: 2000 }, (_, index) => `10.${index >> 8}.${index & 255}.1`);
    const lines = rows.map((row) => `/ip ipsec peer add address=${row} comment="is ${row}"`);
    client.write([...lines.slice(0, 20), ':put begun', ...lines.slice(20), ''].join('\n'));
    await client.output(/begun/);
    await client.kill('SIGKILL');
    // The daemon may be working on the last request still: an answer here comes after it.
    await session.run('/ip ipsec peer print count-only');
    const peers = await session.rows('peer');
    expect(peers.length).toBeGreaterThanOrEqual(20);
    expect(peers.map(({ comment }) => comment)).toEqual(
      rows.slice(0, peers.length).map((row) => `is ${row}`),
    );
    expect((await host.ctl(['/ip ipsec peer print count-only'])).code).toBe(0);
  });

  test('before it reads its answers harms nobody', async () => {
    const session = await open();
    for (let count = 0; count < 50; count += 1) {
      await session.run(`/ip ipsec peer add address=10.0.${count}.1`);
    }
    const socket = await connectRaw();
    const print = { version: controlVersion, method: 'execute', text: '/ip ipsec peer print' };
    for (let id = 1; id <= 200; id += 1) socket.write(`${JSON.stringify({ ...print, id })}\n`);
    socket.pause();
    expect(await session.run('/ip ipsec peer print count-only')).toBe('50\n');
    socket.destroy();
    expect(await session.run('/ip ipsec peer print count-only')).toBe('50\n');
  });
});

describe('limits', () => {
  test('one client more than the daemon takes is told so, and served when another has gone', async () => {
    const sessions = await Promise.all(Array.from({ length: controlLimits.clients }, open));
    await Promise.all(sessions.map((session) => session.run(':put here')));
    expect(await host.ctl(['/ip ipsec peer print'])).toEqual({
      ...{ code: 1, signal: null, stdout: '' },
      stderr: expect.stringMatching(/^ipsecctl: .*64 clients are connected.*\n$/),
    });
    // Those who were there are served as before.
    expect(await sessions[0]?.run('/ip ipsec peer print count-only')).toBe('0\n');
    sessions[0]?.close();
    const served = await eventually(() => host.ctl(['/ip ipsec peer print count-only']));
    expect(served).toMatchObject({ code: 0, stdout: '0\n', stderr: '' });
  });

  test('a request beyond the limit is refused with the limit, and the daemon goes on', async () => {
    const session = await open();
    const socket = await connectRaw();
    const closed = answers(socket);
    socket.write('x'.repeat(controlLimits.requestBytes + 1));
    const response = JSON.parse(await closed);
    expect(response).toMatchObject({ ok: false, error: { code: 'too-long' } });
    expect(response.error.message).toContain(`${controlLimits.requestBytes}`);
    expect(await session.run('/ip ipsec peer print count-only')).toBe('0\n');
  });

  test('a line beyond the limit is refused by ipsecctl in words, and changes nothing', async () => {
    const session = await open();
    const line = `/ip ipsec peer add address=10.0.0.1 comment="${'x'.repeat(controlLimits.requestBytes)}"`;
    const refused = await host.ctl([], `${line}\n/ip ipsec peer add address=10.0.0.2\n`);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^[^\n]{20,300}\n$/);
    expect(refused.stderr).toContain(`${controlLimits.requestBytes}`);
    expect(await session.run('/ip ipsec peer print count-only')).toBe('0\n');
  });

  test('a request just below the limit is carried out', async () => {
    const session = await open();
    const padding = ' '.repeat(controlLimits.requestBytes - 2_000);
    await session.run(`/ip ipsec peer add address=10.0.0.1 ${padding} comment=far`);
    expect(await comments(session, 'peer')).toEqual(['far']);
  });

  test('what is no request is answered, or its connection closed, and the others are served', async () => {
    const session = await open();
    const lines = [
      '',
      '{}',
      '[]',
      'null',
      '"',
      '\u0000',
      '{"id":1}',
      '{"version":0,"id":1}',
      '{"id":-1}',
    ];
    const socket = await connectRaw();
    const closed = answers(socket);
    socket.end(`${lines.join('\n')}\n`);
    for (const line of (await closed).trimEnd().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ ok: false });
    }
    expect(await session.run('/ip ipsec peer print count-only')).toBe('0\n');
  });
});

describe('A-51 the bytes of a secret', () => {
  const add = (secret: Uint8Array) =>
    Buffer.concat([
      Buffer.from('/ip ipsec pre-shared-secret add address=10.0.0.2 secret="'),
      ...[secret, Buffer.from('"\n')],
    ]);
  const latin = Uint8Array.of(0x70, 0xe4, 0xdf, 0xff);

  async function exported(): Promise<string | undefined> {
    const { stdout } = await host.ctl(['/ip ipsec pre-shared-secret export']);
    return /secret=("[^"]*")/.exec(stdout)?.[1];
  }

  test('survive a script on standard input that is not UTF-8', async () => {
    expect(await host.ctl([], add(latin))).toMatchObject({ code: 0, stderr: '' });
    expect(await exported()).toBe('"p\\E4\\DF\\FF"');
  });

  test('survive a script that is cut inside a character', async () => {
    const script = host.client([]);
    const bytes = add(Buffer.from('päß€😀'));
    const middle = bytes.indexOf(0xe2) + 1;
    script.write(bytes.subarray(0, middle));
    // Long enough for the program to have read the first part.
    await host.ctl(['/ip ipsec peer print']);
    script.end(bytes.subarray(middle));
    expect(await script.ended).toMatchObject({ code: 0, stderr: '' });
    expect(await exported()).toBe('"päß€😀"');
  });

  test('survive a file that is not UTF-8, and the export that is read back', async () => {
    mkdirSync(join(host.stateDirectory, 'files'), { recursive: true });
    writeFileSync(join(host.stateDirectory, 'files', 'latin.rsc'), add(latin));
    expect(await host.ctl(['/import latin'])).toMatchObject({ code: 0, stderr: '' });
    expect(await exported()).toBe('"p\\E4\\DF\\FF"');
    const { stdout } = await host.ctl(['/ip ipsec pre-shared-secret export']);
    await host.ctl(['/ip ipsec pre-shared-secret remove [find]']);
    expect(await host.ctl([], stdout)).toMatchObject({ code: 0, stderr: '' });
    expect(await exported()).toBe('"p\\E4\\DF\\FF"');
  });
});

/** The first outcome that is a success, or the last of several. */
async function eventually<T extends { code: number | null }>(run: () => Promise<T>): Promise<T> {
  let outcome = await run();
  for (let round = 0; round < 20 && outcome.code !== 0; round += 1) outcome = await run();
  return outcome;
}
