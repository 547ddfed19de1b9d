/** The type of a scenario and the function that declares one. */
import type { Lab } from './lab.js';

/**
 * Runs as root inside the lab. It passes when it returns and no check failed; what it returns must be a
 * JSON value and reaches the test as `result.value`. It must check or return something.
 */
export type Scenario = (lab: Lab) => Promise<unknown>;

/** `export default scenario(async (lab) => { ... })` */
export function scenario(run: Scenario): Scenario {
  return run;
}
