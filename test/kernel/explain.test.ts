import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest(
  'explain names the cause in broken set-ups, and foretells what the wire shows',
  async () => {
    const { checks, value } = await runInLab<{ healthy: number; broken: number }>({
      scenario: 'test/kernel/scenarios/explain.js',
      timeoutSeconds: 1500,
    });
    expect(value.healthy).toBeGreaterThanOrEqual(10);
    expect(value.broken).toBeGreaterThanOrEqual(25);
    // What is foretold, what the wire shows, what is said.
    expect(checks).toHaveLength(3 * (value.healthy + value.broken));
  },
);
