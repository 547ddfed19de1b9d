import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest(
  'R-32 R-41 R-52 base mode, and ESP inside AH, are byte by byte what their RFCs say',
  async () => {
    const { checks } = await runInLab({
      scenario: 'test/kernel/scenarios/bundles.js',
      timeoutSeconds: 1500,
    });
    expect(checks).toHaveLength(34);
  },
);
