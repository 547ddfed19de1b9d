/** The checkers of a run; every run has its own. */
import type { Checker } from '../checker.js';
import { AgreementChecker } from './agreement.js';
import { BoundsChecker } from './bounds.js';
import { CleartextChecker } from './cleartext.js';
import { ContinuityChecker } from './continuity.js';
import { CountersChecker } from './counters.js';
import { LeftoversChecker } from './leftovers.js';
import { ProgressChecker } from './progress.js';
import { RenewalsChecker } from './renewals.js';

export function makeCheckers(): {
  readonly checkers: readonly Checker[];
  readonly progress: ProgressChecker;
} {
  const progress = new ProgressChecker();
  return {
    progress,
    checkers: [
      new AgreementChecker(),
      new CleartextChecker(),
      new LeftoversChecker(),
      new BoundsChecker(),
      new CountersChecker(),
      new RenewalsChecker(),
      new ContinuityChecker(),
      progress,
    ],
  };
}
