/** The manual's fourteen printouts byte for byte, from `ipsecctl` talking to a running daemon (spec B.2). */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readSharedText } from '../support/shared.js';
import { Session } from './console-session.js';
import { compiled, Host, Program } from './daemon-process.js';
import { onTerminal } from './terminal.js';

jest.setTimeout(60_000);

function golden(name: string): string {
  return readSharedText('golden', `${name}.txt`);
}

let host: Host;
let programs: Program[];

beforeEach(() => {
  host = new Host();
  programs = [];
});

afterEach(async () => {
  await Promise.all(programs.map((program) => program.kill('SIGKILL')));
  await host.close();
});

/** What one command prints; it must be accepted. */
async function printed(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await host.ctl(words);
  expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' });
  return stdout;
}

/** A daemon that is in one of the manual's running states. */
async function startIn(state: string): Promise<void> {
  const args = [state, host.stateDirectory, host.socketPath];
  const program = new Program(compiled('test/e2e/golden-daemon.js'), args);
  programs.push(program);
  await program.output(/^serving$/m);
}

/** What a command prints on a terminal of that width. */
async function printedOnTerminal(columns: number, line: string): Promise<string> {
  const options = { socketPath: host.socketPath, words: [line], columns };
  const { code, stdout } = await onTerminal(options);
  expect({ code, ending: stdout.slice(-2) }).toEqual({ code: 0, ending: '\r\n' });
  return stdout.replaceAll('\r\n', '\n');
}

describe('of the tables', () => {
  beforeEach(async () => {
    await host.start({ logLevel: 'info' });
  });

  test('G01 policy print shows derived selectors and every default', async () => {
    const typed = [
      '/ip ipsec policy',
      'add sa-src-address=10.0.0.205 sa-dst-address=10.0.0.201 \\',
      '\\... action=encrypt',
      'print',
      '',
    ].join('\n');
    const { code, stdout, stderr } = await host.ctl([], typed);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(golden('G01-policy-print'));
    expect(await printed('/ip ipsec policy print')).toBe(golden('G01-policy-print'));
  });

  test('G02 policy print stats before any negotiation', async () => {
    await printed(
      '/ip ipsec policy add sa-src-address=10.0.0.205 sa-dst-address=10.0.0.201 action=encrypt',
    );
    expect(await printed('/ip ipsec policy print stats')).toBe(golden('G02-policy-print-stats'));
  });

  test('G03 peer print', async () => {
    await printed('/ip ipsec peer add address=10.0.0.201');
    expect(await printed('/ip ipsec peer print')).toBe(golden('G03-peer-print'));
  });

  test('G04 peer print stats without phase 1', async () => {
    await printed('/ip ipsec peer add address=10.0.0.201');
    expect(await printed('/ip ipsec peer print stats')).toBe(golden('G04-peer-print-stats-idle'));
  });

  test.each([
    ['G06-psk-print-a', '10.0.0.201'],
    ['G07-psk-print-b', '10.0.0.205'],
  ])('%s is a table', async (name, address) => {
    await printed(`/ip ipsec pre-shared-secret add address=${address} secret=gwejimezyfopmekun`);
    expect(await printed('/ip ipsec pre-shared-secret print')).toBe(golden(name));
  });

  test('G08 manual-sa print', async () => {
    await printed('/ip ipsec manual-sa add ah-key=A0/0A');
    expect(await printed('/ip ipsec manual-sa print')).toBe(golden('G08-manual-sa-print'));
  });

  test('G09 proposal print of a new system', async () => {
    expect(await printed('/ip ipsec proposal print')).toBe(golden('G09-proposal-print'));
  });

  test('G14 the help of the menu, at its prompt and behind its path', async () => {
    const session = await Session.open(host.socketPath);
    expect(await session.client.help('/ip ipsec ')).toBe(golden('G14-menu-help'));
    await session.run('/ip ipsec');
    expect(await session.client.help('')).toBe(golden('G14-menu-help'));
    session.close();
  });
});

describe('of a running system', () => {
  test('G05 peer print stats with phase 1 established', async () => {
    await startIn('G05');
    await printed('/ip ipsec peer add address=10.0.0.201');
    expect(await printed('/ip ipsec peer print stats')).toBe(
      golden('G05-peer-print-stats-running'),
    );
  });

  test('G10 installed-sa print', async () => {
    await startIn('G10');
    expect(await printed('/ip ipsec installed-sa print')).toBe(golden('G10-installed-sa-print'));
  });

  test('G11 counters print, typed in the menu above', async () => {
    await startIn('G11');
    const { code, stdout, stderr } = await host.ctl([], '/ip ipsec\ncounters print\n');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(golden('G11-counters-print'));
    expect(await printed('/ip ipsec counters print')).toBe(golden('G11-counters-print'));
  });

  test('G12 installed-sa print of an older build, on a terminal of 77 columns', async () => {
    await startIn('G12');
    const line = '/ip ipsec installed-sa print without-paging';
    expect(await printedOnTerminal(77, line)).toBe(golden('G12-installed-sa-cisco'));
  });

  test('G13 installed-sa print, which the document cuts off before its last empty lines', async () => {
    await startIn('G13');
    const text = await printed('/ip ipsec installed-sa print');
    expect(text).toBe(`${golden('G13-installed-sa-sonicwall').trimEnd()}\n\n\n`);
  });

  test.each([
    ['G10', 'installed-sa', 'print detail', 2],
    ['G13', 'installed-sa', 'print detail', 2],
    ['G05', 'peer', 'print stats', 1],
  ])(
    '%s C-24 whatever is printed of %s finds it again, as it is written there',
    async (state, menu, print, count) => {
      await startIn(state);
      if (menu === 'peer') await printed('/ip ipsec peer add address=10.0.0.201');
      const session = await Session.open(host.socketPath);
      const lines = await session.run(`/ip ipsec ${menu} ${print}`, { columns: 1000 });
      const items = lines.split('\n').filter((line) => / (spi|address)=/.test(line));
      expect(items).toHaveLength(count);
      for (const [index, item] of items.entries()) {
        // A date and its time are one value with a blank in it (B-04).
        const values = item.matchAll(/ ([a-z0-9-]+)=("[^"]*"|\S+(?: \d\d:\d\d:\d\d)?)/g);
        const found = [...values].map(([, name = '', value = '']) => [
          name,
          value.includes(' ') ? `"${value}"` : value,
        ]);
        expect(found.length).toBeGreaterThan(10);
        for (const [name, value] of found.filter(([, written]) => !written?.includes(' '))) {
          const where = `where ${name}=${value}`;
          const text = await session.run(`/ip ipsec ${menu} ${print} ${where}`, { columns: 1000 });
          expect([where, text]).toEqual([where, expect.stringContaining(item)]);
        }
        const [first] = found;
        const [name, value] = first ?? [];
        expect(await session.run(`/ip ipsec ${menu} print count-only where ${name}=${value}`)).toBe(
          '1\n',
        );
        expect(await session.run(`:put [/ip ipsec ${menu} get ${index} ${name}]`)).toBe(
          `${value}\n`,
        );
      }
      session.close();
    },
  );

  test('C-24 a date as it is printed finds what it is printed of', async () => {
    await startIn('G10');
    const where = 'where current-addtime="nov/24/2008 14:28:42"';
    expect(await printed(`/ip ipsec installed-sa print count-only ${where}`)).toBe('2\n');
    const never = 'where current-usetime="jan/01/1970 00:00:00"';
    expect(await printed(`/ip ipsec installed-sa print count-only ${never}`)).toBe('2\n');
    const later = 'where current-addtime>"nov/24/2008 14:28:42"';
    expect(await printed(`/ip ipsec installed-sa print count-only ${later}`)).toBe('0\n');
  });
});
