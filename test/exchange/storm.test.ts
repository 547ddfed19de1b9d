/** Packets by the thousand for a peer that nobody reaches: one negotiation at a time, told once. */
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Instant } from '../../lib/core/base/instant.js';
import { ikeTimes } from '../../lib/core/ike/limits.js';
import { EventLog } from '../../lib/host/event-log.js';
import { sizesOf } from './checks.js';
import type { Router, World } from './world.js';
import { pair } from './world.js';

const packets = 10_000;

/** A kernel that asks for every single packet: the real one asks once in 30 s for each pair of ends. */
function ask(router: Router, world: World): void {
  for (const { reqid, local, remote } of router.config.policies) {
    const ends = { source: local, destination: remote };
    const event = { kind: 'acquire', protocol: 'esp', reqid, ...ends } as const;
    router.input({ kind: 'dataplane', now: world.now, event });
  }
}

/** Sends the packets to a peer that hears nothing, and keeps the instants at which phase 2 starts. */
function storm(everyMs: number) {
  const { world, a, b } = pair();
  world.fate = () => [];
  const starts: Instant[] = [];
  const most = { negotiations: 0, ikeSas: 0, timers: 0 };
  let seen = 0;
  for (let packet = 0; packet < packets; packet += 1) {
    ask(a, world);
    world.run(everyMs);
    for (const { name } of a.events.slice(seen))
      if (name === 'phase2Started') starts.push(world.now);
    seen = a.events.length;
    const { negotiations, ikeSas, timers } = a.engine.status().sizes;
    most.negotiations = Math.max(most.negotiations, negotiations);
    most.ikeSas = Math.max(most.ikeSas, ikeSas);
    most.timers = Math.max(most.timers, timers);
  }
  return { world, a, b, starts, most };
}

/** What the log of a host shows of those events, at its usual level. */
function logged({ events }: Router): readonly { readonly level: number; readonly msg: string }[] {
  const lines: { level: number; msg: string }[] = [];
  const eventLog = new EventLog({
    log: pino({}, { write: (line) => lines.push(JSON.parse(line)) }),
    // All at once: whatever is the same is left out.
    clock: { now: () => 0 as Instant, epochSecondsOf: () => 0 },
    isConfigured: () => true,
  });
  for (const event of events) eventLog.engineEvent(event);
  return lines;
}

test(`${packets} packets in ten seconds start one negotiation, and the log says so once`, () => {
  const { world, a, starts, most } = storm(1);
  expect(starts).toHaveLength(1);
  expect(most).toMatchObject({ negotiations: 1, ikeSas: 1 });
  expect(most.timers).toBeLessThan(5);
  expect(world.wire).toHaveLength(2);
  expect(logged(a).map(({ msg }) => msg.replace(/ \(.*/, ''))).toEqual([
    'phase 2 with 1.0.0.2 for /ip ipsec policy 0 starts: a packet needs it',
    'phase 1 with 1.0.0.2 starts',
    'phase 1 with 1.0.0.2, message 1 sent again',
  ]);
});

test(`${packets} packets in ten minutes start one negotiation after the other, with rests in between`, () => {
  const { world, a, b, starts, most } = storm(60);
  expect(most).toMatchObject({ negotiations: 1, ikeSas: 1 });
  expect(most.timers).toBeLessThan(8);
  expect(starts.length).toBeGreaterThanOrEqual(6);
  expect(starts.length).toBeLessThanOrEqual(12);
  // The rests double up to a minute; each attempt itself waits for phase 1 for half a minute.
  const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(
    ikeTimes.backoffMaxMs + ikeTimes.waitForPhase1Ms + 1_000,
  );
  expect(gaps.at(-1)).toBeGreaterThanOrEqual(ikeTimes.backoffMaxMs);
  // Phase 1 sends its first message six times in a minute.
  expect(world.wire.length).toBeLessThanOrEqual(60);
  const warnings = logged(a).filter(({ level }) => level > 30);
  expect(warnings.length).toBeLessThanOrEqual(4);
  expect(warnings[0]?.msg).toContain('1.0.0.2 does not answer on UDP port 500');
  // The peer can be reached again: what is due next succeeds.
  world.fate = () => [{ delayMs: 5 }];
  for (let spent = 0; spent < 95; spent += 1) {
    ask(a, world);
    world.run(1_000);
  }
  expect([a.ping(b), b.ping(a)]).toEqual(['encrypted', 'encrypted']);
  expect(sizesOf(a)).toMatchObject({ ikeSas: 1, negotiations: 0, childSas: 1 });
});

test('packets of many policies for one unreachable peer share its one phase 1', () => {
  const { world, a } = pair();
  const [policy] = a.config.policies;
  if (policy === undefined) throw new Error('no policy');
  const policies = Array.from({ length: 50 }, (_, index) => ({
    ...policy,
    id: index + 1,
    reqid: policy.reqid + 1_000 * index,
    selector: { ...policy.selector, protocol: index + 1 },
  }));
  a.configure({ ...a.config, policies });
  world.fate = () => [];
  for (let second = 0; second < 200; second += 1) {
    ask(a, world);
    world.run(1_000);
    expect(a.engine.status().sizes.ikeSas).toBeLessThanOrEqual(1);
    expect(a.engine.status().sizes.negotiations).toBeLessThanOrEqual(policies.length);
  }
  expect(world.wire.length).toBeLessThanOrEqual(24);
});
