/** Spans and moments of time (spec A.0 `time`, `datetime`). */
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import type { PropertyType, ValueError } from '../property.js';
import { invalidValue, outOfRange } from '../value-error.js';

const units = [
  { letter: 'w', seconds: 604_800 },
  { letter: 'd', seconds: 86_400 },
  { letter: 'h', seconds: 3_600 },
  { letter: 'm', seconds: 60 },
  { letter: 's', seconds: 1 },
] as const;

/** What a lifetime attribute of four bytes can say (RFC 2407 4.5). */
const secondsMax = 0xffff_ffff;

const lettered = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;
const clock = /^(?:(\d+)d)?(\d+):([0-5]\d):([0-5]\d)$/;

function sum(counts: readonly (string | undefined)[], of: readonly { seconds: number }[]): number {
  return of.reduce((total, { seconds }, index) => total + Number(counts[index] ?? 0) * seconds, 0);
}

/** Reads `1d2h30m`, `[1d]02:30:00` or plain seconds. */
export function parseSpan(text: string): Result<number, ValueError> {
  let seconds: number;
  const letters = lettered.exec(text);
  const digits = clock.exec(text);
  if (/^\d+$/.test(text)) seconds = Number(text);
  else if (text !== '' && letters !== null) seconds = sum(letters.slice(1), units);
  else if (digits !== null) seconds = sum(digits.slice(1), units.slice(1));
  else return invalidValue;
  return seconds <= secondsMax ? ok(seconds) : outOfRange(formatSpan(0), formatSpan(secondsMax));
}

/** Largest units first, zero units left out: 5400 is `1h30m`, 0 is `0s`. */
export function formatSpan(seconds: number): string {
  let rest = seconds;
  let text = '';
  for (const unit of units) {
    const count = Math.floor(rest / unit.seconds);
    rest -= count * unit.seconds;
    if (count > 0) text += `${count}${unit.letter}`;
  }
  return text === '' ? '0s' : text;
}

/** Seconds, 0..4294967295. */
export const time: PropertyType<number, number> = {
  grammar: '1w2d3h4m5s, [1d]HH:MM:SS or seconds',
  json: {
    schema: { type: 'integer', minimum: 0, maximum: secondsMax, description: 'Seconds.' },
    of: (value) => value,
  },
  parse: parseSpan,
  format: formatSpan,
  order: (value) => value,
};

/** A moment in seconds since the epoch, shown in router local time; typed in conditions alone. */
export const dateTime: PropertyType<number, number> = {
  grammar: 'mmm/DD/YYYY HH:MM:SS, or seconds since 1970',
  json: {
    schema: { type: 'integer', minimum: 0, description: 'Seconds since 1970-01-01 UTC.' },
    of: (value) => value,
  },
  parse: (text, context) => {
    const seconds = /^\d{1,15}$/.test(text) ? Number(text) : context.timeOf?.(text);
    return seconds === undefined ? invalidValue : ok(seconds);
  },
  format: (value, context) => context.formatTime(value),
  order: (value) => value,
};
