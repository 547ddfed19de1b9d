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

/** Each is told in a line of the log: together more than a pipe holds. */
const invalidRows = 2000;

async function fillLog(): Promise<void> {
  daemon.stdout?.pause();
  const session = await Session.open(host.socketPath);
  await session.run('/ip ipsec policy add action=encrypt\n'.repeat(invalidRows));
  session.close();
}

test('a daemon whose log reader has stalled serves on, and ends when it is told to stop', async () => {
  await fillLog();
  const ended = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('a log reader that was slow gets every line before the daemon ends', async () => {
  await fillLog();
  const ended = once(daemon, 'close');
  let log = '';
  daemon.kill('SIGTERM');
  daemon.stdout?.on('data', (text) => {
    log += text;
  });
  expect(await ended).toEqual([0, null]);
  const events = log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).event);
  expect(events.filter((event) => event === 'policyInvalid')).toHaveLength(invalidRows);
  expect(events.slice(-2)).toEqual(['stopping', 'stopped']);
});
