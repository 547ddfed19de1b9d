/** Names that are near a misspelt one. */
import { describe, expect, test } from '@jest/globals';
import { nearNames } from '../../../../lib/core/base/nearest.js';

describe('near names', () => {
  test.each([
    ['polizy', ['peer', 'policy'], ['policy']],
    ['pirnt', ['print', 'find'], ['print']],
    ['address', ['sa-src-address', 'dst-address', 'level'], ['sa-src-address', 'dst-address']],
    ['move', ['remove', 'find'], []],
    ['frobnicate', ['print', 'find'], []],
    ['x', [], []],
  ])('of %s among %j are %j', (name, candidates, near) => {
    expect(nearNames(name, candidates)).toEqual(near);
  });
});
