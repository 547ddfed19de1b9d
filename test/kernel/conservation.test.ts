import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';
import type { ConservationArguments } from './scenarios/conservation.js';

/** CONSERVATION_SEED=n tries other packets and edits. */
const seed = Number(process.env['CONSERVATION_SEED'] ?? 79);
const args: ConservationArguments = { seed, rounds: 6, packetsPerRound: 150 };

labTest(
  'R-79 20 policies of every action and level, edited between: their counters are the packets that were captured',
  async () => {
    const { checks } = await runInLab({
      scenario: 'test/kernel/scenarios/conservation.js',
      args,
      needs: ['nftables'],
      timeoutSeconds: 1500,
    });
    expect(checks).toHaveLength(args.rounds + 1);
  },
);
