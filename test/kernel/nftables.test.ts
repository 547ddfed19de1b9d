import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';

labTest(
  'rules of nftables count what a tunnel protects, what it brought and what stays clear',
  async () => {
    const { value } = await runInLab({
      scenario: 'test/kernel/scenarios/nftables.js',
      needs: ['nftables'],
      timeoutSeconds: 900,
    });
    expect(value).toEqual({
      counters: {
        'to-protect': 5,
        'to-leave-clear': 3,
        decrypted: 5,
        'came-clear': 3,
        'esp-out': 5,
        'esp-in': 5,
        'esp-wrong': 0,
      },
      summary: { esp: 10, icmp: 6 },
    });
  },
);
