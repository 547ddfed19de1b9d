import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest(
  'strongSwan and our daemon make tunnels in both modes and suites, whichever begins',
  async () => {
    const { checks } = await runInLab({
      scenario: 'test/interop/scenarios/strongswan.js',
      timeoutSeconds: 1500,
    });
    expect(checks).toHaveLength(8 * 3 + 4 + 1);
  },
);
