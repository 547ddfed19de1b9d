/** Moments of time as the console writes and reads them (spec A.0 `datetime`). */
import { expect, test } from '@jest/globals';
import { formatDateTime, parseDateTime } from '../../../lib/host/date-time.js';

test.each([0, 1, 1_227_536_922, 1_700_000_000, 1_720_000_000])(
  '%i is read as it is written',
  (seconds) => {
    expect(parseDateTime(formatDateTime(seconds))).toBe(seconds);
  },
);

test.each([
  '',
  'nov/24/2008',
  'feb/30/2008 00:00:00',
  'foo/01/2008 00:00:00',
  'nov/24/2008 25:00:00',
])('"%s" is no moment', (text) => {
  expect(parseDateTime(text)).toBeUndefined();
});
