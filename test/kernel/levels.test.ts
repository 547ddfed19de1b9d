import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest('E-12 E-13 E-16 each level treats packets as told before, with and after SAs', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/levels.js',
    timeoutSeconds: 900,
  });
  expect(checks).toHaveLength(30);
});
