/** The only clock: monotonic instants for the engine, wall-clock seconds for printouts. */
import type { Instant } from '../core/base/instant.js';
import { instant } from '../core/base/instant.js';

export interface Clock {
  now(): Instant;
  /** Seconds since the epoch of an instant, by the wall clock as it stands now. */
  epochSecondsOf(at: Instant): number;
}

export const systemClock: Clock = {
  now: () => instant(performance.now()),
  // The offset is taken anew each time: the wall clock may be set while the daemon runs.
  epochSecondsOf: (at) => Math.floor((Date.now() - (performance.now() - at)) / 1000),
};
