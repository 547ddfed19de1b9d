/** Why a negotiation failed, as `explain` asks for it later. */
import { expect, test } from '@jest/globals';
import { instant } from '../../../lib/core/base/instant.js';
import type { PolicyItem } from '../../../lib/core/config/menus/policy.js';
import { LastFailures } from '../../../lib/host/last-failures.js';
import { newConsole } from '../core/console/fake-host.js';

function policies(): readonly PolicyItem[] {
  const { host, run } = newConsole();
  run('/ip ipsec policy add action=encrypt sa-src-address=1.0.0.1 sa-dst-address=1.0.0.2');
  run('/ip ipsec policy add action=encrypt sa-src-address=1.0.0.1 sa-dst-address=1.0.0.3');
  return host.current.tables.policy;
}

const failed = (name: 'phase1Failed' | 'phase2Failed', more: object, message = 'silence') =>
  ({ name, level: 'warn', message, ...more }) as const;

test('tells the later failure of the policy and its peer, with its age', () => {
  const failures = new LastFailures({ isConfigured: () => true });
  const [first, second] = policies() as [PolicyItem, PolicyItem];
  expect(failures.of(first, instant(0))).toBeUndefined();
  failures.onEngineEvent(failed('phase1Failed', { remote: '1.0.0.2' }), instant(1_000));
  expect(failures.of(first, instant(4_000))).toBe('silence (3 s ago)');
  expect(failures.of(second, instant(4_000))).toBeUndefined();
  const own = failed('phase2Failed', { policyId: first.id, remote: '1.0.0.2' }, 'refused');
  failures.onEngineEvent(own, instant(5_000));
  expect(failures.of(first, instant(605_000))).toBe('refused (10 min ago)');
});

test('forgets when phase 2 is established, and when the tables change', () => {
  const failures = new LastFailures({ isConfigured: () => true });
  const [first] = policies() as [PolicyItem];
  const event = failed('phase2Failed', { policyId: first.id, remote: '1.0.0.2' });
  failures.onEngineEvent(event, instant(0));
  failures.onEngineEvent(
    {
      name: 'phase2Established',
      level: 'info',
      message: '',
      policyId: first.id,
      remote: '1.0.0.2',
    },
    instant(1),
  );
  expect(failures.of(first, instant(2))).toBeUndefined();
  failures.onEngineEvent(event, instant(3));
  failures.clear();
  expect(failures.of(first, instant(4))).toBeUndefined();
});

test('does not remember strangers', () => {
  const failures = new LastFailures({ isConfigured: () => false });
  const [first] = policies() as [PolicyItem];
  failures.onEngineEvent(failed('phase1Failed', { remote: '1.0.0.2' }), instant(0));
  expect(failures.of(first, instant(1))).toBeUndefined();
});

test('tells what the peer says of a phase 1 under way, until that is over', () => {
  const failures = new LastFailures({ isConfigured: (remote) => remote === '1.0.0.2' });
  const [first, second] = policies() as [PolicyItem, PolicyItem];
  const told = (remote: string, level: 'warn' | 'debug' = 'warn') =>
    ({ name: 'notifyReceived', level, message: 'it refuses', remote }) as const;
  const over = (name: 'phase1Established' | 'phase1Failed') =>
    ({ name, level: 'info', message: 'over', remote: '1.0.0.2' }) as const;
  failures.onEngineEvent(told('1.0.0.2', 'debug'), instant(0));
  failures.onEngineEvent(told('1.0.0.3'), instant(0));
  expect(failures.troubleOf(first, instant(0))).toBeUndefined();
  expect(failures.troubleOf(second, instant(0))).toBeUndefined();
  for (const end of ['phase1Established', 'phase1Failed'] as const) {
    failures.onEngineEvent(told('1.0.0.2'), instant(1_000));
    expect(failures.troubleOf(first, instant(4_000))).toBe('it refuses (3 s ago)');
    failures.onEngineEvent(over(end), instant(5_000));
    expect(failures.troubleOf(first, instant(5_000))).toBeUndefined();
  }
  failures.onEngineEvent(told('1.0.0.2'), instant(6_000));
  failures.clear();
  expect(failures.troubleOf(first, instant(6_000))).toBeUndefined();
});

test('a phase 1 whose message is sent again says so, and phase 2 does not', () => {
  const failures = new LastFailures({ isConfigured: () => true });
  const [first] = policies() as [PolicyItem];
  const again = { name: 'retransmitted', level: 'warn', message: 'silence' } as const;
  failures.onEngineEvent({ ...again, remote: '1.0.0.2', policyId: first.id }, instant(0));
  expect(failures.troubleOf(first, instant(0))).toBeUndefined();
  failures.onEngineEvent({ ...again, remote: '1.0.0.2' }, instant(0));
  expect(failures.troubleOf(first, instant(0))).toBe('silence (0 s ago)');
});
