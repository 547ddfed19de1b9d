import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest('renewal under traffic loses no packet and leaves nothing behind', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/renewal.js',
    timeoutSeconds: 1500,
  });
  expect(checks).toHaveLength(6);
});
