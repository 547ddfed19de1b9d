/** The daemon and whoever reads its log: one that goes away takes nothing with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Session } from './console-session.js';
import { compiled, Host } from './daemon-process.js';

jest.setTimeout(15_000);

let host: Host;
let daemon: ChildProcess;

beforeEach(async () => {
  host = new Host();
  const { stateDirectory, socketPath } = host;
  const words = ['--state-dir', stateDirectory, '--socket', socketPath, '--dataplane', 'memory'];
  const { NODE_OPTIONS: _, ...env } = process.env;
  const args = [compiled('cli/ipsecd.js'), ...words, '--port', `${await host.port()}`];
  daemon = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let log = '';
  for await (const text of daemon.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    log += text;
    if (log.includes('"event":"ready"')) break;
  }
});

afterEach(async () => {
  daemon.kill('SIGKILL');
  await host.close();
});

test('a daemon whose log nobody reads any more serves on', async () => {
  daemon.stdout?.destroy();
  const session = await Session.open(host.socketPath);
  for (const octet of [1, 2, 3]) await session.run(`/ip ipsec peer add address=10.0.0.${octet}`);
  expect(await session.run('/ip ipsec peer print count-only')).toBe('3\n');
  session.close();
});

test('a daemon whose log reader goes first still ends when it is told to stop', async () => {
  daemon.stdout?.destroy();
  const ended = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
