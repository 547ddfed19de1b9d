import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';
import { edits, kindsWanted } from './storm-size.js';

labTest(
  'hundreds of edits of other rows while 50 tunnels carry pings: none is lost, and the kernel holds what the tables say',
  async () => {
    const { checks } = await runInLab({
      scenario: 'test/kernel/scenarios/edit-storm.js',
      args: { edits, kindsWanted },
      timeoutSeconds: 1800,
    });
    expect(checks).toHaveLength(7);
  },
);
