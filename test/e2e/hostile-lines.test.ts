/** No line of any bytes crashes the daemon, keeps it busy for good or leaves a half-applied change. */
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { controlLimits } from '../../lib/core/control/messages.js';
import { emptyTables, Session } from './console-session.js';
import { compiled, Host } from './daemon-process.js';

jest.setTimeout(120_000);

let host: Host;
let session: Session;

beforeAll(async () => {
  host = new Host();
  await host.start({ logLevel: 'info' });
  session = await Session.open(host.socketPath);
});

beforeEach(async () => {
  await session.run(emptyTables);
});

afterAll(async () => {
  session?.close();
  await host.close();
});

const validLines = [
  '/ip ipsec policy add src-address=10.1.0.0/24:80 dst-address=10.2.0.0/24 protocol=tcp action=encrypt tunnel=yes sa-src=1.0.0.1 sa-dst=1.0.0.2 comment="a \\"b\\" \\24"',
  '/ip ipsec policy set [find src-address=10.1.0.0/24] disabled=yes',
  '/ip ipsec policy print detail where (tunnel and protocol=tcp) || !disabled',
  '/ip ipsec policy move [find] 0',
  '/ip ipsec peer add address=10.0.0.2:501 hash=sha enc=aes-256 dh-group=modp2048',
  '/ip ipsec peer comment [find] "a text"',
  '/ip ipsec pre-shared-secret add ident-string=user@example.org secret=0x0123',
  '/ip ipsec proposal set default auth-algorithms=md5,sha1 lifetime=1d2h lifebytes=0',
  '/ip ipsec manual-sa add name=x ah-spi=0x101/0x100 ah-key=abcfed',
  '/ip ipsec installed-sa print where spi=100',
  '/ip ipsec counters print',
  '/ip ipsec export',
  ':put [/ip ipsec proposal get default lifetime]',
  ':local x 5',
  '/import no-such-file',
  '.. peer print; / ip ipsec policy; print count-only',
];

const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...'/:;[](){}"\\$?=!~<>&|*,.# \r\t0a'), maxLength: 60 }),
);

/** A valid line with something taken out, put in or doubled. */
const mutated = fc
  .tuple(
    fc.constantFrom(...validLines),
    fc.array(fc.tuple(fc.nat(), fc.nat(), noise), { minLength: 1, maxLength: 3 }),
  )
  .map(([line, changes]) =>
    changes.reduce((current, [at, length, inserted]) => {
      const start = at % (current.length + 1);
      const end = start + (length % 8);
      return current.slice(0, start) + inserted.slice(0, length % 12) + current.slice(end);
    }, line),
  );

const furnished = [
  '/ip ipsec policy add src-address=10.3.0.0/24 dst-address=10.4.0.0/24 comment=kept',
  '/ip ipsec peer add address=10.0.0.9',
  '/ip ipsec pre-shared-secret add address=10.0.0.9 secret=kept',
  '/ip ipsec manual-sa add name=kept ah-key=00',
].join('\n');

describe('for any line', () => {
  /** A failing line that holds one command alone has changed nothing. */
  async function checkLine(line: string, previous: string): Promise<string> {
    const { error } = await session.client.execute(line);
    const after = await session.tables();
    const isOneCommand = !/[;\r\n[{]/.test(line);
    if (error !== undefined) {
      expect(error.text).toMatch(/^[^\n]+$/);
      expect(error.rule).toMatch(/^C-(5\d|6[0-3])$/);
      expect(error.line).toBeGreaterThanOrEqual(1);
      expect(error.column).toBeGreaterThanOrEqual(1);
      if (isOneCommand) expect([line, after]).toEqual([line, previous]);
    }
    return after;
  }

  test('the daemon answers, and a refused line has changed nothing', async () => {
    await session.run(furnished);
    let previous = await session.tables();
    const property = fc.asyncProperty(fc.oneof(noise, mutated), async (line) => {
      previous = await checkLine(line, previous);
    });
    await fc.assert(property, { numRuns: 1500 });
    expect(await session.run('/ip ipsec proposal print count-only')).toMatch(/^\d+\n$/);
  });

  test('completion and help answer for any line up to any place', async () => {
    const before = await session.tables();
    const property = fc.asyncProperty(fc.oneof(noise, mutated), fc.nat(), async (line, at) => {
      const typed = line.slice(0, at % (line.length + 1));
      const { from, candidates } = await session.client.complete(typed);
      expect(from).toBeGreaterThanOrEqual(0);
      expect(from).toBeLessThanOrEqual(typed.length);
      expect(Array.isArray(candidates)).toBe(true);
      expect(typeof (await session.client.help(typed))).toBe('string');
    });
    await fc.assert(property, { numRuns: 500 });
    expect(await session.tables()).toBe(before);
  });

  test('whatever bytes stand in a script, ipsecctl ends and the daemon goes on', async () => {
    await session.run(furnished);
    const property = fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 400 }),
        fc.array(mutated, { maxLength: 5 }).map((lines) => Buffer.from(lines.join('\n'))),
      ),
      async (bytes) => {
        const { code, stderr } = await ipsecctlReading(bytes);
        expect([0, 1]).toContain(code);
        // One error at most ends a script: one line, or nothing.
        if (code === 1) expect(stderr).toMatch(/^[^\n]+\n$/);
        expect(await session.run('/ip ipsec proposal print count-only')).toMatch(/^\d+\n$/);
      },
    );
    await fc.assert(property, { numRuns: 25 });
  });

  const room = controlLimits.requestBytes - 200;
  const long: readonly (readonly [string, string])[] = [
    ['one letter', 'x'.repeat(room)],
    ['open brackets', '['.repeat(room)],
    ['open parentheses', `/ip ipsec policy find ${'('.repeat(room)}`],
    ['negations', `/ip ipsec policy find ${'!'.repeat(room)}disabled`],
    ['braces', '{'.repeat(room)],
    ['nested finds', `/ip ipsec policy remove ${'[find comment='.repeat(room / 14)}`],
    ['quotes', '"'.repeat(room / 2)],
    ['backslashes', '\\'.repeat(room / 2)],
    ['continued lines', '\\\n'.repeat(room / 4)],
    ['separators', ';'.repeat(room)],
    ['slashes', '/'.repeat(room)],
    ['levels up', '.. '.repeat(room / 3)],
    ['variables', '$a'.repeat(room / 2)],
    ['a list of items', `/ip ipsec policy remove ${'0,'.repeat(room / 2)}`],
    ['equals signs', `/ip ipsec policy add ${'='.repeat(room)}`],
    ['properties', `/ip ipsec policy add ${'comment=a '.repeat(room / 10)}`],
    ['a regular expression', `/ip ipsec policy find comment~"${'(a*)*'.repeat(room / 5)}b"`],
    ['operators', `/ip ipsec policy find ${'disabled || '.repeat(room / 12)}`],
    ['zeros', `/ip ipsec policy add protocol=${'0'.repeat(room)}`],
    ['digits', `/ip ipsec proposal add lifetime=${'9'.repeat(room)}`],
    ['address parts', `/ip ipsec peer add address=${'1.'.repeat(room / 2)}`],
    ['elements', `/ip ipsec proposal add enc-algorithms=${'des,'.repeat(room / 4)}x`],
  ];

  test.each(long)(
    'of a megabyte, %s, the daemon answers and changes nothing when it refuses',
    async (_what, line) => {
      await session.run(furnished);
      const before = await session.tables();
      const { error } = await session.client.execute(line);
      if (error !== undefined) {
        expect(error.text.length).toBeLessThan(controlLimits.requestBytes + 200);
        expect(await session.tables()).toBe(before);
      }
      await session.client.complete(line);
      await session.client.help(line);
      expect(await session.run('/; /ip ipsec proposal print count-only')).toMatch(/^\d+\n$/);
    },
    20_000,
  );

  test('of a megabyte, a value is kept or refused as a whole', async () => {
    await session.run(furnished);
    const value = 'v'.repeat(room - 100);
    const { error } = await session.client.execute(`/ip ipsec peer set [find] comment="${value}"`);
    const kept = await session.value('/ip ipsec peer', '[find]', 'comment');
    expect(kept).toBe(error === undefined ? value : '');
  });
});

/** `ipsecctl` with these bytes on its standard input. */
function ipsecctlReading(bytes: Uint8Array): Promise<{ code: number | null; stderr: string }> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return new Promise((resolve) => {
    const args = [compiled('cli/ipsecctl.js'), '--socket', host.socketPath];
    const child = execFile(
      process.execPath,
      args,
      { env, timeout: 20_000 },
      (_error, _out, stderr) => resolve({ code: child.exitCode, stderr }),
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end(bytes);
  });
}
