import { expect, test } from '@jest/globals';
import { lastCommand } from '../../../cli/repeat.js';

test('B-13 only the last command is repeated: what the others add they must not add again', () => {
  expect(lastCommand('/ip ipsec peer add address=10.0.0.1; print interval=1')).toBe(
    'print interval=1',
  );
  expect(lastCommand('print interval=1\n')).toBe('print interval=1\n');
  expect(lastCommand('/ip ipsec\npeer print interval=1 \\\n  stats')).toBe(
    'peer print interval=1 \\\n  stats',
  );
});
