/**
 * kill -9 at random instants during random changes: after the restart every acknowledged change is there,
 * and of the one that was under way all or nothing. IPSECCTL_SEED repeats the choices of a run; the
 * instants are those of a real process, and no two runs have the same.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { connect } from '../../lib/client/client.js';
import { ClientError } from '../../lib/client/client-error.js';
import { formatId } from '../../lib/core/config/item-id.js';
import { newConsole } from '../unit/core/console/fake-host.js';
import { Host } from './daemon-process.js';

jest.setTimeout(300_000);

const kills = 100;
const writesPerRun = 500;
/** Long enough for dozens of writes, short enough for a hundred runs. */
const longestRunMs = 250;

let host: Host;

beforeEach(() => {
  host = new Host();
});

afterEach(() => host.close());

/** Marsaglia's xorshift: the same numbers for the same seed. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** The tables as they must be: the same commands on the same language without a daemon. */
class Model {
  readonly #console = newConsole();

  run(command: string): string | undefined {
    return this.#console.session.execute(command).error?.text;
  }

  tables(): string {
    return withoutHeader(this.#console.run('/ip ipsec export'));
  }

  anyId(table: 'policy' | 'peer' | 'proposal', random: (below: number) => number): string {
    const items = this.#console.host.current.tables[table];
    return formatId(items[random(items.length)]?.id ?? 0);
  }
}

function withoutHeader(exported: string): string {
  return exported.slice(exported.indexOf('\n') + 1);
}

/** One command that changes something: a row, several, or the order. */
function randomWrite(model: Model, random: (below: number) => number): string {
  const address = () => `10.${random(4)}.${random(4)}.${random(250)}`;
  const policy = () => model.anyId('policy', random);
  switch (random(9)) {
    case 0:
    case 1:
      return `/ip ipsec policy add src-address=${address()} dst-address=${address()} action=drop`;
    case 2:
      return `/ip ipsec policy set ${policy()} dst-address=${address()} action=accept`;
    case 3:
      return `/ip ipsec policy move ${policy()} ${policy()}`;
    case 4:
      return `/ip ipsec policy remove ${policy()}`;
    case 5:
      return `/ip ipsec policy set [find] comment="all of them ${random(1_000_000)}"`;
    case 6:
      return `/ip ipsec peer add address=${address()} comment="${'long '.repeat(random(200))}"`;
    case 7:
      return `/ip ipsec peer remove ${model.anyId('peer', random)}`;
    default:
      return `/ip ipsec pre-shared-secret add address=${address()} secret="${random(1_000_000)}"`;
  }
}

test('every acknowledged change survives, and no other is half there', async () => {
  const seed = Number(process.env['IPSECCTL_SEED'] ?? Date.now() % 2 ** 31);
  const random = randomNumbers(seed);
  const model = new Model();
  let daemon = await host.start({ logLevel: 'info' });
  let acknowledged = 0;

  for (let round = 1; round <= kills; round += 1) {
    const client = await connect({ socketPath: host.socketPath });
    const killed = delay(random(longestRunMs)).then(() => daemon.kill('SIGKILL'));
    let underWay: string | undefined;
    try {
      for (let write = 0; write < writesPerRun; write += 1) {
        underWay = randomWrite(model, random);
        const { error } = await client.execute(underWay);
        // An answer is a promise, whatever it says.
        expect({ seed, round, underWay, error: error?.text }).toEqual({
          ...{ seed, round, underWay },
          error: model.run(underWay),
        });
        underWay = undefined;
        acknowledged += 1;
      }
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
    }
    await killed;
    client.close();

    daemon = await host.start({ logLevel: 'info' });
    const successor = await connect({ socketPath: host.socketPath });
    const tables = withoutHeader((await successor.execute('/ip ipsec export')).output);
    successor.close();
    if (tables !== model.tables() && underWay !== undefined) model.run(underWay);
    expect({ seed, round, underWay, tables }).toEqual({
      ...{ seed, round, underWay },
      tables: model.tables(),
    });
  }
  // The daemon died while it worked, and not before; how far it came is the machine's matter.
  expect(acknowledged).toBeGreaterThan(2 * kills);
});
