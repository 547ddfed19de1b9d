/** Texts carried out in slices: others have their turn, and what is refused late is refused in its place. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { instant } from '../../../lib/core/base/instant.js';
import { ok } from '../../../lib/core/base/result.js';
import type { Config } from '../../../lib/core/config/config.js';
import { emptyConfig } from '../../../lib/core/config/tables.js';
import type { Clock } from '../../../lib/host/clock.js';
import { Configuration } from '../../../lib/host/configuration.js';
import { openConsoleSession } from '../../../lib/host/console-service.js';
import { IpsecError } from '../../../lib/host/errors.js';
import { bareFacts, idleStatus } from '../core/console/fake-host.js';

/** Milliseconds that pass at every look at the clock. */
let pace: number;
let installs: number;
let saves: number;
let refusesToInstall: (config: Config) => boolean;
let isUnreadable: boolean;
let written: Map<string, string>;
let flushes: number;
let configuration: Configuration;

beforeEach(() => {
  pace = 0;
  installs = 0;
  saves = 0;
  refusesToInstall = () => false;
  isUnreadable = false;
  written = new Map();
  flushes = 0;
  configuration = new Configuration(emptyConfig(), {
    install: (config) => {
      installs += 1;
      return refusesToInstall(config) ? 'the kernel refuses it' : undefined;
    },
    save: () => {
      saves += 1;
    },
    onSaved: () => {},
  });
});

function open() {
  let now = 0;
  const clock: Clock = {
    now: () => {
      now += pace;
      return instant(now);
    },
    epochSecondsOf: () => 0,
  };
  return openConsoleSession({
    clock,
    configuration,
    product: 'ipsecctl 0.0.0',
    files: {
      read: (name) => ok(written.get(name) ?? ''),
      write: (name, text) => {
        written.set(name, text);
        return ok(undefined);
      },
    },
    status: () => {
      if (isUnreadable) throw new IpsecError('ERR_IPSEC_DATAPLANE', 'netlink failed (ENOBUFS)');
      return idleStatus;
    },
    flushSas: () => {
      flushes += 1;
    },
    packetFacts: () => bareFacts,
  });
}

const drop = (host: number) =>
  `/ip ipsec policy add src-address=10.0.0.1 dst-address=10.0.0.${host} action=drop`;
const drops = (...hosts: readonly number[]) => hosts.map(drop).join('\n');
const count = '/ip ipsec policy print count-only';

function hosts(): readonly string[] {
  return configuration.settled.tables.policy.map(
    ({ 'dst-address': { address } }) => address.split('.')[3] ?? '',
  );
}

/** Refuses configurations with a policy for that host. */
function refuseHost(host: number): void {
  refusesToInstall = ({ tables }) =>
    tables.policy.some(({ 'dst-address': { address } }) => address === `10.0.0.${host}`);
}

describe('a text', () => {
  test('of many commands is one change to the kernel and the disk', async () => {
    const { output } = await open().execute(`${drops(2, 3, 4)}\n${count}`, {});
    expect(output).toBe('3\n');
    expect({ installs, saves }).toEqual({ installs: 1, saves: 1 });
  });

  test('that takes long is settled in parts, and others have their turn in between', async () => {
    pace = 30;
    const long = open().execute(drops(2, 3, 4, 5, 6, 7), {});
    const other = open().execute(drop(99), {});
    await Promise.all([long, other]);
    expect(saves).toBeGreaterThan(2);
    const order = hosts();
    expect([...order].sort()).toEqual(['2', '3', '4', '5', '6', '7', '99']);
    expect(order.at(-1)).not.toBe('99');
  });

  test('of a client that has gone stops at its next pause, and what is settled stays', async () => {
    pace = 30;
    const session = open();
    const run = session.execute(drops(2, 3, 4, 5, 6, 7), {});
    // The first part is carried out in the turn that begins now.
    await Promise.resolve();
    session.close();
    await run;
    expect(hosts().length).toBeGreaterThan(0);
    expect(hosts().length).toBeLessThan(6);
  });

  test('waits for the one before it of the same client', async () => {
    pace = 30;
    const session = open();
    const first = session.execute(`/ip ipsec policy\n${drops(2, 3, 4, 5)}`, {});
    const second = session.execute('print count-only', {});
    expect((await first).error).toBeUndefined();
    expect((await second).output).toBe('4\n');
  });
});

describe('what the kernel refuses', () => {
  test('is refused in its place: what was printed and changed before it stays', async () => {
    refuseHost(4);
    const script = [drops(2, 3), count, drop(4), count, drop(5)].join('\n');
    const { output, error } = await open().execute(script, {});
    expect(output).toBe('2\n');
    expect(error).toMatchObject({
      text: 'failure: the kernel refuses it',
      rule: 'C-63',
      line: 4,
    });
    expect(hosts()).toEqual(['2', '3']);
    expect(configuration.current).toBe(configuration.settled);
  });

  test('leaves the session in the menu where it was then', async () => {
    refuseHost(4);
    const { path } = await open().execute(`/ip ipsec peer\n${drop(4)}\n/ip ipsec proposal`, {});
    expect(path).toEqual(['ip', 'ipsec', 'peer']);
  });

  test('comes before a mistake in a later line', async () => {
    refuseHost(3);
    const { error } = await open().execute(`${drops(2, 3)}\nnonsense`, {});
    expect(error).toMatchObject({ text: 'failure: the kernel refuses it', line: 2 });
  });

  test('is no ground for what cannot be taken back: no file is written, no SA deleted', async () => {
    refuseHost(2);
    const exporting = await open().execute(`${drop(2)}\n/ip ipsec export file=all`, {});
    const flushing = await open().execute(`${drop(2)}\n/ip ipsec installed-sa flush`, {});
    for (const { error } of [exporting, flushing]) {
      expect(error).toMatchObject({ text: 'failure: the kernel refuses it', line: 1 });
    }
    expect(written.size).toBe(0);
    expect(flushes).toBe(0);
  });
});

test('a file is written with what the commands before it changed, once that is settled', async () => {
  const { error } = await open().execute(`${drop(2)}\n/ip ipsec export file=all`, {});
  expect(error).toBeUndefined();
  expect(saves).toBe(1);
  expect([...written.values()].join()).toContain('dst-address=10.0.0.2');
});

test('C-63 a data plane that cannot be read refuses that command alone', async () => {
  isUnreadable = true;
  const script = `${drop(2)}\n${count}\n/ip ipsec installed-sa print\n${drop(3)}`;
  const { output, error } = await open().execute(script, {});
  expect(output).toBe('1\n');
  expect(error).toMatchObject({ text: 'failure: netlink failed (ENOBUFS)', rule: 'C-63', line: 3 });
  expect(hosts()).toEqual(['2']);
});

test('C-63 a single listing longer than a text can be is refused, and the command before it stays', async () => {
  const session = open();
  await session.execute(`/ip ipsec policy add comment="${'x'.repeat(1_000_000)}"`, {});
  const [row] = configuration.current.tables.policy;
  const rows = Array.from({ length: 600 }, (_, index) => ({ ...row, id: 100 + index }));
  const { current } = configuration;
  configuration.stage({
    ...current,
    tables: { ...current.tables, policy: rows as typeof current.tables.policy },
  });
  const { output, error } = await session.execute(`${count}\n/ip ipsec policy print\n${count}`, {});
  expect(output).toBe('600\n');
  expect(error).toMatchObject({ rule: 'C-63', line: 2, text: expect.stringContaining('fewer') });
});
