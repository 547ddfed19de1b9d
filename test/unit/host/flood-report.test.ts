import { beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { EngineEvent } from '../../../lib/core/ike/effect.js';
import { FloodReport } from '../../../lib/host/flood-report.js';

let lines: Record<string, unknown>[];
let due: (() => void)[];
let report: FloodReport;

beforeEach(() => {
  lines = [];
  due = [];
  report = new FloodReport({
    log: pino({}, { write: (line) => lines.push(JSON.parse(line)) }),
    later: (milliseconds, action) => {
      expect(milliseconds).toBe(10_000);
      due.push(action);
    },
  });
});

function dropped(remote: string, reason: string, more: Partial<EngineEvent> = {}): EngineEvent {
  return { name: 'datagramDropped', level: 'debug', reason, remote, message: 'dropped', ...more };
}

/** Lets the interval end. */
function settle(): void {
  for (const action of due.splice(0)) action();
}

test('hostile 23: a flood is one line for an interval, with its reasons, counts and addresses', () => {
  for (let n = 0; n < 700; n += 1) report.count(dropped(`172.16.0.${n % 7}`, 'malformed'));
  for (let n = 0; n < 900; n += 1) report.count(dropped('172.17.0.1', 'unknown-sa'));
  report.count(dropped('172.17.0.1', 'no-peer', { name: 'phase1Failed' }));
  expect(lines).toEqual([]);
  settle();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: 40,
    event: 'flood',
    dropped: 1601,
    sources: 8,
    reasons: { 'unknown-sa': 900, malformed: 700, 'no-peer': 1 },
  });
  expect(lines[0]?.['msg']).toMatch(
    /^1601 datagrams to IKE came to nothing in 10 s, from 8 addresses: 900 unknown-sa, 700 malformed, 1 no-peer;/,
  );
});

test('the next interval counts anew, and few datagrams are no flood', () => {
  for (let n = 0; n < 600; n += 1) report.count(dropped('172.16.0.1', 'malformed'));
  settle();
  for (let n = 0; n < 499; n += 1) report.count(dropped('172.16.0.1', 'malformed'));
  settle();
  for (let n = 0; n < 500; n += 1) report.count(dropped('172.16.0.1', 'malformed'));
  settle();
  expect(lines.map((line) => line['dropped'])).toEqual([600, 500]);
});

test('addresses without end are not all remembered', () => {
  for (let n = 0; n < 5000; n += 1) report.count(dropped(`10.0.${n >> 8}.${n & 255}`, 'version'));
  settle();
  expect(lines[0]).toMatchObject({ dropped: 5000, sources: 1000 });
  expect(lines[0]?.['msg']).toContain('from 1000 or more addresses');
});

test('what no datagram causes is no flood', () => {
  const ignored: EngineEvent = { name: 'acquireIgnored', level: 'debug', message: 'ignored' };
  for (let n = 0; n < 5000; n += 1) report.count(ignored);
  expect(due).toEqual([]);
});
