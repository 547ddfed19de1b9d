/** What the host tells the guest (`job.json`) and what the guest answers (`verdict.json`). */

/** The word before every console line that is a scenario's own; all else on the console is noise. */
export const progressMark = '@lab ';

/** A user-mode-linux guest, Debian's own kernel in an emulated machine, or the kernel of the machine itself. */
export type LabKernel = 'uml' | 'qemu' | 'namespaces';

export interface Job {
  /** Absolute path of the compiled scenario module. */
  readonly scenarioFile: string;
  readonly args: unknown;
  /** Absolute path, the same inside and outside; what is written here outlives the guest. */
  readonly outDirectory: string;
  /** Milliseconds since the epoch at which the guest gives up by itself. */
  readonly deadline: number;
  readonly kernel: LabKernel;
}

/** One named condition a scenario looked at. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface Verdict {
  readonly outcome: 'passed' | 'failed';
  /** Why it failed; empty when it passed. */
  readonly reason: string;
  readonly checks: readonly Check[];
  /** What the scenario returned, as JSON carries it. */
  readonly value: unknown;
  /** From the first line of the scenario to its end. */
  readonly seconds: number;
}
