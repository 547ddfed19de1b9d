/** The package's entries, imported by name as a program of its own does. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Host } from './daemon-process.js';
import { ProgramFolder } from './program.js';

jest.setTimeout(60_000);

let folder: ProgramFolder;

beforeEach(() => {
  folder = new ProgramFolder();
});

afterEach(() => folder.close());

/** What a module of its own prints. */
async function run(source: string): Promise<string> {
  const { stdout, stderr, code } = await folder.run(source);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return stdout.trim();
}

test('ipsecctl/wire decodes a message of a capture byte by byte', async () => {
  const header = `${'11'.repeat(8)}${'00'.repeat(8)}0b100500000000000000002c`;
  const notify = '000000100000000101000018';
  const printed = await run(`
    import { decode, encode, nameOf, notifyTypes } from 'ipsecctl/wire';
    const bytes = Uint8Array.from(Buffer.from('${header}${notify}00000000', 'hex'));
    const { ok, value } = decode(bytes);
    const [payload] = value.payloads;
    console.log(ok, payload.type, nameOf(notifyTypes, payload.notifyType));
    console.log(Buffer.from(encode(value)).equals(Buffer.from(bytes)));
    console.log(decode(bytes.subarray(0, 30)).ok, decode(new Uint8Array()).error.reason);
  `);
  expect(printed).toBe('true N AUTHENTICATION-FAILED\ntrue\nfalse malformed');
});

test('ipsecctl/engine answers a wish without rows with the row to add', async () => {
  const printed = await run(`
    import { createCryptoProvider, Engine, instant } from 'ipsecctl/engine';
    const engine = new Engine({ crypto: createCryptoProvider() });
    const any = { address: '0.0.0.0', length: 0 };
    const selector = { source: any, destination: any, protocol: 0, sourcePorts: 'any', destinationPorts: 'any' };
    const policy = { id: 1, label: 'policy 0', reqid: 1, selector, local: '10.0.0.1', remote: '10.0.0.2',
      mode: 'tunnel', protocols: ['esp'], level: 'require',
      proposal: { label: 'proposal 0', encryptions: ['3des'], integrities: ['sha1'], lifetimeSeconds: 0, lifetimeBytes: 0 } };
    engine.handle({ kind: 'configured', now: instant(0), config: { peers: [], secrets: [], policies: [policy] } });
    const effects = engine.handle({ kind: 'command', now: instant(1), command: { kind: 'initiate', policyId: 1 } });
    console.log(effects.map(({ kind, event }) => kind + ' ' + event.reason).join());
  `);
  expect(printed).toBe('event no-peer');
});

describe('ipsecctl', () => {
  test('says where it looked when no daemon answers', async () => {
    const printed = await run(`
      import { connect } from 'ipsecctl';
      await connect({ socketPath: '/nonexistent/ipsecd.sock' }).catch((error) => console.log(error.code, error.message));
    `);
    expect(printed).toMatch(/^ERR_IPSEC_NO_DAEMON .*\/nonexistent\/ipsecd\.sock/);
  });

  test('refuses a bare path and options it does not have before it looks anywhere', async () => {
    const printed = await run(`
      import { connect } from 'ipsecctl';
      for (const options of ['/run/x.sock', { socket: '/run/x.sock' }, { socketPath: 5 }, null]) {
        await connect(options).catch((error) => console.log(error.name, error.message));
      }
    `);
    expect(printed.split('\n')).toEqual([
      'TypeError connect takes an object: connect({ socketPath: "/run/x.sock" })',
      'TypeError connect has no option "socket": it has socketPath',
      "TypeError socketPath: the path of the daemon's control socket is needed",
      expect.stringMatching(/^TypeError connect takes an object/),
    ]);
  });

  test('drives the tables of a running daemon and hears what happens', async () => {
    const host = new Host();
    try {
      await host.start();
      const printed = await run(`
        import { connect } from 'ipsecctl';
        const client = await connect({ socketPath: ${JSON.stringify(host.socketPath)} });
        const events = client.watch();
        const id = await client.policy.add({ action: 'drop', 'src-address': '10.1.0.0/16', 'dst-address': '10.2.0.0/16' });
        await client.policy.set(id, { comment: 'closed' });
        console.log(await client.policy.print({ form: 'terse' }));
        await client.policy.ready(id, { timeoutMs: 2000 });
        await client.peer.add({ address: 'nowhere' }).catch(({ code, rule, property }) => console.log(code, rule, property));
        await client.policy.remove(id);
        for await (const { change, item } of events) {
          console.log(change, item?.comment);
          if (change === 'removed') break;
        }
        client.close();
      `);
      expect(printed).toMatch(
        /10\.1\.0\.0\/16[\s\S]*\nERR_IPSEC_REFUSED C-58 address\nadded \nchanged closed\nremoved undefined$/,
      );
      const printedByConsole = await host.ctl(['/ip', 'ipsec', 'policy', 'print', 'count-only']);
      expect(printedByConsole.stdout.trim()).toBe('0');
    } finally {
      await host.close();
    }
  });

  test('has types that a strict program compiles with, and that catch what is misspelt', async () => {
    const fine = `
      import { type ClientError, connect, type PolicyItem, type WatchEvent } from 'ipsecctl';
      import { type EngineOptions, createCryptoProvider, Engine } from 'ipsecctl/engine';
      import { decode, encode } from 'ipsecctl/wire';
      const client = await connect({ socketPath: '/run/x.sock' });
      const id: string = await client.policy.add({ action: 'encrypt', 'ipsec-protocols': ['esp'] });
      const items: readonly PolicyItem[] = await client.policy.find({ invalid: true });
      const failed = (error: ClientError): string => error.code + items[0]?.action + id;
      for await (const event of client.watch()) {
        const seen: WatchEvent = event;
        const named: string = seen.kind === 'engine' ? seen.name : seen.kind;
        failed.name.concat(named);
      }
      const message = decode(new Uint8Array());
      if (message.ok) encode(message.value);
      const options: EngineOptions = { crypto: createCryptoProvider() };
      new Engine(options).status();
    `;
    expect(await folder.compile(fine)).toBe('');
    const wrong = fine.replace("action: 'encrypt'", "acton: 'encrypt'");
    expect(await folder.compile(wrong)).toMatch(
      /'acton' does not exist in type 'PolicyInput'\. Did you mean to write 'action'\?$/m,
    );
    const worse = fine.replace("action: 'encrypt'", "action: 'encrypted'");
    expect(await folder.compile(worse)).toContain('encrypted');
  });

  test('takes the AbortSignal of a browser’s types as well as its own', async () => {
    const source = `
      import { connect, type StopSignal } from 'ipsecctl';
      const client = await connect();
      const { signal } = new AbortController();
      const stop: StopSignal = signal;
      client.watch({ signal });
      await client.policy.ready('*1', { signal: stop });
    `;
    expect(await folder.compile(source, ['es2022', 'dom'])).toBe('');
  });

  test('lets a program end that closed its clients, whatever they were about', async () => {
    const host = new Host();
    try {
      await host.start();
      const printed = await run(`
        import { getEventListeners } from 'node:events';
        import { connect } from 'ipsecctl';
        const { signal } = new AbortController();
        console.log('begun');
        const held = () => process.getActiveResourcesInfo().filter((name) => /Timeout|Pipe/.test(name)).join();
        const before = held();
        const watched = async () => {
          const client = await connect({ socketPath: ${JSON.stringify(host.socketPath)} });
          client.on('table', () => undefined)();
          client.on('lost', () => undefined);
          const events = client.watch({ signal });
          // Answered in order: from here on the daemon tells this connection of changes.
          await client.status();
          return { client, events };
        };
        const use = async ({ client, events }) => {
          for await (const event of events) break;
          const last = client.watch({ signal }).next();
          const [{ id }] = await client.policy.find();
          const ready = client.policy.ready(id, { initiate: false, signal }).catch(({ code }) => code);
          await client.status();
          console.log(getEventListeners(signal, 'abort').length > 0);
          client.close();
          console.log(await ready, (await last).done);
          await client.closed;
        };
        const other = await connect({ socketPath: ${JSON.stringify(host.socketPath)} });
        await other.policy.add({ action: 'encrypt', 'sa-src-address': '10.9.9.8', 'sa-dst-address': '10.9.9.9' });
        const used = (await Promise.all([watched(), watched()])).map(use);
        await other.peer.add({ address: '10.9.9.9' });
        other.close();
        await Promise.all(used);
        console.log(getEventListeners(signal, 'abort').length, held() === before);
      `);
      const used = ['true', 'ERR_IPSEC_CONNECTION_LOST true'];
      expect(printed.split('\n')).toEqual(['begun', ...used, ...used, '0 true']);
    } finally {
      await host.close();
    }
  });
});
