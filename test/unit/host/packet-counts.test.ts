/** The counters put together from those who know a part each (E-40, R-70 to R-79). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { CounterStore, noCounts } from '../../../lib/host/counter-store.js';
import type { Observation } from '../../../lib/host/packet-counts.js';
import { noDrops, PacketCounts } from '../../../lib/host/packet-counts.js';
import { readXfrmStatistics } from '../../../lib/host/xfrm-statistics.js';

const zero = { outDropped: 0, outFailed: 0, inBlocked: 0, inMismatched: 0 };

function observation(given: Partial<Observation>): Observation {
  return {
    counted: new Map(),
    statistics: zero,
    withSas: new Set(),
    droppingOwn: () => [],
    ...given,
  };
}

test('R-72 what nftables did not see dropped is the only candidate policy’s', () => {
  const counts = new PacketCounts(noDrops, { ...zero, outDropped: 100 });
  const counted = new Map([['policy-3-out-dropped', 4]]);
  const statistics = { ...zero, outDropped: 110 };
  counts.observe(observation({ counted, statistics, droppingOwn: () => [5] }));
  expect(counts.ofAll([]).outDrop).toBe(10);
  expect(counts.ofPolicy(3, undefined).outDropped).toBe(4);
  expect(counts.ofPolicy(5, undefined).outDropped).toBe(6);
  const more = { ...zero, outDropped: 112 };
  counts.observe(observation({ counted, statistics: more, droppingOwn: () => [5, 6] }));
  // Two may have done it: the total knows, no policy is charged.
  expect(counts.ofAll([]).outDrop).toBe(12);
  expect(counts.ofPolicy(5, undefined).outDropped).toBe(6);
});

test('R-79 what is lost while encrypting is the only policy’s that has SAs', () => {
  const counts = new PacketCounts(noDrops, { ...zero, outFailed: 10 });
  counts.observe(observation({ statistics: { ...zero, outFailed: 13 }, withSas: new Set([5]) }));
  counts.observe(observation({ statistics: { ...zero, outFailed: 20 }, withSas: new Set([5, 6]) }));
  expect(counts.ofPolicy(5, undefined).notEncrypted).toBe(3);
  expect(counts.ofPolicy(6, undefined).notEncrypted).toBe(0);
});

test('R-76 R-78 in clear: refused when encryption was expected, else dropped', () => {
  const counts = new PacketCounts();
  const counted = new Map([
    ['policy-3-in-refused', 6],
    ['policy-3-in-dropped', 2],
  ]);
  const statistics = { ...zero, inBlocked: 3, inMismatched: 8 };
  counts.observe(observation({ counted, statistics }));
  expect(counts.ofAll([])).toMatchObject({ inDropEncryptedExpected: 6, inDrop: 3 + 2 });
  expect(counts.ofPolicy(3, undefined).inDropped).toBe(8);
});

test('R-78 without nftables the time of arrival tells, as far as it can', () => {
  const counts = new PacketCounts();
  counts.observe(observation({ statistics: { ...zero, inMismatched: 5 } }));
  counts.observe(observation({ statistics: { ...zero, inMismatched: 9 }, withSas: new Set([1]) }));
  expect(counts.ofAll([])).toMatchObject({ inDropEncryptedExpected: 4, inDrop: 5 });
});

test('a kernel whose statistics begin anew takes nothing away', () => {
  const counts = new PacketCounts({ ...noDrops, outDropped: 7 }, { ...zero, outDropped: 50 });
  counts.observe(observation({ statistics: { ...zero, outDropped: 2 } }));
  expect(counts.ofAll([]).outDrop).toBe(7);
});

test('the counts of SAs come from the SAs', () => {
  const sas = { encrypted: 3, decrypted: 2, notDecrypted: 1 };
  const counts = new PacketCounts();
  expect(counts.ofPolicy(1, sas)).toMatchObject(sas);
  expect(counts.ofAll([sas, sas])).toMatchObject({ outEncrypt: 6, inDecrypted: 4 });
});

test('E-41 the kernel’s statistics are read by name; where there are none they are zero', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ipsec-counters-'));
  try {
    const path = join(directory, 'xfrm_stat');
    writeFileSync(
      path,
      'XfrmInTmplMismatch       \t3\nXfrmInPolBlock \t4\nXfrmOutNoStates\t5\nXfrmOutPolBlock\t6\nXfrmOutBundleGenError \t7\nXfrmOutStateExpired \t8\n',
    );
    expect(readXfrmStatistics(path)).toEqual({
      ...{ outDropped: 11, inBlocked: 4, inMismatched: 3 },
      outFailed: 15,
    });
    expect(readXfrmStatistics(join(directory, 'none'))).toEqual(zero);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('what is kept comes back in the same boot, and a broken file costs the counts alone', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ipsec-counters-'));
  try {
    const open = (kernel: string) =>
      new CounterStore({ directory, kernel, onWriteError: (error) => expect(error).toBeNull() });
    const kept = { ...noCounts, counted: { 'in-accept': 3 } };
    open('boot 1').save(kept);
    expect(open('boot 1').load()).toEqual(kept);
    expect(open('boot 2').load()).toEqual(noCounts);
    writeFileSync(join(directory, 'counters.json'), '{"version":1,');
    expect(open('boot 1').load()).toEqual(noCounts);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
