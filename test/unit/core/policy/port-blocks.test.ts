/** Ranges cut into blocks a mask can say (E-04). */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { portBlocks } from '../../../../lib/core/policy/port-blocks.js';

test('any stays any, a port stays a port', () => {
  expect(portBlocks('any')).toEqual(['any']);
  expect(portBlocks({ first: 80, last: 80 })).toEqual([{ first: 80, last: 80 }]);
});

test('blocks are aligned powers of two that cover the range without gap, and at most 30', () => {
  const port = fc.integer({ min: 0, max: 65535 });
  fc.assert(
    fc.property(port, port, (a, b) => {
      const range = { first: Math.min(a, b), last: Math.max(a, b) };
      let next = range.first;
      const blocks = portBlocks(range);
      for (const block of blocks) {
        if (block === 'any') throw new Error('a range is never any');
        const size = block.last - block.first + 1;
        expect(block.first).toBe(next);
        expect(Number.isInteger(Math.log2(size))).toBe(true);
        expect(block.first % size).toBe(0);
        next = block.last + 1;
      }
      expect(next).toBe(range.last + 1);
      expect(blocks.length).toBeLessThanOrEqual(30);
    }),
  );
});
