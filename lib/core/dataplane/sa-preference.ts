/** Which of several SAs for one template a packet takes (spec ). */
import type { InstalledSa } from './types.js';

export interface Preferable {
  readonly state: InstalledSa['state'];
  /** In any unit, as long as it is the same for all. */
  readonly addedAt: number;
}

/** Linux takes a mature SA before one past its soft limit, then the newest; at equal times the later one. */
export function isPreferred(sa: Preferable, best: Preferable): boolean {
  if (sa.state !== best.state) return sa.state === 'mature';
  return sa.addedAt >= best.addedAt;
}
