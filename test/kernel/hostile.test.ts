import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';
import type { HostileFigures } from './scenarios/hostile.js';

/** `npm run bench hostile` sends a million; here HOSTILE_SEED=n tries other ones. */
const args = { datagrams: 50_000, seed: Number(process.env['HOSTILE_SEED'] ?? 2408) };

labTest(
  'hostile 23: datagrams by the ten thousand leave daemon, memory and tunnel as they were',
  async () => {
    const { checks } = await runInLab<HostileFigures>({
      scenario: 'test/kernel/scenarios/hostile.js',
      args,
      timeoutSeconds: 1200,
    });
    expect(checks).toHaveLength(13);
  },
);
