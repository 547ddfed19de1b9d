/** Bounded waiting: nothing in a scenario waits without a limit and a name for what it waits for. */
import { setTimeout as delay } from 'node:timers/promises';

const pollMilliseconds = 50;

/**
 * Polls until `condition` gives something other than undefined or false, and returns that.
 * @throws Error naming `what` after `seconds`.
 */
export async function waitUntil<T>(
  what: string,
  seconds: number,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== false) return found;
    if (Date.now() >= end) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await delay(pollMilliseconds);
  }
}

/** @throws Error naming `what` if the promise is not settled after `seconds`. */
export async function within<T>(what: string, seconds: number, promise: Promise<T>): Promise<T> {
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
