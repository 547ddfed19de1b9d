/** Our nftables table follows the policies, whatever others do to it. */
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { instant } from '../../../lib/core/base/instant.js';
import type { FilterTable } from '../../../lib/core/nftables/filter-table.js';
import { EventLog } from '../../../lib/host/event-log.js';
import type { Nft } from '../../../lib/host/nft.js';
import { PacketFilter } from '../../../lib/host/packet-filter.js';

class FakeNft implements Nft {
  readonly scripts: string[] = [];
  failure: string | undefined;
  kernel: Map<string, number> | undefined;

  async run(script: string) {
    this.scripts.push(script);
    if (this.failure === undefined) this.kernel ??= new Map([['in-accept', 0]]);
    return this.failure;
  }

  removeTable() {
    this.kernel = undefined;
  }

  counters() {
    return this.kernel;
  }
}

let nft: FakeNft;
let wanted: FilterTable;
let policyIds: Set<number>;
let messages: string[];

beforeEach(() => {
  jest.useFakeTimers();
  nft = new FakeNft();
  wanted = table({});
  policyIds = new Set([7]);
  messages = [];
});

afterEach(() => {
  jest.useRealTimers();
});

function table(elements: Record<string, string>, layers = 1): FilterTable {
  return { layers, sets: new Map([['in_passed_plain_0', new Map(Object.entries(elements))]]) };
}

function open(before = new Map<string, number>()): PacketFilter {
  const log = pino(
    { level: 'info' },
    { write: (line: string) => messages.push(JSON.parse(line).msg) },
  );
  const clock = { now: () => instant(Date.now()), epochSecondsOf: () => 0 };
  return new PacketFilter(
    {
      nft,
      wanted: () => wanted,
      policyIds: () => policyIds,
      beforeChange: () => {},
      log,
      eventLog: new EventLog({ log, clock, isConfigured: () => false }),
      now: () => Date.now(),
    },
    before,
  );
}

const wait = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

test('several changes at once are one transaction, and the next one waits for a pause', async () => {
  const filter = open();
  filter.start();
  await wait(1);
  expect(nft.scripts).toHaveLength(1);
  wanted = table({ '10.0.0.0/8': 'policy-7-in-accepted' });
  filter.changed();
  filter.changed();
  await wait(100);
  expect(nft.scripts).toHaveLength(1);
  await wait(300);
  expect(nft.scripts).toHaveLength(2);
  expect(nft.scripts[1]).toContain(
    '\nadd counter ip ipsecctl policy-7-in-accepted\nadd element ip ipsecctl in_passed_plain_0 { 10.0.0.0/8 : "policy-7-in-accepted" }',
  );
});

test('counts of a table that somebody removed go on, and the table is written anew', async () => {
  const filter = open();
  filter.start();
  await wait(1);
  nft.kernel?.set('in-accept', 40);
  expect(filter.counts().get('in-accept')).toBe(40);
  nft.kernel = undefined;
  await wait(6_000);
  expect(messages.join()).toContain('somebody removed the nftables table');
  expect(nft.scripts.at(-1)).toContain('delete table ip ipsecctl');
  nft.kernel = new Map([['in-accept', 2]]);
  expect(filter.counts().get('in-accept')).toBe(42);
});

test('a change that nft refuses is answered by writing the whole, its counts kept', async () => {
  const filter = open();
  filter.start();
  await wait(1);
  nft.kernel?.set('in-accept', 5);
  nft.run = async (script: string) => {
    nft.scripts.push(script);
    const isWhole = script.startsWith('add table');
    if (isWhole) nft.kernel = new Map([['in-accept', 0]]);
    return isWhole ? undefined : 'No such file or directory';
  };
  wanted = table({ '10.0.0.0/8': 'policy-7-in-accepted' });
  filter.changed();
  await wait(500);
  expect(nft.scripts.at(-1)).toMatch(/^add table/);
  expect(filter.counts().get('in-accept')).toBe(5);
});

test('R-79 the counts of a removed row go into the sum of all', async () => {
  const filter = open();
  filter.start();
  await wait(1);
  nft.kernel?.set('policy-7-in-dropped', 9);
  policyIds.clear();
  filter.changed();
  await wait(500);
  expect(nft.scripts.at(-1)).toBe('delete counter ip ipsecctl policy-7-in-dropped');
  nft.kernel?.delete('policy-7-in-dropped');
  const counts = filter.counts();
  expect(counts.get('policy-7-in-dropped')).toBeUndefined();
  expect(counts.get('policy-0-in-dropped')).toBe(9);
});

test('E-42 without nftables nothing is counted, said once, and tried again later', async () => {
  nft.failure = 'the program nft is not installed: "apt-get install nftables" brings it';
  const filter = open();
  filter.start();
  await wait(1);
  filter.changed();
  await wait(130_000);
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain('apt-get install nftables');
  expect([...filter.counts()]).toEqual([]);
  nft.failure = undefined;
  await wait(60_000);
  expect(messages.at(-1)).toBe('nftables counts the packets');
});

test('a table that a killed run left is taken over with its counts', async () => {
  nft.kernel = new Map([['in-accept', 11]]);
  const filter = open(new Map([['in-accept', 100]]));
  filter.start();
  expect(filter.counts().get('in-accept')).toBe(111);
  await wait(1);
  nft.kernel = new Map([['in-accept', 1]]);
  expect(filter.close().get('in-accept')).toBe(112);
  expect(nft.kernel).toBeUndefined();
});

test('is in force once the kernel has the table, and no longer when somebody removed it', async () => {
  const filter = open();
  nft.failure = 'Operation not supported';
  filter.start();
  await wait(1);
  expect(filter.isInForce).toBe(false);
  nft.failure = undefined;
  await wait(60_001);
  expect(filter.isInForce).toBe(true);
  nft.kernel = undefined;
  filter.counts();
  expect(filter.isInForce).toBe(false);
  filter.abandon();
});
