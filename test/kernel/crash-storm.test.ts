import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';
import { kills } from './storm-size.js';

labTest(
  'a daemon killed every two seconds under TCP load and renewals breaks no connection, shows nothing and leaks no SA',
  async () => {
    const { checks } = await runInLab({
      scenario: 'test/kernel/scenarios/crash-storm.js',
      args: { kills },
      timeoutSeconds: 1800,
    });
    expect(checks).toHaveLength(9);
  },
);
