/** A packet that is on its way while its SA is replaced is nobody's fault. */
import type { Passage } from '../checker.js';

/** The sender has no such SA any more, or a younger one for the same policy. */
export function isReplaced({ from, spi }: Passage): boolean {
  const outbound = from.sas().filter(({ direction }) => direction === 'out');
  const used = outbound.find((sa) => sa.spi === spi);
  if (used === undefined) return true;
  const successors = outbound.slice(outbound.indexOf(used) + 1);
  return successors.some(({ reqid, state }) => reqid === used.reqid && state === 'mature');
}
