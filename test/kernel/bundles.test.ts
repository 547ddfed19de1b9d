import { expect, test } from '@jest/globals';
import { runInLab } from '../lab/lab.js';

test('R-32 R-41 R-52 base mode, and ESP inside AH, are byte by byte what their RFCs say', async () => {
  const { checks } = await runInLab({
    scenario: 'test/kernel/scenarios/bundles.js',
    timeoutSeconds: 1500,
  });
  expect(checks).toHaveLength(34);
}, 3_600_000);
