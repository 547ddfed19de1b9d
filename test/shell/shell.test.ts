import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readSharedText } from '../support/shared.js';
import { run, ShellBench } from './shell-bench.js';

jest.setTimeout(60_000);

const bench = new ShellBench();

beforeAll(() => bench.start());
afterEach(() => bench.closeTerminals());
afterAll(() => bench.close());

describe('the prompt', () => {
  test('B-14 names the menu, and is admin at this host unless told otherwise', async () => {
    const plain = await bench.shell({ environment: { IPSECCTL_NAME: '' } });
    expect(plain.screen()).toBe(`[admin@${hostname()}] >`);
    const told = await bench.shell({ args: ['--user', 'bob', '--name', 'gate'] });
    expect(told.screen()).toBe('[bob@gate] >');
    await run(told, '/ip/ipsec/policy', '[bob@gate] ip ipsec policy>');
    await run(told, '..', '[bob@gate] ip ipsec>');
    await run(told, '/', '[bob@gate] >');
  });

  test('B-14 C-04 asks for the rest of a continued line', async () => {
    const terminal = await bench.inMenu('ip ipsec peer');
    await run(terminal, 'add address=10.20.0.1 \\', '\n\\...');
    const screen = await run(terminal, 'comment=continued', 'ip ipsec peer>');
    expect(screen).toContain('10.20.0.1 \\\n\\... comment=continued\n[admin@MikroTik]');
    expect((await bench.host.ctl(['/ip ipsec peer print'])).stdout).toContain(';;; continued');
  });

  test('asks for the rest of an open bracket', async () => {
    const terminal = await bench.inMenu('ip ipsec policy');
    await run(terminal, 'print count-only from=[find', '\n\\...');
    expect(await run(terminal, ']', 'policy>')).toMatch(/\n6\n\[admin.*$/);
  });

  test('C-50 an error names line 1, and the shell goes on', async () => {
    const terminal = await bench.inMenu('ip ipsec policy');
    // The second line is for people: what could stand there.
    expect(await run(terminal, 'frobnicate')).toMatch(
      /bad command name frobnicate \(line 1 column 1\)\n[^[]*\bprint\b/,
    );
    await run(terminal, 'print \\', '\n\\...');
    expect(await run(terminal, ' bogus=1')).toContain('(line 1 column 2)\n');
    await run(terminal, 'print count-only', /\n6\n.*>$/);
  });
});

describe('help and completion', () => {
  test('B-15 C-36 ? shows what can follow, at once, with the line as it was', async () => {
    const golden = readSharedText('golden', 'G14-menu-help.txt');
    const terminal = await bench.inMenu('ip ipsec', { rows: 60 });
    terminal.keys('?');
    const prompt = '[admin@MikroTik] ip ipsec>';
    await terminal.until(`${prompt}\n${golden}${prompt}`);
    terminal.type('policy add ');
    await terminal.until('policy add');
    terminal.keys('F1');
    const screen = await terminal.until(/sa-dst-address[\s\S]*ip ipsec> policy add$/);
    expect(screen).not.toContain('?');
  });

  test('C-36 ? is a character inside quotes and behind a backslash', async () => {
    const terminal = await bench.inMenu('ip ipsec policy');
    terminal.type('set 0 comment="really?');
    await terminal.until('"really?');
    terminal.type('" \\?');
    await terminal.until('really?" \\?');
    expect(terminal.screen().split('\n')).toHaveLength(2);
  });

  test('C-36 ? in the middle of a line helps with what is in front of it', async () => {
    const terminal = await bench.inMenu('ip ipsec');
    terminal.type('policy');
    await terminal.until('> policy');
    terminal.keys('Home', '?');
    await terminal.until(/installed-sa\n[\s\S]*ip ipsec> policy$/);
    terminal.type('x');
    await terminal.until('ip ipsec> xpolicy');
  });

  test('C-36 B-13 help that is longer than the screen is shown page by page', async () => {
    const terminal = await bench.inMenu('ip ipsec policy', { rows: 10 });
    terminal.type('add ');
    terminal.keys('?');
    await terminal.until('-- [Q quit|D dump|down]');
    terminal.keys('Down', 'q');
    const screen = await terminal.until(/policy> add$/);
    expect(screen.split('\n').length).toBeLessThanOrEqual(10);
    terminal.type('tunnel=yes');
    await terminal.until('policy> add tunnel=yes');
  });

  test('C-36 ? and Tab say which word there is not', async () => {
    const terminal = await bench.inMenu('ip ipsec policy');
    terminal.type('bogus');
    terminal.keys('Tab');
    await terminal.until(/no such command or argument: bogus\n.*policy> bogus$/);
    terminal.type(' x');
    terminal.keys('?');
    await terminal.until(/bogus x\n\nno such command or argument: bogus\n.*policy> bogus x$/);
  });

  test('C-35 Tab does not write the name that items need not have', async () => {
    const terminal = await bench.inMenu('ip ipsec policy');
    terminal.type('remove ');
    terminal.keys('Tab');
    await terminal.until(/\n +numbers {2}\S.*\n.*policy> remove$/);
    terminal.type('[find inv');
    terminal.keys('Tab', 'Tab');
    await terminal.until(/\ninvalid +invalid=\n.*> remove \[find invalid$/);
  });

  test('C-35 Tab completes the only match, with what follows such a word', async () => {
    const terminal = await bench.shell();
    terminal.type('/ip ipsec man');
    terminal.keys('Tab');
    terminal.type('add ah-sp');
    terminal.keys('Tab');
    terminal.type('0x100');
    await terminal.until('/ip ipsec manual-sa add ah-spi=0x100');
  });

  test('C-35 Tab in the middle of a word completes the whole of it', async () => {
    const terminal = await bench.inMenu('ip ipsec policy');
    terminal.type('add src-address=1.1.1.1 ac=encrypt');
    terminal.keys(...Array.from('=encrypt', () => 'Left'), 'Tab');
    await terminal.until(/policy> add src-address=1\.1\.1\.1 action=encrypt$/);
    terminal.keys('C-c');
    terminal.type('/ip ipsec policy print');
    terminal.keys(...Array.from('icy print', () => 'Left'), 'Tab');
    await terminal.until(/policy> \/ip ipsec policy print$/);
  });

  test('C-35 Tab goes as far as all matches go, and lists them the second time', async () => {
    const terminal = await bench.inMenu('ip ipsec policy');
    terminal.type('set 0 sa');
    terminal.keys('Tab');
    await terminal.until('set 0 sa-');
    terminal.keys('Tab');
    const screen = await terminal.until(/sa-src-address=[\s\S]*policy> set 0 sa-$/);
    expect(screen).toMatch(/sa-dst-address= +sa-src-address=|sa-src-address= +sa-dst-address=/);
  });

  test('C-35 lists all matches below a line that takes several rows', async () => {
    const terminal = await bench.shell({ columns: 40 });
    terminal.type(`/ip ipsec policy set comment=${'a'.repeat(90)} sa-`);
    terminal.keys('Tab', 'Tab');
    terminal.type('#');
    const screen = await terminal.until(/#$/);
    expect(screen).toMatch(
      /^\[admin@MikroTik\] >[^=]+=a+\na+\na+ sa-\nsa-[a-z-]+= +sa-[a-z-]+=\n\[admin@[\s\S]* sa-#$/,
    );
  });
});

describe('paging', () => {
  const pager = '-- [Q quit|D dump|down]';

  test('B-13 stops after each page of rows - 1 lines', async () => {
    const lines = (await bench.host.ctl(['/ip ipsec policy print'])).stdout.split('\n');
    const shown = (first: number) => [...lines.slice(first, first + 9), pager].join('\n');
    const terminal = await bench.inMenu('ip ipsec policy', { columns: 80, rows: 10 });
    await run(terminal, 'print', shown(0));
    terminal.keys('Down');
    await terminal.until(shown(1));
    terminal.keys('Enter');
    await terminal.until(shown(2));
    terminal.keys('Space');
    await terminal.until(shown(11));
    terminal.keys('q');
    await terminal.until(`${lines[19]}\n[admin@MikroTik] ip ipsec policy>`);
  });

  test('B-13 d shows the rest, Ctrl-C leaves, without-paging never asks', async () => {
    const terminal = await bench.inMenu('ip ipsec policy', { rows: 10 });
    await run(terminal, 'print', pager);
    terminal.keys('d');
    expect(await terminal.until('policy>')).toMatch(/dst-address=10\.2\.0\.6/);
    await run(terminal, 'print', pager);
    terminal.keys('C-c');
    expect(await terminal.until('policy>')).not.toMatch(/dst-address=10\.2\.0\.6/);
    expect(await run(terminal, 'print without-paging')).toMatch(/dst-address=10\.2\.0\.6/);
  });

  test('B-13 does not ask when it fits', async () => {
    const terminal = await bench.inMenu('ip ipsec proposal', { rows: 10 });
    expect(await run(terminal, 'print')).toContain('name="default"');
  });

  test('Q-24 prints for the width the terminal has now', async () => {
    const terminal = await bench.inMenu('ip ipsec proposal', { columns: 60 });
    expect(await run(terminal, 'print')).toMatch(/auth-algorithms=sha1\n {6}enc-algorithms=3des/);
    terminal.resize(140, 24);
    await terminal.until(/>$/);
    await run(terminal, 'print', /auth-algorithms=sha1 enc-algorithms=3des lifetime=30m.*\n/);
  });
});

describe('history', () => {
  test('C-37 is kept for the next shell, without the lines that give a secret', async () => {
    const place = 'kept';
    const first = await bench.shell({ place });
    await run(first, '/ip ipsec pre-shared-secret');
    await run(first, 'add address=10.30.0.1 secret=hush-hush-1');
    await run(first, 'add address=10.30.0.2 sec=hush-hush-2');
    await run(first, 'add address=10.30.0.3 \\', '\n\\...');
    await run(first, 'secret="hush-hush-3"');
    await run(first, 'print count-only', /\n3\n.*>$/);
    await run(first, 'quit', '[exit 0]');

    const second = await bench.shell({ place });
    second.keys('Up', 'Up');
    await second.until('> print count-only');
    second.keys('Up');
    await second.until('] > /ip ipsec pre-shared-secret');
    const file = join(bench.directory, place, 'ipsecctl', 'history');
    expect(readFileSync(file, 'utf8')).toBe(
      '/ip ipsec pre-shared-secret\nprint count-only\nquit\n',
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('C-04 C-37 has a continued or pasted command as one, without its prompts', async () => {
    const place = 'joined';
    const terminal = await bench.inMenu('ip ipsec peer', { place, columns: 120 });
    const prompt = '[admin@MikroTik] ip ipsec peer>';
    terminal.paste(`${prompt} print \\\n\\... count-only \\\n  where disabled=no\n`, {
      marked: true,
    });
    await terminal.until(/\n\d+\n.*peer>$/);
    const joined = 'print count-only where disabled=no';
    terminal.keys('Up');
    await terminal.until(`${prompt} ${joined}`);
    terminal.keys('Up');
    await terminal.until(`${prompt} /ip ipsec peer`);
    const file = join(bench.directory, place, 'ipsecctl', 'history');
    expect(readFileSync(file, 'utf8')).toBe(`/ip ipsec peer\n${joined}\n`);
  });

  test('a history that cannot be kept is said once, and the shell works', async () => {
    const place = 'not-a-directory';
    writeFileSync(join(bench.directory, place), '');
    const terminal = await bench.shell({ place });
    expect(terminal.screen()).toMatch(/^ipsecctl: the history is not kept: E/);
    await run(terminal, '/ip ipsec policy print count-only', /\n6\n.*>$/);
  });
});

describe('colours', () => {
  const red = '\x1b[31m';
  const green = '\x1b[32m';

  test('C-38 are on a terminal', async () => {
    const terminal = await bench.inMenu('ip ipsec policy', { rows: 60 });
    await run(terminal, 'frobnicate');
    await run(terminal, 'print', /n5[\s\S]*>$/);
    expect(terminal.colouredScreen()).toContain(`${red}bad command name frobnicate`);
    expect(terminal.colouredScreen()).toContain(`${green}sa-dst-address`);
  });

  test.each([
    { name: 'NO_COLOR is set', environment: { NO_COLOR: '1' } },
    { name: '--colour never', args: ['--colour', 'never'] },
  ])('C-38 are not when $name', async (options) => {
    const terminal = await bench.inMenu('ip ipsec policy', { rows: 60, ...options });
    await run(terminal, 'frobnicate');
    await run(terminal, 'print', /n5[\s\S]*>$/);
    expect(terminal.colouredScreen()).not.toContain('\x1b[');
  });

  test('C-38 are never in a pipe, unless asked for', async () => {
    const command = '/ip ipsec policy print';
    const piped = await bench.host.ctl([command]);
    expect(piped.stdout).toContain('sa-dst-address=');
    expect(piped.stdout).not.toContain('\x1b');
    expect((await bench.host.ctl(['frobnicate'])).stderr).not.toContain('\x1b');
    expect((await bench.host.ctl(['--colour', 'always', command])).stdout).toContain(green);
  });
});
