/** How Jest runs tests that boot guests. */
import { test } from '@jest/globals';

/**
 * In milliseconds, far above any guest's own limit, which is what ends one that hangs: here the waiting for
 * a free slot counts too.
 */
export const labTestMilliseconds = 3_600_000;

export function labTest(title: string, body: () => Promise<void>): void {
  test(title, body, labTestMilliseconds);
}
