import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { compiled, Host, Program } from './daemon-process.js';

jest.setTimeout(60_000);

let host: Host;

beforeAll(async () => {
  host = new Host();
  await host.start({ logLevel: 'info' });
});

afterAll(() => host.close());

describe('ipsecctl with a command', () => {
  test('passes each word on as the one value it was', async () => {
    const secret = ' a "b" $c \\d ; ?';
    const added = await host.ctl([
      ...['/ip', 'ipsec', 'pre-shared-secret', 'add', 'address=10.5.0.1'],
      ...[`secret=${secret}`, 'comment=to the "office"'],
    ]);
    expect(added).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const { stdout } = await host.ctl(['/ip', 'ipsec', 'pre-shared-secret', 'print']);
    expect(stdout).toContain(secret);
    expect(stdout).toContain(';;; to the "office"');
  });

  test('A-01 C-01 takes a whole line, abbreviations and either way to write the path', async () => {
    const line = '/ip ipsec policy add sa-src=10.6.0.1 sa-dst=10.6.0.2 action=enc';
    expect(await host.ctl([line])).toMatchObject({ code: 0, stderr: '' });
    const forms = [
      ['/ip/ipsec/policy', 'print'],
      ['ip', 'ipsec', 'policy', 'print'],
    ];
    for (const form of forms) expect((await host.ctl(form)).stdout).toContain('10.6.0.1/32:any');
  });

  test('C-50 C-60 ends with 1 and the words on standard error when it is refused', async () => {
    expect(await host.ctl(['/ip', 'ipsec', 'policy', 'frobnicate'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'bad command name frobnicate (line 1 column 18)\n',
    });
    expect(await host.ctl(['/ip', 'ipsec', 'peer', 'add'])).toMatchObject({
      code: 1,
      stderr: 'missing value(s) of argument(s) address\n',
    });
  });

  test('B-04 wraps for 80 columns where there is no terminal', async () => {
    const { stdout } = await host.ctl(['/ip ipsec proposal print']);
    expect(stdout).toContain(
      '  0   name="default" auth-algorithms=sha1 enc-algorithms=3des lifetime=30m\n      lifebytes=0 pfs-group=modp1024\n',
    );
  });
});

describe('ipsecctl with commands on standard input', () => {
  test('runs them in order in one session, continued lines and comments included', async () => {
    const script = [
      '# two secrets',
      '/ip ipsec pre-shared-secret',
      'add address=10.7.0.1 \\',
      '    secret=one; add address=10.7.0.2 secret="t\\',
      '    wo"',
      'print count-only',
      'print',
      '',
    ].join('\r\n');
    const { code, stdout, stderr } = await host.ctl([], script);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/10\.7\.0\.1 +one/);
    expect(stdout).toMatch(/10\.7\.0\.2 +two/);
  });

  test('C-50 stops at the first error, named with its line; what was before stays', async () => {
    const script = [
      '/ip ipsec peer add address=10.8.0.1',
      '',
      '/ip ipsec peer add address=10.8.0.2 bogus=1',
      '/ip ipsec peer add address=10.8.0.3',
    ].join('\n');
    expect(await host.ctl([], script)).toMatchObject({
      code: 1,
      stderr: 'expected end of command (line 3 column 37)\n',
    });
    const { stdout } = await host.ctl(['/ip ipsec peer print']);
    expect(stdout).toContain('10.8.0.1');
    expect(stdout).not.toContain('10.8.0.2');
    expect(stdout).not.toContain('10.8.0.3');
  });

  test('C-61 puts the line in front of an error that names no place', async () => {
    const script = '/ip ipsec peer\n\nremove 999\n';
    expect(await host.ctl([], script)).toMatchObject({ code: 1, stderr: 'line 3: no such item\n' });
  });

  test('counts lines on through a script that is longer than one request', async () => {
    const comments = Array.from({ length: 3000 }, (_, line) => `# line ${line + 1} of comments`);
    const script = [...comments, '/ip ipsec peer print nonsense', ''].join('\n');
    expect(await host.ctl([], script)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\(line 3001 column 22\)\n$|^line 3001: /),
    });
  });

  test('runs each command when it has come, while the rest is still to come', async () => {
    const client = host.client([]);
    client.write('/ip ipsec proposal\nprint count-only\n');
    await client.output(/1/);
    client.end('print nonsense-at-the-end\n');
    expect(await client.ended).toMatchObject({ code: 1 });
  });

  test('ends at once after an error although its input stays open', async () => {
    const client = host.client([]);
    client.write('nonsense\n');
    expect(await client.ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/line 1 /) });
  });

  test('does nothing, successfully, for an empty script', async () => {
    expect(await host.ctl([], '')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});

describe('ipsecctl', () => {
  async function alone(...args: string[]) {
    const program = new Program(compiled('cli/ipsecctl.js'), args);
    program.end();
    return program.ended;
  }

  test('says which socket nobody serves, and what to do', async () => {
    expect(await alone('--socket', '/nowhere/ipsecd.sock', '/ip ipsec policy print')).toMatchObject(
      {
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(
          /^ipsecctl: no ipsecd answers at \/nowhere\/ipsecd.sock: is it/,
        ),
      },
    );
  });

  test('answers --help and --version without a daemon', async () => {
    expect(await alone('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--socket'),
    });
    expect(await alone('--version')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test('refuses options that do not exist', async () => {
    expect(await alone('--sokcet', '/x', 'print')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^ipsecctl: .*sokcet.*\n$/),
    });
  });

  test('leaves everything behind the first word to the console, numbers as typed', async () => {
    expect(await host.ctl(['/ip', 'ipsec', 'peer', 'print', '--help'])).toMatchObject({ code: 1 });
    await host.ctl(['/ip ipsec peer add address=10.9.0.1 comment=x']);
    const comment = await host.ctl(['/ip', 'ipsec', 'peer', 'comment', '0', '007']);
    expect(comment).toMatchObject({ code: 0, stderr: '' });
    expect((await host.ctl(['/ip ipsec peer print'])).stdout).toContain(';;; 007');
  });
});
