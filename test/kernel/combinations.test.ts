import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest('both modes and both suites work between two routers, whichever side begins', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/combinations.js',
    timeoutSeconds: 1500,
  });
  expect(checks.length).toBe(8 * 5 + 3);
});
