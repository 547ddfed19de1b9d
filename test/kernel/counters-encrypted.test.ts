import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest(
  'R-34 R-70 R-73 R-77 R-78 R-79 encrypted packets are counted, and have the DF bit they should',
  async () => {
    const { checks } = await runInLab({
      scenario: 'test/kernel/scenarios/counters-encrypted.js',
      needs: ['nftables'],
      timeoutSeconds: 1200,
    });
    expect(checks).toHaveLength(13);
  },
);
