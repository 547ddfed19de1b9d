import { expect, test } from '@jest/globals';
import { runInLab } from '../lab/lab.js';

test('a daemon killed every two seconds under TCP load and renewals breaks no connection, shows nothing and leaks no SA', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/crash-storm.js',
    timeoutSeconds: 1200,
  });
  expect(checks).toHaveLength(9);
}, 1_500_000);
