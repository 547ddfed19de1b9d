/** A change is applied and kept as one, or refused as one; long texts and several clients get along. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { type Client, connect } from '../../lib/client/client.js';
import { controlVersion } from '../../lib/core/control/messages.js';
import { compiled, Host } from './daemon-process.js';

jest.setTimeout(60_000);

let host: Host;
let clients: Client[];
let children: ChildProcess[];

beforeEach(() => {
  host = new Host();
  clients = [];
  children = [];
});

afterEach(async () => {
  for (const client of clients) client.close();
  for (const child of children) child.kill('SIGKILL');
  await host.close();
});

async function open(): Promise<Client> {
  const client = await connect({ socketPath: host.socketPath });
  clients.push(client);
  return client;
}

async function run(client: Client, text: string): Promise<string> {
  const { output, error } = await client.execute(text);
  if (error !== undefined) throw new Error(`${error.text}, of: ${text}`);
  return output;
}

const countPolicies = '/ip ipsec policy print count-only';

async function count(client: Client): Promise<number> {
  return Number(await run(client, countPolicies));
}

/** Lays a file of so many policies ready for `import`; the comments say whose they are and which. */
function layReady(name: string, rows: number): void {
  const folder = join(host.stateDirectory, 'files');
  mkdirSync(folder, { recursive: true });
  const lines = Array.from({ length: rows }, (_, row) => {
    const network = `${name.charCodeAt(0)}.${row >> 8}.${row & 255}.0/24`;
    return `add src-address=10.0.0.0/24 dst-address=${network} action=drop comment=${name}${row}`;
  });
  writeFileSync(join(folder, `${name}.rsc`), ['/ip ipsec policy', ...lines, ''].join('\n'));
}

/** The comments in the order of the table. */
async function comments(client: Client): Promise<readonly string[]> {
  const exported = await run(client, '/ip ipsec policy export');
  return [...exported.matchAll(/comment="?(\w+)/g)].map(([, comment]) => comment ?? '');
}

const numbered = (name: string, rows: number) =>
  Array.from({ length: rows }, (_, row) => `${name}${row}`);

describe('a long import', () => {
  const rows = 2_000;

  test('lets other clients have their turn, and loses nothing by it', async () => {
    await host.start({ logLevel: 'info' });
    layReady('a', rows);
    const [importer, other] = [await open(), await open()];
    let isOver = false;
    const importing = run(importer, '/import a.rsc').finally(() => {
      isOver = true;
    });
    const seen = new Set<number>();
    while (!isOver) seen.add(await count(other));
    await importing;
    // Some of the answers came while it was under way.
    expect([...seen].filter((size) => size > 0 && size < rows).length).toBeGreaterThan(1);
    expect(await comments(other)).toEqual(numbered('a', rows));
  });

  test('beside another one: each keeps its order, and nothing is lost', async () => {
    await host.start({ logLevel: 'info' });
    layReady('a', rows);
    layReady('b', rows);
    await Promise.all([run(await open(), '/import a.rsc'), run(await open(), '/import b.rsc')]);
    const all = await comments(await open());
    expect(all).toHaveLength(2 * rows);
    for (const name of ['a', 'b']) {
      expect(all.filter((comment) => comment.startsWith(name))).toEqual(numbered(name, rows));
    }
  });

  test('of a client that dies stops: whole rows are there, and after a kill as well', async () => {
    const daemon = await host.start({ logLevel: 'info' });
    layReady('a', rows);
    const client = await open();
    const socket = createConnection(host.socketPath);
    await once(socket, 'connect');
    const request = { version: controlVersion, id: 1, method: 'execute', text: '/import a.rsc' };
    socket.write(`${JSON.stringify(request)}\n`);
    while ((await count(client)) === 0);
    socket.destroy();
    let before = -1;
    let size = await count(client);
    while (size !== before) {
      before = size;
      await new Promise((resolve) => setTimeout(resolve, 200));
      size = await count(client);
    }
    expect(size).toBeLessThan(rows);
    expect(await comments(client)).toEqual(numbered('a', size));
    await daemon.kill('SIGKILL');
    await host.start({ logLevel: 'info' });
    expect(await comments(await open())).toEqual(numbered('a', size));
  });
});

describe('what the kernel refuses', () => {
  const tunnel = (network: number) =>
    `add src-address=10.1.0.0/24 dst-address=10.2.${network}.0/24 sa-src-address=192.0.2.1 sa-dst-address=192.0.2.2 tunnel=yes action=encrypt`;

  /** A daemon whose policies are in a kernel that is its own; ready when it resolves. */
  async function startOnKernel(): Promise<(...words: readonly string[]) => string> {
    const words = [
      ...['--net', process.execPath, compiled('cli/ipsecd.js'), '--dataplane', 'xfrm'],
      ...['--state-dir', host.stateDirectory, '--socket', host.socketPath],
      ...['--port', `${await host.port()}`],
    ];
    const { NODE_OPTIONS: _, ...environment } = process.env;
    const child = spawn('unshare', words, { env: environment });
    children.push(child);
    let output = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (data) => {
        output += data;
        if (output.includes('"event":"ready"')) resolve();
      });
      child.on('close', () => reject(new Error(`ipsecd ended: ${output}`)));
    });
    return (...argv) =>
      execFileSync('nsenter', [`--net=/proc/${child.pid}/ns/net`, ...argv], { encoding: 'utf8' });
  }

  test('is refused in its words and its place; what came before it counts, nothing after it', async () => {
    const inNamespace = await startOnKernel();
    const theirs = 'src 10.1.0.0/24 dst 10.2.3.0/24 dir out priority 7 action block';
    inNamespace('ip', 'xfrm', 'policy', 'add', ...theirs.split(' '));
    const client = await open();
    const script = ['/ip ipsec policy', ...[1, 2, 3, 4].map(tunnel)].join('\n');
    const { error } = await client.execute(script);
    expect(error).toMatchObject({ rule: 'C-63', line: 4 });
    expect(error?.text).toMatch(/^failure: the kernel refuses .*policy 2 \(out .*EEXIST/);

    const listed = inNamespace('ip', 'xfrm', 'policy', 'list');
    expect(listed).toContain('dst 10.2.1.0/24');
    expect(listed).toContain('dst 10.2.2.0/24');
    // Theirs is as it was, and the two directions the kernel had taken are gone again.
    expect(listed.match(/10\.2\.3\.0\/24/g)).toHaveLength(1);
    expect(listed).not.toContain('10.2.4.0/24');
    expect(await count(client)).toBe(2);

    inNamespace('ip', 'xfrm', 'policy', 'delete', ...theirs.split(' ').slice(0, 6));
    await run(client, ['/ip ipsec policy', ...[3, 4].map(tunnel)].join('\n'));
    expect(await count(client)).toBe(4);
  });
});
