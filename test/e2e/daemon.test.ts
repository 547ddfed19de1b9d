import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { connect } from '../../lib/client/client.js';
import { Host } from './daemon-process.js';

jest.setTimeout(60_000);

let host: Host;

beforeEach(() => {
  host = new Host();
});

afterEach(() => host.close());

const addPolicy =
  '/ip ipsec policy add sa-src-address=10.0.0.1 sa-dst-address=10.0.0.2 action=encrypt';
const count = ['/ip', 'ipsec', 'policy', 'print', 'count-only'];

describe('ipsecd', () => {
  test('keeps what was typed over a clean stop, which leaves nothing behind', async () => {
    const daemon = await host.start();
    expect(await host.ctl(addPolicy.split(' '))).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(statSync(host.socketPath).mode & 0o777).toBe(0o660);
    const { code, stderr } = await daemon.kill('SIGTERM');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(existsSync(host.socketPath)).toBe(false);
    expect(readdirSync(host.stateDirectory)).toEqual(['config.json']);

    await host.start();
    expect((await host.ctl(count)).stdout.trim()).toBe('1');
    const printed = (await host.ctl(['/ip ipsec policy print'])).stdout;
    expect(printed).toContain('src-address=10.0.0.1/32:any dst-address=10.0.0.2/32:any');
  });

  test('stops on an interrupt from the keyboard as well', async () => {
    const daemon = await host.start();
    expect(await daemon.kill('SIGINT')).toMatchObject({ code: 0, stderr: '' });
  });

  test('goes on when its terminal is closed: only a stop takes the protection away', async () => {
    const daemon = await host.start();
    expect(await host.ctl(addPolicy.split(' '))).toMatchObject({ code: 0 });
    daemon.signal('SIGHUP');
    expect((await host.ctl(count)).stdout.trim()).toBe('1');
    const { code, stdout } = await daemon.kill('SIGTERM');
    expect(code).toBe(0);
    expect(stdout).toContain('"event":"stopping","reason":"SIGTERM"');
  });

  test('starts again after kill -9 at any moment of its work, with everything it had confirmed', async () => {
    for (let round = 1; round <= 5; round += 1) {
      const daemon = await host.start({ logLevel: 'info' });
      const script = host.client([]);
      const rows = Array.from({ length: 40 }, (_, row) => {
        const address = `10.${round}.${row}.0/24`;
        return `/ip ipsec policy add src-address=${address} dst-address=10.99.0.0/16 action=drop\n/ip ipsec policy print count-only\n`;
      });
      script.end(rows.join(''));
      await script.output(new RegExp(`(\\d+\\s+){${round * 4}}`));
      await daemon.kill('SIGKILL');
      await script.ended;

      const confirmed = Number(script.stdout.trim().split(/\s+/).at(-1));
      const successor = await host.start({ logLevel: 'info' });
      const kept = Number((await host.ctl(count)).stdout);
      expect(kept).toBeGreaterThanOrEqual(confirmed);
      await successor.kill('SIGKILL');
    }
  });

  test('is refused where another one runs, which is named', async () => {
    const first = await host.start();
    const sameState = await host.launch({ args: ['--socket', join(host.directory, 'b.sock')] });
    const pid = `pid ${first.pid}`;
    expect(await sameState.ended).toMatchObject({ code: 1, stderr: expect.stringContaining(pid) });
    const sameSocket = await host.launch({
      args: ['--state-dir', join(host.directory, 'b')],
      port: (await host.port()) + 1,
    });
    expect(await sameSocket.ended).toMatchObject({ code: 1, stderr: expect.stringContaining(pid) });
    const samePort = await host.launch({
      args: ['--state-dir', join(host.directory, 'c'), '--socket', join(host.directory, 'c.sock')],
    });
    expect(await samePort.ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^ipsecd: UDP port \d+ of [\d.]+ is taken.*\n$/),
    });
    expect(await host.ctl(['/ip ipsec policy print'])).toMatchObject({ code: 0 });
  });

  test('tells its state as data without secrets', async () => {
    const daemon = await host.start();
    const client = await connect({ socketPath: host.socketPath });
    try {
      expect(await client.status()).toMatchObject({
        pid: daemon.pid,
        dataPlane: { name: 'memory', esp: true },
        port: await host.port(),
        listening: expect.arrayContaining(['127.0.0.1']),
        installedSas: 0,
        refusedPolicies: [],
      });
    } finally {
      client.close();
    }
  });

  test('logs one JSON object a line, and warns that memory protects nothing', async () => {
    const daemon = await host.start();
    const lines = daemon.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        msg: expect.stringMatching(/no packet is protected/),
      }),
    );
    for (const line of lines)
      expect(line).toMatchObject({ pid: daemon.pid, time: expect.any(String) });
  });
});

describe('ipsecd that cannot run says why on one line and ends with 1:', () => {
  async function refusal(...args: string[]): Promise<string> {
    const daemon = await host.launch({ args });
    const { code, stderr, stdout } = await daemon.ended;
    expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 1, lines: 2 });
    // The log tells the same to whoever reads only that.
    const words = stderr.replace(/^ipsecd: /, '').trim();
    if (stdout !== '') expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '').msg).toBe(words);
    return words;
  }

  test('a damaged state file, named and untouched', async () => {
    const daemon = await host.start();
    await host.ctl(addPolicy.split(' '));
    await daemon.kill('SIGKILL');
    const file = join(host.stateDirectory, 'config.json');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 200));
    const damaged = readFileSync(file);
    expect(await refusal()).toMatch(`cannot use ${file}: the configuration is damaged`);
    expect(readFileSync(file)).toEqual(damaged);
  });

  test('a state file of a later version', async () => {
    const daemon = await host.start();
    await host.ctl(addPolicy.split(' '));
    await daemon.kill('SIGTERM');
    const file = join(host.stateDirectory, 'config.json');
    const later = readFileSync(file, 'utf8').replace(/"version": ?1\b/, '"version":99');
    writeFileSync(file, later);
    expect(await refusal()).toMatch(/version 99.*use the program that wrote it/);
    expect(readFileSync(file, 'utf8')).toBe(later);
  });

  test('a state directory that cannot be made', async () => {
    writeFileSync(join(host.directory, 'file'), '');
    const directory = join(host.directory, 'file', 'state');
    expect(await refusal('--state-dir', directory)).toMatch(
      `cannot write in the state directory ${directory}`,
    );
  });

  test('a state directory that others can write to', async () => {
    const daemon = await host.start();
    await daemon.kill('SIGTERM');
    chmodSync(host.stateDirectory, 0o777);
    expect(await refusal()).toMatch(/mode 777.*chmod go-w/);
  });

  test.each([
    [['--port', '0'], /--port/],
    [['--dataplane', 'magic'], /magic/],
    [['--log-level', 'loud'], /loud/],
    [['--colour'], /colour/],
    [['surplus'], /surplus/],
  ])('wrong options: %j', async (args, words) => {
    expect(await refusal(...args)).toMatch(words);
  });
});

test('ipsecd ends with 70 after a bug of its own, and leaves the kernel to its successor', async () => {
  const bug = "setTimeout(() => { throw new Error('planted bug'); }, 1500)";
  const daemon = await host.start({ nodeArgs: ['--import', `data:text/javascript,${bug}`] });
  const { code, stdout, stderr } = await daemon.ended;
  expect({ code, stderr }).toEqual({
    code: 70,
    stderr: expect.stringMatching(/^ipsecd: .*planted bug.*\n$/),
  });
  const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(last).toMatchObject({
    level: 'fatal',
    err: { stack: expect.stringContaining('planted bug') },
  });
  expect(existsSync(join(host.stateDirectory, 'kernel.json'))).toBe(true);
  const successor = await host.start();
  expect(successor.stdout).toContain('"event":"uncleanStop"');
});

test('ipsecd --version and --help answer and end with 0', async () => {
  const version = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const asked = await host.launch({ args: ['--version'] });
  expect(await asked.ended).toMatchObject({ code: 0, stdout: `${version.version}\n` });
  const help = await host.launch({ args: ['--help'] });
  const { code, stdout } = await help.ended;
  expect(code).toBe(0);
  for (const option of ['--state-dir', '--socket', '--dataplane', '--log-level']) {
    expect(stdout).toContain(option);
  }
});
