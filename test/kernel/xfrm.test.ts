/** The XFRM data plane on a kernel with ESP (spec E.3), in the lab. */
import { describe, expect, test } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { combinations } from './xfrm/sample.js';

describe('the XFRM data plane', () => {
  test('installs, lists, expires and removes SAs of every algorithm, and their packets pass', async () => {
    const { value, checks } = await runInLab<number>({ scenario: 'test/kernel/scenarios/xfrm.js' });
    expect(value).toBe(combinations.length);
    expect(checks.length).toBeGreaterThan(150);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  }, 540_000);
});
