/** Every configuration line of the manual, pasted as printed there, gives the state the manual describes. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { exampleOf, examples, isFirewall, manual, pasted, prompt } from '../support/manual.js';
import { withoutHeader } from './console-session.js';
import { type Ended, Host } from './daemon-process.js';
import { defaults, type ExportedTable, exportText, type Row } from './export-text.js';
import { onTerminal } from './terminal.js';

jest.setTimeout(60_000);

let host: Host;

beforeEach(async () => {
  host = new Host();
  await host.start({ logLevel: 'info' });
});

afterEach(() => host.close());

async function tables(): Promise<string> {
  const { code, stdout, stderr } = await host.ctl(['/ip ipsec export']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return withoutHeader(stdout);
}

function withDefaults(table: ExportedTable, ...rows: readonly Row[]): readonly Row[] {
  return rows.map((row) => ({ ...defaults[table], ...row }));
}

/** Tables with these rows and the proposal that is always there. */
function expected(rows: Readonly<Partial<Record<ExportedTable, readonly Row[]>>>): string {
  const { proposal = [], ...others } = rows;
  const filled = Object.entries({ proposal: [{ name: 'default' }, ...proposal], ...others }).map(
    ([table, given]) => [table, withDefaults(table as ExportedTable, ...given)],
  );
  return exportText(Object.fromEntries(filled));
}

const accepted: Ended = { code: 0, signal: null, stdout: '', stderr: '' };

/** The state each example describes. */
const states: readonly (readonly [
  title: RegExp,
  occurrence: number,
  rows: Readonly<Partial<Record<ExportedTable, readonly Row[]>>>,
])[] = [
  [
    /^To define new policy/,
    0,
    {
      policy: [
        {
          'src-address': '10.0.0.205/32:any',
          'dst-address': '10.0.0.201/32:any',
          action: 'encrypt',
          'sa-src-address': '10.0.0.205',
          'sa-dst-address': '10.0.0.201',
        },
      ],
    },
  ],
  [/To define new peer/, 0, { peer: [{ address: '10.0.0.201:500' }] }],
  [/^To add manual-sa entry/, 0, { 'manual-sa': [{ name: 'sa1', 'ah-key': 'A0/0A' }] }],
  [/transport mode ESP/, 0, transport('1.0.0.1', '1.0.0.2')],
  [/^And for Router 2:/, 0, transport('1.0.0.2', '1.0.0.1')],
  [/tunnel mode AH/, 0, manualTunnel(1, 2, '101/100')],
  [/^And for Router 2:/, 1, manualTunnel(2, 1, '100/101')],
  [/^On Router1:/, 0, masquerading(1, 2)],
  [/^On Router2:/, 0, masquerading(2, 1)],
  [
    /^MT-to-CISCO/,
    0,
    {
      proposal: [
        {
          name: 'to_cisco',
          'pfs-group': 'none',
          'enc-algorithms': 'des',
          'auth-algorithms': 'sha1',
        },
      ],
      peer: [
        {
          address: '10.0.1.2:500',
          'enc-algorithm': 'des',
          'hash-algorithm': 'sha',
          'dh-group': 'modp1024',
        },
      ],
      'pre-shared-secret': [{ address: '10.0.1.2', secret: 'test_key' }],
      policy: [
        {
          'src-address': '10.0.0.0/24:any',
          'dst-address': '10.0.2.0/24:any',
          protocol: 'all',
          action: 'encrypt',
          'ipsec-protocols': 'esp',
          level: 'require',
          tunnel: 'yes',
          'sa-src-address': '10.0.1.1',
          'sa-dst-address': '10.0.1.2',
          proposal: 'to_cisco',
        },
      ],
    },
  ],
  [
    /^MT-to-SW/,
    0,
    {
      peer: [
        {
          address: '10.0.0.81:500',
          'exchange-mode': 'main',
          'send-initial-contact': 'no',
          'proposal-check': 'obey',
          'hash-algorithm': 'sha',
          'enc-algorithm': '3des',
          'dh-group': 'modp1024',
        },
      ],
      'pre-shared-secret': [{ address: '10.0.0.81', secret: '********' }],
      proposal: [
        {
          name: 'sw-client',
          'auth-algorithms': 'md5',
          'enc-algorithms': 'des',
          lifetime: '30m',
          'pfs-group': 'modp768',
        },
      ],
      policy: [
        {
          'src-address': '1.1.1.0/24:any',
          'dst-address': '10.0.0.81/32:any',
          action: 'encrypt',
          'ipsec-protocols': 'esp',
          tunnel: 'yes',
          'sa-src-address': '10.0.0.204',
          'sa-dst-address': '10.0.0.81',
          proposal: 'sw-client',
        },
      ],
    },
  ],
];

function transport(own: string, other: string) {
  return {
    policy: [
      {
        'src-address': `${own}/32:any`,
        'dst-address': `${other}/32:any`,
        action: 'encrypt',
        'sa-src-address': own,
        'sa-dst-address': other,
      },
    ],
    peer: [{ address: `${other}:500` }],
    'pre-shared-secret': [{ address: other, secret: 'roberkenon' }],
  };
}

/** Between 10.A.0.0/24 behind 1.0.0.A and 10.B.0.0/24 behind 1.0.0.B. */
function tunnel(own: number, other: number) {
  return {
    'src-address': `10.${own}.0.0/24:any`,
    'dst-address': `10.${other}.0.0/24:any`,
    action: 'encrypt',
    tunnel: 'yes',
    'sa-src-address': `1.0.0.${own}`,
    'sa-dst-address': `1.0.0.${other}`,
  };
}

function manualTunnel(own: number, other: number, spis: string) {
  return {
    'manual-sa': [{ name: 'ah-sa1', 'ah-spi': spis, 'ah-key': 'abcfed' }],
    policy: [{ ...tunnel(own, other), 'ipsec-protocols': 'ah', 'manual-sa': 'ah-sa1' }],
  };
}

function masquerading(own: number, other: number) {
  return {
    policy: [tunnel(own, other)],
    peer: [{ address: `1.0.0.${other}:500`, 'exchange-mode': 'aggressive' }],
    'pre-shared-secret': [{ address: `1.0.0.${other}`, secret: 'sviestapika' }],
  };
}

describe('the examples of the manual', () => {
  test('hold every line of it that adds something', () => {
    const taken = examples.flatMap(({ commands }) => commands.map(({ text }) => text)).join('\n');
    const adding = manual.filter((line) => /\badd [a-z]+.*=/.test(line));
    expect(adding.filter((line) => !taken.includes(line))).toEqual([]);
    // With the spellings that the examples are here for.
    expect(taken).toMatch(/\\\n\\\.\.\. action=encrypt/);
    expect(taken).toMatch(/\\\n {3}manual-sa=/);
    expect(taken).toMatch(/^ *\/ ip ipsec/m);
    expect(taken).toMatch(/ sa-src=/);
    expect(taken).toMatch(/ algorithms=enc-des,auth-sha1$/m);
  });

  test('all have their state here', () => {
    const tested = states.map(([title, occurrence]) => exampleOf(title, occurrence));
    expect(tested).toEqual(examples);
  });

  test.each(states)('%s (%i) is accepted and gives its state', async (title, occurrence, rows) => {
    const commands = exampleOf(title, occurrence).commands.filter((line) => !isFirewall(line));
    expect(await host.ctl([], pasted(commands))).toEqual(accepted);
    expect(await tables()).toBe(expected(rows));
    const valid = await host.ctl(['/ip ipsec policy print count-only where invalid']);
    expect(valid).toEqual({ ...accepted, stdout: '0\n' });
  });

  test.each(states)(
    '%s (%i) is accepted word by word from the arguments of a shell',
    async (title, occurrence, rows) => {
      const commands = exampleOf(title, occurrence).commands.filter((line) => !isFirewall(line));
      for (const { text, menu } of commands) {
        const line = text.replace(prompt, '').replaceAll(/\\\n(\\\.\.\.)? */g, '');
        const words = line
          .trim()
          .split(/ +/)
          .map((word) => word.replaceAll('"', ''));
        const path = menu === undefined ? [] : `/${menu}`.split(' ');
        expect(await host.ctl([...path, ...words])).toEqual(accepted);
      }
      expect(await tables()).toBe(expected(rows));
    },
  );
});

describe('the examples of the manual on a terminal', () => {
  test.each(states)('%s (%i) is accepted as pasted', async (title, occurrence, rows) => {
    const commands = exampleOf(title, occurrence).commands.filter((line) => !isFirewall(line));
    // A terminal sends a carriage return where the page has a line end.
    const typed = `${pasted(commands)}quit\n`.replaceAll('\n', '\r');
    const { code, stdout } = await onTerminal({ socketPath: host.socketPath, typed });
    expect({ code, complaints: stdout.match(/\(line \d+|failure|no such|invalid/g) }).toEqual({
      ...{ code: 0, complaints: null },
    });
    expect(await tables()).toBe(expected(rows));
  });
});

describe('the lines about the firewall', () => {
  const lines = examples.flatMap(({ commands }) => commands.filter(isFirewall));

  test('are four', () => {
    expect(lines).toHaveLength(4);
  });

  test('C-50 are refused with their line in the script, and end it', async () => {
    for (const [index, { text }] of lines.entries()) {
      const before = Array.from({ length: index }, (_, line) => `# line ${line + 1}\n`).join('');
      const script = `${before}${text}\n/ip ipsec peer add address=10.0.0.1\n`;
      expect(await host.ctl([], script)).toEqual({
        ...{ code: 1, signal: null, stdout: '' },
        stderr: `bad command name firewall (line ${index + 1} column 5)\n`,
      });
      expect(await host.ctl([text])).toMatchObject({
        code: 1,
        stderr: 'bad command name firewall (line 1 column 5)\n',
      });
    }
    expect(await tables()).toBe(expected({}));
  });

  test('C-50 a whole example pasted with them stops at the first of them', async () => {
    expect(await host.ctl([], pasted(exampleOf(/^On Router1:/).commands))).toEqual({
      ...{ code: 1, signal: null, stdout: '' },
      stderr: 'bad command name firewall (line 1 column 5)\n',
    });
    expect(await tables()).toBe(expected({}));
  });
});
