/** Time as the core sees it: a number that rides in every input, never read from a clock. */

declare const instantBrand: unique symbol;

/** Milliseconds on the host's monotonic clock. The zero point has no meaning. */
export type Instant = number & { readonly [instantBrand]: true };

/** Marks a number of milliseconds of the host's monotonic clock as an instant. */
export function instant(milliseconds: number): Instant {
  return milliseconds as Instant;
}

/** The instant `milliseconds` after `start`. */
export function after(start: Instant, milliseconds: number): Instant {
  return (start + milliseconds) as Instant;
}
