import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest('E-14 ESP nested in ESP comes up by itself and carries packets', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/nesting.js',
    timeoutSeconds: 1500,
  });
  expect(checks).toHaveLength(13);
});
