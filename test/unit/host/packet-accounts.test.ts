/** What the counts of packets say for `explain`. */
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { instant } from '../../../lib/core/base/instant.js';
import { type KeptCounts, noCounts } from '../../../lib/host/counter-store.js';
import { EventLog } from '../../../lib/host/event-log.js';
import { PacketAccounts } from '../../../lib/host/packet-accounts.js';

function open(statistics: { inMismatched: number }, kept: KeptCounts): PacketAccounts {
  const log = pino({ level: 'silent' });
  const clock = { now: () => instant(0), epochSecondsOf: () => 0 };
  return new PacketAccounts({
    kernel: {
      nft: { run: async () => undefined, removeTable: () => {}, counters: () => new Map() },
      statistics: () => ({ outDropped: 0, outFailed: 0, inBlocked: 0, ...statistics }),
      store: { load: () => kept, save: () => {} },
    },
    sas: { past: () => [], restore: () => {} },
    wanted: () => ({ layers: 1, sets: new Map() }),
    policyIds: () => new Set(),
    withSas: () => new Set([1]),
    droppingOwn: () => [],
    now: () => 0,
    log,
    eventLog: new EventLog({ log, clock, isConfigured: () => false }),
  });
}

test('R-78 what came in clear is told since rows or SAs last changed, whatever was before', () => {
  const statistics = { inMismatched: 5 };
  const accounts = open(statistics, noCounts);
  expect(accounts.mismatchedSinceChange).toBe(0);
  statistics.inMismatched = 7;
  expect(accounts.mismatchedSinceChange).toBe(2);
  accounts.changed();
  expect(accounts.mismatchedSinceChange).toBe(0);
  statistics.inMismatched = 8;
  expect(accounts.mismatchedSinceChange).toBe(1);
  accounts.abandon();
});
