import { beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { type Instant, instant } from '../../../lib/core/base/instant.js';
import type { EngineEvent } from '../../../lib/core/ike/effect.js';
import { EventLog } from '../../../lib/host/event-log.js';

let now: Instant;
let lines: { event: string; reason?: string; remote?: string; suppressed?: number }[];
let eventLog: EventLog;

beforeEach(() => {
  now = instant(0);
  lines = [];
  eventLog = new EventLog({
    log: pino({}, { write: (line) => lines.push(JSON.parse(line)) }),
    clock: { now: () => now, epochSecondsOf: () => 0 },
    isConfigured: (remote) => remote.startsWith('10.0.0.'),
  });
});

function failed(remote: string, more: Partial<EngineEvent> = {}): EngineEvent {
  return {
    name: 'phase1Failed',
    level: 'warn',
    reason: 'no-peer',
    message: `${remote} is refused`,
    remote,
    ...more,
  };
}

/** More addresses than any limiter remembers, as a flood with forged ones has. */
const strangers = Array.from({ length: 600 }, (_, n) => `172.16.${n >> 8}.${n & 255}`);

test('strangers share one line for each reason, and the next one has their count', () => {
  for (const remote of strangers) eventLog.engineEvent(failed(remote));
  eventLog.engineEvent(failed('172.31.0.1', { reason: 'malformed' }));
  expect(lines.map(({ reason }) => reason)).toEqual(['no-peer', 'malformed']);
  now = instant(10_000);
  eventLog.engineEvent(failed('172.31.0.2'));
  expect(lines.at(-1)).toMatchObject({ remote: '172.31.0.2', suppressed: 599 });
});

test('strangers under one peer row for a whole network are strangers still', () => {
  for (const remote of strangers) eventLog.engineEvent(failed(remote, { peerId: 3 }));
  expect(lines).toHaveLength(1);
});

test('a flood of strangers hides neither configured peers nor failures of our own', () => {
  for (const remote of strangers) {
    eventLog.engineEvent(failed(remote));
    eventLog.engineEvent(failed(remote, { peerId: 3 }));
    eventLog.failure('warn', { event: 'udpFailed', remote }, 'cannot send');
  }
  lines.length = 0;
  eventLog.engineEvent(failed('10.0.0.2'));
  eventLog.engineEvent(failed('10.0.0.3'));
  eventLog.failure('error', { event: 'policiesNotApplied' }, 'ENOBUFS');
  eventLog.failure('warn', { event: 'udpFailed', remote: '10.0.0.2' }, 'cannot send');
  expect(lines.map(({ event, remote }) => `${event} ${remote ?? ''}`.trim())).toEqual([
    'phase1Failed 10.0.0.2',
    'phase1Failed 10.0.0.3',
    'policiesNotApplied',
    'udpFailed 10.0.0.2',
  ]);
  expect(lines.every(({ suppressed }) => suppressed === undefined)).toBe(true);
});

test('configured peers in trouble by the hundred do not hide failures of our own', () => {
  for (let policyId = 0; policyId < 600; policyId += 1) {
    eventLog.engineEvent(failed('10.0.0.2', { policyId }));
  }
  expect(lines).toHaveLength(256);
  eventLog.failure('error', { event: 'resyncFailed' }, 'ENOBUFS');
  expect(lines.at(-1)).toMatchObject({ event: 'resyncFailed' });
});

test('a failure after a change of the tables is told at once: its words may be others', () => {
  const refused = (words: string) => failed('10.0.0.2', { message: words });
  eventLog.engineEvent(refused('the lifetime is too long'));
  eventLog.engineEvent(refused('the lifetime is too long'));
  eventLog.configurationChanged();
  eventLog.engineEvent(refused('the group is another'));
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatchObject({ msg: 'the group is another', suppressed: 1 });
});

test('an SA that is refused again after a change of the tables is told again', () => {
  const fields = { event: 'manualSaRefused', local: '10.0.0.1', remote: '10.0.0.2' };
  eventLog.failure('error', fields, 'cannot be installed');
  eventLog.failure('error', fields, 'cannot be installed');
  expect(lines).toHaveLength(1);
  eventLog.configurationChanged();
  eventLog.failure('error', fields, 'cannot be installed');
  expect(lines).toHaveLength(2);
});
