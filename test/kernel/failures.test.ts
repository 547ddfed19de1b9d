import { expect, test } from '@jest/globals';
import { runInLab } from '../lab/lab.js';

test('each common failure is named with its row or cause', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/failures.js',
    timeoutSeconds: 1500,
  });
  expect(checks).toHaveLength(15);
}, 3_600_000);

test('a kernel without ESP is named as the cause', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/no-esp.js',
    withoutModules: ['esp4'],
    timeoutSeconds: 1500,
  });
  expect(checks).toHaveLength(2);
}, 3_600_000);
