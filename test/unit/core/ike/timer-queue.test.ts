/** Deadlines fire in order, once, and a cancelled one never; compared with a plain list. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { instant } from '../../../../lib/core/base/instant.js';
import { TimerQueue } from '../../../../lib/core/ike/timer-queue.js';

const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('set' as const), at: fc.nat(1_000) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cancel' as const), which: fc.nat(200) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fire' as const), by: fc.nat(100) }) },
);

test('a queue does what a sorted list would, whatever is set, cancelled and fired', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 300 }), (actions) => {
      const queue = new TimerQueue();
      const fired: number[] = [];
      const expected: number[] = [];
      let model: { at: number; id: number }[] = [];
      const timers: { cancel(): void }[] = [];
      let now = 0;
      for (const one of actions) {
        if (one.kind === 'set') {
          const id = timers.length;
          timers.push(queue.set(instant(one.at), () => fired.push(id)));
          model.push({ at: one.at, id });
        } else if (one.kind === 'cancel') {
          timers[one.which]?.cancel();
          model = model.filter(({ id }) => id !== one.which);
        } else {
          now += one.by;
          queue.fire(instant(now));
          const due = model
            .filter(({ at }) => at <= now)
            .sort((a, b) => a.at - b.at || a.id - b.id);
          expected.push(...due.map(({ id }) => id));
          model = model.filter(({ at }) => at > now);
        }
        expect(queue.size).toBe(model.length);
        expect(queue.next()).toBe(
          model.length === 0 ? undefined : Math.min(...model.map(({ at }) => at)),
        );
      }
      expect(fired).toEqual(expected);
    }),
    { seed: 2409, numRuns: 300 },
  );
});

test('a deadline set by one that fires is fired in the same call when it is due already', () => {
  const queue = new TimerQueue();
  const fired: string[] = [];
  queue.set(instant(5), () => {
    fired.push('first');
    queue.set(instant(3), () => fired.push('second'));
    queue.set(instant(9), () => fired.push('later'));
  });
  queue.fire(instant(7));
  expect(fired).toEqual(['first', 'second']);
  expect(queue.next()).toBe(9);
});

test('a deadline that cancels another one due at the same instant keeps it from firing', () => {
  const queue = new TimerQueue();
  const fired: string[] = [];
  queue.set(instant(5), () => {
    fired.push('first');
    second.cancel();
  });
  const second = queue.set(instant(5), () => fired.push('second'));
  queue.fire(instant(5));
  expect(fired).toEqual(['first']);
  expect(queue.size).toBe(0);
});

test('a hundred thousand set and cancelled deadlines leave nothing behind', () => {
  const queue = new TimerQueue();
  for (let round = 0; round < 100_000; round += 1)
    queue.set(instant(round), () => undefined).cancel();
  expect(queue.size).toBe(0);
  expect(queue.next()).toBeUndefined();
});
