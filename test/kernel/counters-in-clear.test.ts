import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest(
  'R-70 R-71 R-72 R-74 R-75 R-76 R-79 packets that pass in clear or are dropped are counted',
  async () => {
    const { checks } = await runInLab({
      scenario: 'test/kernel/scenarios/counters-in-clear.js',
      // Nothing here is encrypted: this machine's own kernel does, which has nftables.
      kernel: 'namespaces',
      timeoutSeconds: 1500,
    });
    expect(checks).toHaveLength(19);
  },
);
