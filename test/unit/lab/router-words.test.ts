/** A command written as one string reaches ipsecctl as a shell would hand it over. */
import { expect, test } from '@jest/globals';
import { shellWords } from '../../lab/guest/router.js';

test('blanks separate words, quotes hold them together and vanish', () => {
  expect(shellWords('/ip ipsec pre-shared-secret add address=1.0.0.2 secret="two words"')).toEqual([
    '/ip',
    'ipsec',
    'pre-shared-secret',
    'add',
    'address=1.0.0.2',
    'secret=two words',
  ]);
  expect(shellWords('')).toEqual([]);
  expect(shellWords('set comment=""')).toEqual(['set', 'comment=']);
});
