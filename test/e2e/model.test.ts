/** A random sequence of commands does to the daemon what it does to a simple model of the specification. */
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { Script, type Step, step } from './console-script.js';
import { emptyTables, Session } from './console-session.js';
import { Host } from './daemon-process.js';
import { type ExportedTable, exportedTables } from './export-text.js';

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

test('C-10 to C-24 after any 200 commands a simple model and the daemon refuse the same and hold the same tables', async () => {
  const sequence = fc.array(step, { minLength: 200, maxLength: 200 });
  const property = fc.asyncProperty(fc.noShrink(sequence), async (steps) => {
    await session.run(emptyTables);
    const own = await Session.open(host.socketPath);
    try {
      await compare(own, steps);
    } finally {
      own.close();
    }
  });
  await fc.assert(property, { numRuns: 12, reporter: tellSeed });
});

/** Carries out the steps on both, and compares after each. */
async function compare(own: Session, steps: readonly Step[]): Promise<void> {
  const script = new Script();
  const adoptIds = async (table: ExportedTable) => {
    const list = (await own.run(`:put [/ip ipsec ${table} find]`)).trimEnd();
    expect(script.adopt(table, list === '' ? [] : list.split(';'))).toEqual([]);
  };
  for (const table of exportedTables) {
    await own.run(`/ip ipsec ${table} print`);
    script.model.print(table);
    await adoptIds(table);
  }
  const done: string[] = [];
  for (const each of steps) {
    const { line, act, output } = script.typed(each);
    done.push(line);
    const story = done.slice(-6);
    const before = script.model.text();
    const expectedOutput = output?.();
    const refusals = act();
    const { error, output: printed } = await own.client.execute(line);
    const allowed = refusals.length === 0 ? ['done'] : refusals;
    const outcome = error?.rule ?? 'done';
    expect({ before, story, line, outcome: allowed.includes(outcome) ? allowed : outcome }).toEqual(
      {
        ...{ before, story, line, outcome: allowed },
      },
    );
    if (error === undefined && expectedOutput !== undefined) {
      expect({ before, line, printed }).toEqual({ before, line, printed: expectedOutput });
    }
    expect({ before, line, after: await own.tables() }).toEqual({
      ...{ before, line, after: script.model.text() },
    });
    await adoptIds(each.table);
  }
}

/** The sequence itself would fill pages, and the failure tells its end. */
function tellSeed<T>(run: fc.RunDetails<T>): void {
  const { failed, seed, counterexamplePath, errorInstance } = run;
  if (!failed) return;
  throw new Error(`seed: ${seed}, path: "${counterexamplePath}"`, { cause: errorInstance });
}
