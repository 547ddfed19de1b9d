/** Bounded waiting: nothing in a scenario waits without a limit and a name for what it waits for. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LabKernel } from '../job.js';

const pollMilliseconds = 50;

/** By how much the limits of all waits are stretched, by kernel: guests of a busy machine are that slow. */
const patience: Readonly<Record<LabKernel, number>> = { namespaces: 1, uml: 4, qemu: 10 };
let factor = 1;

/** Called once, before anything waits. */
export function bePatientWith(kernel: LabKernel): void {
  factor = patience[kernel];
}

/**
 * Polls until `condition` gives something other than undefined or false, and returns that.
 * @throws Error naming `what` after `seconds`, stretched by the kernel's patience.
 */
export async function waitUntil<T>(
  what: string,
  seconds: number,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const limit = seconds * factor;
  const end = Date.now() + limit * 1000;
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (Date.now() >= end) throw new Error(`waited ${limit} s in vain for ${what}`);
    await delay(pollMilliseconds);
  }
}

/** @throws Error naming `what` if the promise is not settled after `seconds`, stretched by the kernel's patience. */
export function within<T>(what: string, seconds: number, promise: Promise<T>): Promise<T> {
  return withinExactly(what, seconds * factor, promise);
}

/** As `within`, by the clock. */
export async function withinExactly<T>(
  what: string,
  seconds: number,
  promise: Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const late = delay(seconds * 1000, undefined, { signal: stop.signal }).then(
    () => {
      throw new Error(`waited ${seconds} s in vain for ${what}`);
    },
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}

export function pause(seconds: number): Promise<void> {
  return delay(seconds * 1000);
}
