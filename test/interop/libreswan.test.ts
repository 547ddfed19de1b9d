import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest(
  'what Libreswan and our daemon refuse each other is explained by our log, row and property named',
  async () => {
    const { checks } = await runInLab({
      scenario: 'test/interop/scenarios/libreswan-refusals.js',
      timeoutSeconds: 1500,
    });
    expect(checks).toHaveLength(6 * 3 + 1);
  },
);
