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

  test('C-20 takes a bracket in one word or in many', async () => {
    await host.ctl(['/ip ipsec peer add address=10.6.0.3 comment="to find"']);
    const found = await host.ctl([
      '/ip',
      'ipsec',
      'peer',
      'get',
      '[find',
      'comment=to find]',
      'address',
    ]);
    expect(found).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('10.6.0.3'),
    });
    expect(await host.ctl(['/ip', 'ipsec', 'peer', 'remove', '[find', 'comment=to'])).toMatchObject(
      {
        code: 1,
        stderr: expect.stringMatching(
          /^ipsecctl: \[find is not closed: put the brackets in quotes/,
        ),
      },
    );
  });

  test('C-51 says that a menu alone is no command', async () => {
    for (const words of [['/ip ipsec policy'], ['/ip', 'ipsec', 'policy']]) {
      expect(await host.ctl(words)).toMatchObject({
        code: 1,
        stdout: '',
        stderr:
          'ipsecctl: expected command name: /ip ipsec policy is a menu; name a command in it, as in "ipsecctl /ip ipsec policy print"\n',
      });
    }
    expect(await host.ctl(['/ip ipsec peer; print count-only'])).toMatchObject({ code: 0 });
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

  test('ends with 0 at a line that is quit, although its input stays open', async () => {
    const client = host.client([]);
    client.write('/ip ipsec proposal\nprint count-only\nquit\nnonsense\n');
    expect(await client.ended).toMatchObject({ code: 0, stdout: '1\n', stderr: '' });
  });

  test('does nothing, successfully, for an empty script', async () => {
    expect(await host.ctl([], '')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});

describe('ipsecctl --json', () => {
  test('prints one document a line, the same from a command and from a script', async () => {
    const command = '/ip ipsec proposal print';
    const { stdout, stderr, code } = await host.ctl(['--json', command]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stdout)).toMatchObject({
      menu: 'proposal',
      items: [{ name: 'default', disabled: false }],
    });
    const script = await host.ctl(['--json'], `${command}\n${command} count-only\n`);
    const [first, second] = script.stdout.split('\n');
    expect(`${first}\n`).toBe(stdout);
    expect(JSON.parse(second ?? '')).toEqual({ menu: 'proposal', count: 1 });
  });

  test('C-50 C-61 says what went wrong as a document on standard error', async () => {
    const { code, stdout, stderr } = await host.ctl(['--json', '/ip ipsec frobnicate']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stderr)).toEqual({
      error: {
        text: 'bad command name frobnicate (line 1 column 11)',
        rule: 'C-50',
        line: 1,
        column: 11,
        // Said to people in a second line, to programs in a field.
        hint: expect.stringContaining('policy'),
      },
    });
    const script = await host.ctl(['--json'], '/ip ipsec peer\n\nremove 999\n');
    expect(JSON.parse(script.stderr)).toEqual({
      error: {
        ...{ text: 'no such item', rule: 'C-61', line: 3, column: expect.any(Number) },
        hint: expect.any(String),
      },
    });
  });

  test('says so too when no daemon answers, and when it is called wrongly', async () => {
    const nowhere = await host.ctl(['--json', '--socket', '/nowhere/ipsecd.sock', 'print']);
    expect(nowhere).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(nowhere.stderr)).toEqual({
      error: { text: expect.stringContaining('/nowhere'), code: 'ERR_IPSEC_NO_DAEMON' },
    });
    const late = await host.ctl(['--json', 'print', '--watch']);
    expect(JSON.parse(late.stderr)).toEqual({
      error: { text: expect.stringContaining('before the command'), code: 'ERR_IPSEC_USAGE' },
    });
  });
});

describe('ipsecctl with a command that goes on', () => {
  test('B-13 print interval= prints again until Ctrl-C, which is no error', async () => {
    const client = host.client([
      '/ip ipsec proposal; add name=repeated; print count-only interval=1',
    ]);
    await client.output(/^2\n\n2\n/);
    expect(await client.kill('SIGINT')).toMatchObject({ code: 0, stderr: '' });
    const removed = await host.ctl(['/ip ipsec proposal remove repeated']);
    expect(removed).toMatchObject({ code: 0, stderr: '' });
  });

  test('B-13 print interval= prints once in a script', async () => {
    const script =
      '/ip ipsec proposal print count-only interval=1\n/ip ipsec proposal print count-only\n';
    expect(await host.ctl([], script)).toMatchObject({ code: 0, stdout: '1\n1\n' });
  });

  test('C-18 edit is refused where there is no terminal', async () => {
    const edit = '/ip ipsec proposal edit default comment';
    expect(await host.ctl([edit])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^ipsecctl: edit needs the shell: .*\n$/),
    });
    expect(await host.ctl([], `${edit}\n`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^ipsecctl: edit needs the shell, not a script: .*\n$/),
    });
  });

  test('--watch says that the daemon has stopped, and ends with 1', async () => {
    const other = new Host();
    try {
      const daemon = await other.start();
      const [text, json] = [other.client(['--watch']), other.client(['--watch', '--json'])];
      const told = Promise.all([text, json].map((client) => client.output(/noticed/)));
      let isTold = false;
      told.finally(() => {
        isTold = true;
      });
      while (!isTold) {
        await other.ctl(['/ip ipsec proposal add name=watched comment=noticed']);
        await other.ctl(['/ip ipsec proposal remove watched']);
      }
      await told;
      await daemon.kill('SIGTERM');
      expect(await text.ended).toMatchObject({ code: 1, stderr: 'ipsecctl: ipsecd has stopped\n' });
      const { code, stderr } = await json.ended;
      expect(code).toBe(1);
      expect(JSON.parse(stderr)).toEqual({
        error: { text: 'ipsecd has stopped', code: 'ERR_IPSEC_CONNECTION_LOST' },
      });
    } finally {
      await other.close();
    }
  });

  test('--watch says what happens until Ctrl-C, which is no error', async () => {
    const text = host.client(['--watch']);
    const json = host.client(['--watch', '--json']);
    // A watcher is told what happens from its beginning on, and does not say when that is.
    const told = Promise.all([text, json].map((client) => client.output(/noticed/)));
    let isTold = false;
    told.finally(() => {
      isTold = true;
    });
    while (!isTold) {
      await host.ctl(['/ip ipsec proposal add name=watched comment=noticed']);
      await host.ctl(['/ip ipsec proposal remove watched']);
    }
    await told;
    expect(await text.kill('SIGINT')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^\d\d:\d\d:\d\d proposal \*[0-9A-F]+ added .*comment="noticed"/m,
      ),
      stderr: '',
    });
    const { code, stdout, stderr } = await json.kill('SIGINT');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'table', menu: 'proposal', change: 'added' }),
    );
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
    expect(await alone('-h')).toEqual(await alone('--help'));
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

  test('says so as a document with --json, and where help is to who asks for it', async () => {
    const { code, stdout, stderr } = await alone('--json', '--sokcet', '/x', 'print');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: { text: expect.stringContaining('sokcet'), code: 'ERR_IPSEC_USAGE' },
    });
    expect(await alone('help')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^ipsecctl: help is no command: see "ipsecctl --help"/),
    });
  });

  test('says where options belong, and how a script is run', async () => {
    expect(await alone('/ip ipsec policy', 'print', '--json')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'ipsecctl: options stand before the command: ipsecctl --json /ip ipsec policy ...\n',
    });
    expect(await alone('office.rsc')).toMatchObject({
      code: 1,
      stderr: 'ipsecctl: office.rsc is a script: run it with "ipsecctl < office.rsc"\n',
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
