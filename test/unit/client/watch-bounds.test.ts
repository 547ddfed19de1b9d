import { describe, expect, test } from '@jest/globals';
import type { WatchListener } from '../../../lib/client/connection.js';
import { Watch } from '../../../lib/client/watch.js';
import { conditionText } from '../../../lib/client/where.js';
import { controlLimits } from '../../../lib/core/control/messages.js';
import type { WatchEvent } from '../../../lib/core/control/watch-event.js';

/** A connection that only tells. */
function telling() {
  const listeners = new Set<WatchListener>();
  const connection = {
    listen: async (listener: WatchListener) => {
      listeners.add(listener);
    },
    unlisten: (listener: WatchListener) => {
      listeners.delete(listener);
    },
  };
  return { listeners, connection };
}

const event = (count: number): WatchEvent => ({ kind: 'lost', epochSeconds: 1, count });

describe('a loop over events', () => {
  test('that is slow finds the first ones, and then how many it missed', async () => {
    const { connection, listeners } = telling();
    const watch = new Watch(connection);
    await watch.started;
    const surplus = 7;
    for (let index = 1; index <= controlLimits.watchedEvents + surplus; index += 1) {
      for (const listener of listeners) listener.onEvent(event(index));
    }
    for (let index = 1; index <= controlLimits.watchedEvents; index += 1) {
      expect(await watch.next()).toEqual({ done: false, value: event(index) });
    }
    expect(await watch.next()).toMatchObject({ value: { kind: 'lost', count: surplus } });
    const next = watch.next();
    for (const listener of listeners) listener.onEvent(event(1));
    expect(await next).toEqual({ done: false, value: event(1) });
  });

  test('that is left listens no more', async () => {
    const { connection, listeners } = telling();
    const watch = new Watch(connection);
    await watch.started;
    for (const listener of listeners) listener.onEvent(event(1));
    for await (const seen of watch) {
      expect(seen).toEqual(event(1));
      break;
    }
    expect(listeners.size).toBe(0);
    expect(await watch.next()).toEqual({ done: true, value: undefined });
  });
});

describe('a condition of exact values', () => {
  test.each([
    [{}, ''],
    [{ disabled: true, comment: 'a "b" $c\n' }, 'disabled="yes" comment="a \\"b\\" \\$c\\n"'],
    [
      { 'ipsec-protocols': ['ah', 'esp'], 'manual-sa': null },
      'ipsec-protocols="ah,esp" manual-sa="none"',
    ],
    [{ lifetime: 1800, name: undefined }, 'lifetime="1800"'],
  ])('%j is written as the console reads it', (where, text) => {
    expect(conditionText(where)).toBe(text);
  });

  test('cannot carry anything but conditions', () => {
    expect(() => conditionText({ 'a=b ]': 'x' })).toThrow(TypeError);
    expect(() => conditionText({ comment: { a: 1 } })).toThrow(TypeError);
  });
});
