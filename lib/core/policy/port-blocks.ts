/** Port ranges as the blocks a value-and-mask match can say (E-04). */
import type { Ports } from '../base/selector.js';

/**
 * The fewest blocks that cover the range exactly; each has a power of two of ports and begins at a
 * multiple of its size. 1000-2000 becomes 8 blocks; no range needs more than 30.
 */
export function portBlocks(ports: Ports): readonly Ports[] {
  if (ports === 'any') return [ports];
  const blocks: Ports[] = [];
  for (let first = ports.first; first <= ports.last; ) {
    let size = 1;
    while (first % (2 * size) === 0 && first + 2 * size - 1 <= ports.last) size *= 2;
    blocks.push({ first, last: first + size - 1 });
    first += size;
  }
  return blocks;
}
