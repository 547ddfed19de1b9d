import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest(
  'after kill -9 the tunnel works again, nothing of ours is orphaned and nothing else touched',
  async () => {
    const { checks } = await runInLab({
      scenario: 'test/kernel/scenarios/crash.js',
      timeoutSeconds: 1500,
    });
    expect(checks.length).toBeGreaterThan(5);
  },
);
