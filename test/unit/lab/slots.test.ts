/** No more than two labs at once, and none blocked by one that died. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { slotName, takeAllSlots, takeSlot } from '../../lab/slots.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipsecctl-slots-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the third lab waits until one of two ends', async () => {
  const first = await takeSlot(folder);
  const second = await takeSlot(folder);
  let third = false;
  const waiting = takeSlot(folder).then((slot) => {
    third = true;
    return slot;
  });
  // Whoever could have a slot at once has it after a turn of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  expect(third).toBe(false);
  first.release();
  const last = await waiting;
  expect(third).toBe(true);
  last.release();
  second.release();
});

test('a slot whose holder is dead is free', async () => {
  // Above the largest pid Linux gives.
  for (const slot of [0, 1]) writeFileSync(join(folder, slotName(slot)), '4194305');
  const last = await takeSlot(folder);
  last.release();
});

test('a lab that wants all of them waits for both, and holds none meanwhile', async () => {
  const first = await takeSlot(folder);
  let all = false;
  const waiting = takeAllSlots(folder).then((slot) => {
    all = true;
    return slot;
  });
  await new Promise((resolve) => setImmediate(resolve));
  const second = await takeSlot(folder);
  expect(all).toBe(false);
  first.release();
  second.release();
  const last = await waiting;
  let another = false;
  const next = takeSlot(folder).then((slot) => {
    another = true;
    return slot;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(another).toBe(false);
  last.release();
  (await next).release();
});
