import { expect } from '@jest/globals';
import { runInLab } from '../lab/lab.js';
import { labTest } from '../lab/lab-test.js';
import { exampleOf, pasted } from '../support/manual.js';
import { readSharedText } from '../support/shared.js';

function textsOf(title: RegExp, golden: string) {
  return {
    commands: pasted(exampleOf(title).commands),
    printout: readSharedText('golden', golden),
  };
}

labTest(
  'what the manual prints for Cisco and SonicWALL holds against a peer with their parameters (Annex 1.4, 1.5, R-63)',
  async () => {
    const { checks } = await runInLab({
      scenario: 'test/interop/scenarios/manual-examples.js',
      args: {
        cisco: textsOf(/^MT-to-CISCO/, 'G12-installed-sa-cisco.txt'),
        sonicwall: textsOf(/^MT-to-SW/, 'G13-installed-sa-sonicwall.txt'),
      },
      timeoutSeconds: 900,
    });
    expect(checks).toHaveLength(52);
  },
);
