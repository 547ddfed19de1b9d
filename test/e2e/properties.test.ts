/** What holds for any configuration and any value of the console, on a real daemon. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { ConsoleModel } from './console-model.js';
import { emptyTables, Session, withoutHeader } from './console-session.js';
import { Host } from './daemon-process.js';
import { type ExportedTable, exportedTables, propertyOrder } from './export-text.js';
import { canonicalOf, type Given, givenOf, text, typedOf } from './given-values.js';
import { anyText, ip, nameText, type ValueText, valueTexts } from './value-texts.js';

jest.setTimeout(120_000);

let host: Host;
let otherHost: Host;
let session: Session;

beforeAll(async () => {
  [host, otherHost] = [new Host(), new Host()];
  await Promise.all([host, otherHost].map((each) => each.start({ logLevel: 'info' })));
  mkdirSync(join(otherHost.stateDirectory, 'files'), { recursive: true });
  session = await Session.open(host.socketPath);
});

beforeEach(async () => {
  await session.run(emptyTables);
});

afterAll(async () => {
  session?.close();
  await Promise.all([host.close(), otherHost.close()]);
});

interface AnyConfiguration {
  readonly defaultProposal: Given;
  readonly rows: Readonly<Record<ExportedTable, readonly Given[]>>;
}

const name = nameText.map(text);
const secretRow = fc
  .tuple(
    fc.oneof(
      ip.filter(({ canonical }) => canonical !== '0.0.0.0').map((address): Given => ({ address })),
      anyText
        .filter((value) => value !== '')
        .map((value): Given => ({ 'ident-string': text(value) })),
    ),
    givenOf('pre-shared-secret', ['address', 'ident-string', 'secret']),
    valueTexts['pre-shared-secret']['secret'] ?? fc.constant(text('s')),
  )
  .map(([who, given, secret]) => ({ ...given, ...who, secret }));

function named(table: 'proposal' | 'manual-sa'): fc.Arbitrary<Given[]> {
  const row = fc
    .tuple(name, givenOf(table, ['name']))
    .map(([own, given]) => ({ ...given, name: own }));
  return fc.uniqueArray(row, { maxLength: 4, selector: (given) => given.name.canonical });
}

const peers = fc.uniqueArray(
  fc
    .tuple(valueTexts.peer['address'] ?? ip, givenOf('peer', ['address']))
    .map(([address, given]) => ({ ...given, address })),
  { maxLength: 4, selector: (given) => given.address.canonical },
);

const anyConfiguration: fc.Arbitrary<AnyConfiguration> = fc
  .record({
    defaultProposal: givenOf('proposal', ['name']),
    manual: named('manual-sa'),
    proposals: named('proposal'),
    peers,
    secrets: fc.array(secretRow, { maxLength: 4 }),
    policies: fc.array(fc.tuple(givenOf('policy'), fc.nat(), fc.nat()), { maxLength: 6 }),
  })
  .map(({ defaultProposal, manual, proposals, peers, secrets, policies }) => ({
    defaultProposal,
    rows: {
      'manual-sa': manual,
      proposal: proposals,
      peer: peers,
      'pre-shared-secret': secrets,
      policy: policies.map(([given, proposal, manualSa]) => ({
        ...given,
        ...reference('proposal', proposals, proposal),
        ...reference('manual-sa', manual, manualSa),
      })),
    },
  }));

/** To one of the rows, or none given. */
function reference(table: string, rows: readonly Given[], pick: number): Given {
  const row = rows[pick % (rows.length + 1)]?.['name'];
  return row === undefined ? {} : { [table]: row };
}

/** The commands that make it, and what is there then. */
function commandsOf({ defaultProposal, rows }: AnyConfiguration) {
  const model = new ConsoleModel();
  const lines: string[] = [];
  if (Object.keys(defaultProposal).length > 0) {
    lines.push(`/ip ipsec proposal set default${typedOf(defaultProposal)}`);
    model.set('proposal', model.rows.proposal, canonicalOf(defaultProposal));
  }
  for (const table of exportedTables) {
    for (const given of rows[table]) {
      lines.push(`/ip ipsec ${table} add${typedOf(given)}`);
      model.add(table, canonicalOf(given));
    }
  }
  return { lines, expected: model.text() };
}

describe('for any configuration', () => {
  test('C-41 C-43 export says what was typed, and its import into an empty daemon gives the same export', async () => {
    const other = await Session.open(otherHost.socketPath);
    const property = fc.asyncProperty(anyConfiguration, async (configuration) => {
      await Promise.all([session.run(emptyTables), other.run(emptyTables)]);
      const { lines, expected } = commandsOf(configuration);
      await session.run(lines.join('\n'));
      const exported = await session.run('/ip ipsec export');
      expect(withoutHeader(exported)).toBe(expected);

      writeFileSync(join(otherHost.stateDirectory, 'files', 'all.rsc'), exported);
      expect(await other.run('/import all.rsc')).toBe(
        'Opening script file all.rsc\n\nScript file loaded and executed successfully\n',
      );
      expect(await other.tables()).toBe(expected);
      // The tables are the same in every other respect as well: flags, order, numbers.
      for (const table of exportedTables) {
        const print = `/ip ipsec ${table} print detail`;
        expect(await other.run(print)).toBe(await session.run(print));
      }
    });
    await fc.assert(property, { numRuns: 150 });
    other.close();
  });

  test('C-43 an export through ipsecctl into ipsecctl gives the same export', async () => {
    const property = fc.asyncProperty(anyConfiguration, async (configuration) => {
      await session.run(emptyTables);
      const { lines, expected } = commandsOf(configuration);
      expect(await host.ctl([], `${lines.join('\n')}\n`)).toMatchObject({ code: 0, stderr: '' });
      const { stdout } = await host.ctl(['/ip', 'ipsec', 'export']);
      expect(withoutHeader(stdout)).toBe(expected);
      await session.run(emptyTables);
      expect(await host.ctl([], stdout)).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
      expect(await session.tables()).toBe(expected);
    });
    await fc.assert(property, { numRuns: 8 });
  });

  test('C-41 an export at a table is that part of the whole', async () => {
    const property = fc.asyncProperty(anyConfiguration, async (configuration) => {
      await session.run(emptyTables);
      const { lines, expected } = commandsOf(configuration);
      await session.run(lines.join('\n'));
      const parts: string[] = [];
      for (const table of exportedTables) {
        parts.push(
          withoutHeader(await session.run(`/ip ipsec ${table} export`)).slice('#\n'.length),
        );
      }
      expect(`#\n${parts.join('')}`).toBe(expected);
    });
    await fc.assert(property, { numRuns: 20 });
  });
});

/** The text of a property in a printout of one row, as it could be typed again. */
function printedText(printout: string, property: string): string {
  const pattern = new RegExp(`[\\s]${property}=("(?:[^"\\\\]|\\\\.)*"|\\S*)`, 's');
  const [, found] = pattern.exec(printout) ?? [];
  if (found === undefined) throw new Error(`no ${property} in ${printout}`);
  return found;
}

const fixedRows: Readonly<Record<ExportedTable, string>> = {
  policy: 'add src-address=10.1.0.0/16 dst-address=10.2.0.0/16',
  'manual-sa': 'add name=sa1',
  peer: 'add address=10.0.0.1',
  'pre-shared-secret': 'add address=10.0.0.1 secret=s',
  proposal: 'add name=other',
};

const everyProperty = exportedTables.flatMap((table) =>
  Object.keys(valueTexts[table]).map((property) => [table, property] as const),
);

describe('for any value', () => {
  test('every writable property of every table is among those that are tried', () => {
    for (const table of exportedTables) {
      const tried = Object.keys(valueTexts[table]);
      const references = table === 'policy' ? ['proposal', 'manual-sa'] : [];
      expect([...tried, ...references].sort()).toEqual(
        [...propertyOrder[table], 'comment', 'disabled'].sort(),
      );
    }
  });

  test.each(everyProperty)(
    'what is printed of /ip ipsec %s %s is its canonical text and, typed, prints the same',
    async (table, property) => {
      const menu = `/ip ipsec ${table}`;
      await session.run(`${menu} ${fixedRows[table]}`);
      const item = table === 'proposal' ? '[find name!=default]' : '[find]';
      // An identity is an address or a string, never both.
      const isIdentity = property === 'ident-string';
      const set = (typed: string) =>
        session.run(
          `${menu} set ${item}${isIdentity ? ' address=0.0.0.0' : ''} ${property}=${typed}`,
        );
      const values = valueTexts[table][property] ?? fc.constant(text(''));
      const isPossible = ({ canonical }: ValueText) =>
        canonical !== '0.0.0.0' || table !== 'pre-shared-secret';

      const check = fc.asyncProperty(values.filter(isPossible), async ({ typed, canonical }) => {
        await set(typed);
        const exported = await session.run(`${menu} export`);
        const lines = withoutHeader(exported).trimEnd().split('\n');
        const starts = lines.flatMap((line, index) => (/^(add|set) /.test(line) ? [index] : []));
        const own = lines.slice(starts.at(-1));
        const written = [printedText(` ${own.join('\n')}`, property)];
        if (property !== 'comment' && property !== 'disabled') {
          const detail = await session.run(`${menu} print detail from=${item}`, { columns: 1000 });
          written.push(printedText(detail, property));
        }
        expect(await session.value(menu, item, property)).toBe(canonical);
        for (const again of written) {
          await set(again);
          expect(await session.value(menu, item, property)).toBe(canonical);
          expect(withoutHeader(await session.run(`${menu} export`))).toBe(withoutHeader(exported));
        }
        const where = `where ${property}=${written[0]}`;
        expect(Number(await session.run(`${menu} print count-only ${where}`))).toBeGreaterThan(0);
      });
      await fc.assert(check, { numRuns: 40 });
    },
  );
});
