/** The error table C-50 to C-63: each text with its place, whichever way the line comes in (spec C.6). */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { emptyTables, Session } from './console-session.js';
import { compiled, type Ended, Host } from './daemon-process.js';
import { onTerminal } from './terminal.js';

jest.setTimeout(60_000);

interface Mistake {
  readonly rule: string;
  readonly line: string;
  /** Without the place. */
  readonly text: string;
  /** Of the word at fault. */
  readonly column: number;
}

/** The texts that name their place themselves wherever they are shown (C-50 to C-53, C-56, C-57). */
const located = new Set(['C-50', 'C-51', 'C-52', 'C-53', 'C-56', 'C-57']);

/** `^` stands before the word at fault. */
const rows: readonly (readonly [rule: string, line: string, text: string])[] = [
  ['C-50', '/ip ipsec ^polizy print', 'bad command name polizy'],
  ['C-50', '/ip ipsec peer ^frobnicate 0', 'bad command name frobnicate'],
  ['C-50', '/^system resource print', 'bad command name system'],
  ['C-50', '/ip ^firewall src-nat add action=masq', 'bad command name firewall'],
  ['C-50', '/ip/ipsec/installed-sa/^remove 0', 'bad command name remove'],
  ['C-50', '/ip ipsec peer ^move 0 1', 'bad command name move'],
  ['C-50', ':^beep frequency=100', 'bad command name beep'],
  ['C-51', '/ip ipsec policy ^tunnel=yes', 'expected command name'],
  ['C-51', '^comment=x', 'expected command name'],
  ['C-52', '/ip ipsec peer print ^bogus=1', 'expected end of command'],
  ['C-52', '/ip ipsec policy add tunnel=no ^bogus=1', 'expected end of command'],
  ['C-52', '/ip ipsec peer remove 0 ^77', 'expected end of command'],
  ['C-52', '/ip ipsec peer add ^address =10.9.9.9', 'expected end of command'],
  ['C-53', '/ip ipsec peer set 0 comment=^"never closed', 'syntax error'],
  ['C-53', '/ip ipsec peer set 0 comment="a^\\xb"', 'syntax error'],
  ['C-53', '/ip ipsec peer remove ^[find', 'syntax error'],
  ['C-53', '/ip ipsec peer remove ^]', 'syntax error'],
  ['C-54', '/ip ipsec policy add ^action=permit', 'input does not match any value of action'],
  ['C-54', '/ip ipsec policy set 0 ^proposal=nosuch', 'input does not match any value of proposal'],
  ['C-54', '/ip ipsec peer set 0 ^exch=ike2', 'input does not match any value of exchange-mode'],
  [
    'C-55',
    '/ip ipsec peer set 0 ^enc-algorithm=aes',
    'ambiguous value of enc-algorithm, more than one possible value matches input',
  ],
  [
    'C-55',
    '/ip ipsec peer set 0 ^dh-group=modp',
    'ambiguous value of dh-group, more than one possible value matches input',
  ],
  ['C-56', '/ip ipsec ^p print', 'ambiguous command name p'],
  ['C-56', 'ip/ipsec/^pr/print', 'ambiguous command name pr'],
  ['C-56', '/ip ipsec peer ^e 0', 'ambiguous command name e'],
  ['C-57', '/ip ipsec policy add ^s=1', 'ambiguous input s'],
  ['C-57', '/ip ipsec peer set 0 ^e=1', 'ambiguous input e'],
  ['C-58', '/ip ipsec peer add ^address=10.9.9.x', 'invalid value for argument address'],
  [
    'C-58',
    '/ip ipsec pre-shared-secret add address=10.9.9.9 ^secret=0xabc',
    'invalid value for argument secret',
  ],
  [
    'C-58',
    '/ip ipsec proposal set extra ^lifetime=5parsecs',
    'invalid value for argument lifetime',
  ],
  [
    'C-58',
    '/ip ipsec policy set 0 ^ipsec-protocols=""',
    'invalid value for argument ipsec-protocols',
  ],
  [
    'C-59',
    '/ip ipsec policy add ^src-address=10.0.0.0/24:65536',
    'value of src-address out of range (0..65535)',
  ],
  [
    'C-59',
    '/ip ipsec proposal add ^lifebytes=4294967296',
    'value of lifebytes out of range (0..4294967295)',
  ],
  [
    'C-59',
    '/ip ipsec manual-sa set sa1 ^ah-spi=FF',
    'value of ah-spi out of range (100..FFFFFFFF)',
  ],
  ['C-60', '/ip ipsec peer ^add', 'missing value(s) of argument(s) address'],
  [
    'C-60',
    '/ip ipsec pre-shared-secret ^add address=10.9.9.9',
    'missing value(s) of argument(s) secret',
  ],
  ['C-60', '/ip ipsec peer ^remove', 'missing value(s) of argument(s) numbers'],
  ['C-61', '/ip ipsec peer set ^99 comment=x', 'no such item'],
  ['C-61', '/ip ipsec policy remove ^0,*FFF', 'no such item'],
  ['C-61', '/ip ipsec proposal disable ^nosuch', 'no such item'],
  ['C-62', '/ip ipsec peer ^add address=10.0.0.1:500', 'failure: already have such entry'],
  ['C-62', '/ip ipsec proposal ^add name=extra', 'failure: already have such entry'],
  [
    'C-63',
    '/ip ipsec pre-shared-secret ^add secret=x',
    'failure: address or ident-string must be specified',
  ],
  ['C-63', '/ip ipsec proposal ^remove extra', 'failure: item is used by policy'],
  ['C-63', '/ip ipsec manual-sa ^remove [find]', 'failure: item is used by policy'],
];

const mistakes: readonly Mistake[] = rows.map(([rule, marked, text]) => {
  const line = marked.replace('^', '');
  return { rule, line, text, column: marked.indexOf('^') + 1 };
});

const configuration = [
  '/ip ipsec proposal add name=extra',
  '/ip ipsec manual-sa add name=sa1 ah-key=abcdef',
  '/ip ipsec peer add address=10.0.0.1',
  '/ip ipsec pre-shared-secret add address=10.0.0.1 secret=kept',
  '/ip ipsec policy add sa-src-address=10.0.0.2 sa-dst-address=10.0.0.1 action=encrypt proposal=extra',
  '/ip ipsec policy add src-address=10.1.0.0/24 dst-address=10.2.0.0/24 manual-sa=sa1',
].join('\n');

let host: Host;
let session: Session;
let before: string;

beforeAll(async () => {
  host = new Host();
  await host.start({ logLevel: 'info' });
  session = await Session.open(host.socketPath);
});

beforeEach(async () => {
  await session.run(`${emptyTables}\n${configuration}`);
  before = await session.tables();
});

afterAll(async () => {
  session?.close();
  await host.close();
});

/** As shown at `line` of a text: with the place, if the text is one that names it. */
function shown({ rule, text, column }: Mistake, line: number): string {
  return located.has(rule) ? `${text} (line ${line} column ${column})` : text;
}

/** A script with the line in the middle of it, and where it stands. */
function script({ line }: Mistake) {
  const lines = ['# checked by a test', '', line, '/ip ipsec peer add address=10.250.0.1'];
  return { text: `${lines.join('\n')}\n`, line: 3 };
}

/** What `ipsecctl` says about a mistake in a script: the place is in the text or the line before it. */
function scriptError(mistake: Mistake, line: number): string {
  return located.has(mistake.rule)
    ? `${shown(mistake, line)}\n`
    : `line ${line}: ${shown(mistake, line)}\n`;
}

/** `ipsecctl < file`: standard input is the file itself. */
function fromFile(file: string): Promise<Ended> {
  const words = [process.execPath, compiled('cli/ipsecctl.js'), '--socket', host.socketPath, file];
  return new Promise((resolve) => {
    const { NODE_OPTIONS: _, ...env } = process.env;
    const command = '"$0" "$1" "$2" "$3" < "$4"';
    const child = execFile('/bin/sh', ['-c', command, ...words], { env }, (_error, out, err) =>
      resolve({ code: child.exitCode, signal: child.signalCode, stdout: out, stderr: err }),
    );
  });
}

let files = 0;

/** A name that no other case uses. */
function fileName(): string {
  files += 1;
  return `mistake-${files}`;
}

describe('the error table', () => {
  test('has at least two lines for every rule that the console uses', () => {
    const counts = new Map<string, number>();
    for (const { rule } of mistakes) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    const rules = Array.from({ length: 14 }, (_, index) => `C-${50 + index}`);
    expect(rules.filter((rule) => (counts.get(rule) ?? 0) < 2)).toEqual([]);
  });

  test.each(mistakes.map((mistake) => [mistake.rule, mistake.line, mistake] as const))(
    '%s %s is refused with its text and place, and changes nothing',
    async (rule, line, mistake) => {
      const input = script(mistake);
      const name = fileName();
      const file = join(host.directory, name);
      writeFileSync(file, input.text);
      mkdirSync(join(host.stateDirectory, 'files'), { recursive: true });
      writeFileSync(join(host.stateDirectory, 'files', `${name}.rsc`), input.text);

      const [argument, pipe, redirected, imported, json, answer] = await Promise.all([
        host.ctl([line]),
        host.ctl([], input.text),
        fromFile(file),
        host.ctl([`/import ${name}`]),
        host.ctl(['--json'], input.text),
        session.refusal(input.text),
      ]);

      const failed = { code: 1, signal: null, stdout: '' };
      expect(argument).toEqual({ ...failed, stderr: `${shown(mistake, 1)}\n` });
      expect(pipe).toEqual({ ...failed, stderr: scriptError(mistake, input.line) });
      expect(redirected).toEqual({ ...failed, stderr: scriptError(mistake, input.line) });
      const place = { line: input.line, column: mistake.column };
      expect(imported).toEqual({
        ...failed,
        stdout: `Opening script file ${name}.rsc\n\n`,
        stderr: `${mistake.text} (line ${place.line} column ${place.column})\n`,
      });
      const error = { rule, text: shown(mistake, input.line), ...place };
      const { hint, ...told } = answer;
      expect(told).toEqual(error);
      expect({ code: json.code, stdout: json.stdout }).toEqual({ code: 1, stdout: '' });
      expect(JSON.parse(json.stderr)).toEqual({
        error: { ...error, ...(hint !== undefined && { hint }) },
      });
      // What a table says in its own words needs no other.
      expect(hint === undefined).toBe(rule === 'C-63');

      expect(await session.tables()).toBe(before);
    },
  );

  test('C-56 the command before the ambiguous one of a line stays done, and no other', async () => {
    await session.run('/ip ipsec peer add address=10.0.0.9 comment=first');
    const line = '/ip ipsec peer remove [find comment=first]; /ip ipsec peer e 0';
    const column = line.lastIndexOf('e 0') + 1;
    expect(await host.ctl([line])).toMatchObject({
      code: 1,
      stderr: `ambiguous command name e (line 1 column ${column})\n`,
    });
    expect(await session.tables()).toBe(before);
  });

  test('C-11 a set that fails for one of several items changes none of them', async () => {
    expect(await host.ctl(['/ip ipsec policy set [find] proposal=default comment=x s=1'])).toEqual({
      ...{ code: 1, signal: null, stdout: '' },
      stderr: 'ambiguous input s (line 1 column 56)\n',
    });
    const unique = '/ip ipsec manual-sa set [find],sa1 name=sa1';
    expect((await host.ctl([unique])).code).toBe(1);
    await session.run('/ip ipsec peer add address=10.0.0.8');
    expect(
      await host.ctl(['/ip ipsec peer set [find] comment=changed address=10.0.0.77']),
    ).toMatchObject({ code: 1, stderr: 'failure: already have such entry\n' });
    await session.run('/ip ipsec peer remove [find address=10.0.0.8]');
    expect(await session.tables()).toBe(before);
  });

  test('C-45 C-50 what was done before the mistake stays done, and nothing after it is', async () => {
    const text = [
      '/ip ipsec peer',
      'add address=10.0.0.5 comment="before"',
      'set [find comment=before] dh-group=modp2048; set 0 dh-group=nonsense; remove [find]',
      'add address=10.0.0.6',
      '',
    ].join('\r\n');
    const name = fileName();
    writeFileSync(join(host.stateDirectory, 'files', `${name}.rsc`), text);
    const expected = {
      ...{ code: 1, stdout: `Opening script file ${name}.rsc\n\n` },
      stderr: 'input does not match any value of dh-group (line 3 column 52)\n',
    };
    expect(await host.ctl([`/import ${name}`])).toMatchObject(expected);
    const peers = await session.run('/ip ipsec peer export');
    expect(peers.match(/^add address=\S+/gm)).toEqual([
      'add address=10.0.0.1:500',
      'add address=10.0.0.5:500',
    ]);
    expect(peers.match(/dh-group=\S+/g)).toEqual(['dh-group=modp1024', 'dh-group=modp2048']);

    await session.run('/ip ipsec peer remove [find comment=before]');
    expect(await session.tables()).toBe(before);
    const trial = await host.ctl([`/import ${name} dry-run`]);
    expect(trial).toMatchObject({ code: 1, stderr: expect.stringContaining('failure: ') });
    expect(trial.stdout + trial.stderr).toContain('dh-group (line 3 column 52)');
    expect(await session.tables()).toBe(before);
  });

  test('C-64 is the wording of another interface: no unknown word gets it', async () => {
    for (const line of [
      'nosuch',
      '/nosuch',
      '/ip/nosuch/print',
      '/ip ipsec peer nosuch 0',
      ':no',
    ]) {
      const { text, rule } = await session.refusal(line);
      expect([line, rule, text]).toEqual([
        line,
        'C-50',
        expect.stringMatching(/^bad command name /),
      ]);
      const json = await host.ctl(['--json', line]);
      expect(json.stdout + json.stderr).not.toContain('no such command');
    }
  });
});

describe('on a terminal', () => {
  const some = ['C-50', 'C-52', 'C-53', 'C-54', 'C-57', 'C-59', 'C-61', 'C-63'];
  const chosen = some.flatMap((rule) => mistakes.find((mistake) => mistake.rule === rule) ?? []);

  test.each(chosen.map((mistake) => [mistake.rule, mistake.line, mistake] as const))(
    '%s %s is answered in place, in line 1',
    async (_rule, line, mistake) => {
      const { stdout } = await onTerminal({
        socketPath: host.socketPath,
        typed: `\r/ip ipsec\r${line}\r/\rquit\r`,
      });
      expect(stdout).toContain(`${shown(mistake, 1)}\r\n`);
      expect(stdout).not.toContain('no such command or directory');
      expect(await session.tables()).toBe(before);
    },
  );

  test('C-50 a command given as an argument ends with exit code 1 there too', async () => {
    const { code, stdout } = await onTerminal({
      socketPath: host.socketPath,
      words: ['/ip ipsec polizy print'],
    });
    expect({ code, text: plain(stdout) }).toEqual({
      code: 1,
      text: 'bad command name polizy (line 1 column 11)\r\ndid you mean "policy"?\r\n',
    });
  });
});

/** Without what sets colours and moves the cursor. */
function plain(text: string): string {
  const start = String.fromCharCode(27);
  return text.replace(new RegExp(`${start}\\[[0-9;?]*[A-Za-z]`, 'g'), '');
}
