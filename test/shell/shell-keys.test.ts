import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Host } from '../e2e/daemon-process.js';
import { run, ShellBench } from './shell-bench.js';

jest.setTimeout(60_000);

const bench = new ShellBench();

beforeAll(() => bench.start());
afterEach(() => bench.closeTerminals());
afterAll(() => bench.close());

describe('keys', () => {
  test('C-37 Ctrl-C drops the line, and the lines it continues', async () => {
    const terminal = await bench.inMenu('ip ipsec peer');
    const before = (await bench.host.ctl(['/ip ipsec peer print count-only'])).stdout.trim();
    terminal.type('add address=10.40.0.1');
    await terminal.until('10.40.0.1');
    terminal.keys('C-c');
    await terminal.until(/10\.40\.0\.1\^C\n\[admin@MikroTik\] ip ipsec peer>$/);
    await run(terminal, 'add address=10.40.0.2 \\', '\n\\...');
    terminal.keys('C-c');
    await terminal.until(/\^C\n\[admin@MikroTik\] ip ipsec peer>$/);
    expect(await run(terminal, 'print count-only')).toContain(`\n${before}\n`);
  });

  test('C-37 Ctrl-D ends the shell on an empty line only', async () => {
    const terminal = await bench.inMenu('ip ipsec policy');
    terminal.type('print count-onlyx');
    await terminal.until('onlyx');
    terminal.keys('Left', 'C-d');
    await terminal.until('print count-only');
    terminal.keys('C-d', 'Enter');
    await terminal.until(/\n6\n.*>$/);
    terminal.keys('C-d');
    await terminal.until(/\n\[admin@MikroTik\] ip ipsec policy>\n\[exit 0\]$/);
  });

  test('C-37 Ctrl-A, Ctrl-E, Ctrl-K, Ctrl-U edit, Ctrl-L repaints', async () => {
    const terminal = await bench.shell();
    terminal.type('ipsec print');
    await terminal.until('ipsec print');
    terminal.keys('C-a');
    terminal.type('/ip ');
    terminal.keys('C-e');
    terminal.type('x');
    await terminal.until('/ip ipsec printx');
    terminal.keys('C-a', 'Right', 'Right', 'Right', 'C-k');
    await terminal.until('> /ip');
    terminal.keys('C-u');
    await terminal.until('[admin@MikroTik] >');
    await run(terminal, '/ip ipsec');
    terminal.keys('C-l');
    await terminal.until(/^\[admin@MikroTik\] ip ipsec>$/);
  });

  test('help in any menu shows what ? shows', async () => {
    const terminal = await bench.inMenu('ip ipsec peer');
    expect(await run(terminal, 'help')).toMatch(/> help\n\n +add {2}[\s\S]*\n +export {2}/);
  });

  test('B-13 print interval= shows as much as there is room for', async () => {
    const terminal = await bench.inMenu('ip ipsec policy', { rows: 10 });
    terminal.type('print detail interval=1');
    terminal.keys('Enter');
    const screen = await terminal.until(/\n\.\.\. \d+ more lines$/);
    expect(screen).toMatch(/^Flags:/);
    expect(screen.split('\n')).toHaveLength(9);
    terminal.keys('q');
    await terminal.until(/policy>$/);
  });

  test.each(['quit', '/quit'])('%s ends the shell', async (word) => {
    await run(await bench.shell(), word, '[exit 0]');
  });

  test('B-13 print interval= prints again until Ctrl-C', async () => {
    const terminal = await bench.inMenu('ip ipsec policy');
    terminal.type('print count-only interval=1');
    terminal.keys('Enter');
    await terminal.until(/^6$/);
    await bench.host.ctl(['/ip ipsec policy add sa-dst-address=10.2.0.77 comment=meanwhile']);
    await terminal.until(/^7$/);
    terminal.keys('C-c');
    await terminal.until(/policy>$/);
    await bench.host.ctl(['/ip ipsec policy remove [find comment=meanwhile]']);
    await run(terminal, 'print count-only', /\n6\n.*>$/);
  });
});

describe('pasted text', () => {
  const lines = [
    '[admin@MikroTik] ip ipsec peer> add address=10.50.0.1 \\',
    '\\... comment="pasted ? \\',
    '\\...     text"',
    '[admin@MikroTik] ip ipsec peer> add address=10.50.0.2; add address=10.50.0.3',
    '',
  ].join('\n');

  test.each([true, false])(
    'C-04 is taken with its prompts (marked as pasted: %s)',
    async (marked) => {
      const terminal = await bench.inMenu('ip ipsec peer', { columns: 120 });
      terminal.paste(lines, { marked });
      await terminal.until(/10\.50\.0\.3\n\[admin@MikroTik\] ip ipsec peer>$/);
      const { stdout } = await bench.host.ctl(['/ip ipsec peer print']);
      expect(stdout).toContain(';;; pasted ? text');
      expect(stdout).toContain('10.50.0.3:500');
      const removed = await bench.host.ctl(['/ip ipsec peer remove [find address~"^10.50"]']);
      expect(removed).toMatchObject({ code: 0, stderr: '' });
    },
  );

  test('is not paged, and not cut short by a question mark', async () => {
    const terminal = await bench.inMenu('ip ipsec policy', { rows: 10 });
    terminal.paste('print\nprint ?\nprint count-only\n', { marked: true });
    await terminal.until(/\n6\n.*>$/);
  });
});

describe('edit', () => {
  /** An editor that notes how its file is protected, then runs a command on it. */
  function editor(name: string, command: string): string {
    const file = join(bench.directory, name);
    const notes = `stat -c %a "$1" "$(dirname "$1")" > ${file}.modes; echo "$1" > ${file}.path`;
    writeFileSync(file, `#!/bin/sh\n${notes}\n${command}\n`, { mode: 0o755 });
    return file;
  }

  test('C-18 sets what the editor leaves, and removes the file', async () => {
    const program = editor('good', `sed -i 's/n1/says "n1" $1/' "$1"`);
    const terminal = await bench.inMenu('ip ipsec policy', { environment: { EDITOR: program } });
    await run(terminal, 'edit [find comment=n1] comment', 'policy>');
    expect(await run(terminal, 'get [find comment~"says"] comment')).toContain('says "n1" $1');
    expect(readFileSync(`${program}.modes`, 'utf8')).toBe('600\n700\n');
    const path = readFileSync(`${program}.path`, 'utf8').trim();
    expect(() => statSync(path)).toThrow(/ENOENT/);
    await bench.host.ctl(['/ip ipsec policy set [find comment~"says"] comment=n1']);
  });

  test('C-18 changes nothing when the editor fails', async () => {
    const program = editor('bad', 'echo other > "$1"; exit 3');
    const terminal = await bench.inMenu('ip ipsec policy', { environment: { VISUAL: program } });
    const screen = await run(terminal, 'edit [find comment=n2] comment', /policy>$/);
    expect(screen.replaceAll('\n', ' ')).toMatch(/ended with 3: nothing is changed/);
    expect((await bench.host.ctl(['/ip ipsec policy print'])).stdout).toContain(';;; n2');
    expect(() => statSync(readFileSync(`${program}.path`, 'utf8').trim())).toThrow(/ENOENT/);
  });
});

describe('a daemon that does not answer', () => {
  test('C-37 is left by Ctrl-C twice', async () => {
    const socketPath = join(bench.directory, 'silent.sock');
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => {
      silent.listen(socketPath, resolve);
    });
    try {
      const terminal = await bench.shell({ on: { socketPath } });
      terminal.type('print');
      terminal.keys('Enter', 'C-c');
      await terminal.until(
        'ipsecctl: ipsecd has not answered yet; Ctrl-C once more ends the shell',
      );
      terminal.keys('C-c');
      await terminal.until('[exit 1]');
    } finally {
      silent.close();
    }
  });
});

describe('a daemon that goes away', () => {
  const back = 'ipsecctl: ipsecd was restarted: the numbers of the last print are forgotten';

  test('is missed at once, and found again in the same menu, what was typed still there', async () => {
    const other = new Host();
    try {
      const daemon = await other.start();
      const terminal = await bench.inMenu('ip ipsec proposal', { on: other });
      terminal.type('print count-');
      await terminal.until('print count-');
      await daemon.kill('SIGKILL');
      await terminal.until(
        /lost: it is made again when ipsecd is back\n\[admin@MikroTik\] ip ipsec proposal> print count-$/,
      );
      await other.start();
      const prompt = '[admin@MikroTik] ip ipsec proposal> ';
      await terminal.until(`${back}\n${prompt}print count-`);
      await run(terminal, 'only', `print count-only\n1\n${prompt.trimEnd()}`);
    } finally {
      await other.close();
    }
  });

  test('is told of by each command, none of which is kept for later', async () => {
    const other = new Host();
    try {
      const daemon = await other.start();
      const terminal = await bench.inMenu('ip ipsec proposal', { on: other, columns: 300 });
      await daemon.kill('SIGKILL');
      await terminal.until(/is lost.*\n.*proposal>$/);
      for (const command of ['add name=one', 'add name=two']) {
        const screen = await run(terminal, command, /not sent: [^\n]*\n\[.*proposal>$/);
        expect(screen).toContain(
          `> ${command}\nipsecctl: the command was not sent: no ipsecd answers at ${other.socketPath}`,
        );
      }
      terminal.keys('?');
      await terminal.until(/there is no help: no ipsecd answers at [^\n]*\n\[.*proposal>$/);
      await other.start();
      await terminal.until(/was restarted: [^\n]*\n\[.*proposal>$/);
      await run(terminal, 'print count-only', /\n1\n.*>$/);
      await run(terminal, 'quit', '[exit 0]');
    } finally {
      await other.close();
    }
  });
});
