import { expect, test } from '@jest/globals';
import { runInLab } from '../lab/lab.js';

test('1,000 edits of other rows while 50 tunnels carry pings: none is lost, and the kernel holds what the tables say', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/edit-storm.js',
    timeoutSeconds: 900,
  });
  expect(checks).toHaveLength(7);
}, 1_200_000);
