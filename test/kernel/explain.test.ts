import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest(
  'explain names the cause in broken set-ups, and foretells what the wire shows',
  async () => {
    const { checks } = await runInLab({
      scenario: 'test/kernel/scenarios/explain.js',
      timeoutSeconds: 1500,
    });
    expect(checks.length).toBeGreaterThanOrEqual(3 * 29);
  },
);
