import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest('each common failure is named with its row or cause', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/failures.js',
    timeoutSeconds: 1500,
  });
  expect(checks).toHaveLength(15);
});

labTest('a kernel without ESP is named as the cause', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/no-esp.js',
    withoutModules: ['esp4'],
    timeoutSeconds: 1500,
  });
  expect(checks).toHaveLength(2);
});
