import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest('R-40 to R-46 manual keys protect packets, alone and against ip xfrm', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/manual-keys.js',
    timeoutSeconds: 900,
  });
  expect(checks).toHaveLength(36);
});
