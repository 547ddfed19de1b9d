import { expect, test } from '@jest/globals';
import { runInLab } from '../lab/lab.js';

test('R-40 to R-46 manual keys protect packets, alone and against ip xfrm', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/manual-keys.js',
    timeoutSeconds: 900,
  });
  expect(checks).toHaveLength(36);
}, 3_600_000);
