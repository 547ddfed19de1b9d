/** Why an offer of the peer is refused: where it parts from the row of ours that it comes nearest to. */

/** One difference. */
export interface Mismatch {
  /** The property of our row, such as `dh-group`; of what has no property a word of our own. */
  readonly attribute: string;
  /**
   * What was offered, what the row accepts, which row, and what to set: the rest of a sentence. Of
   * thousands of offers one is told.
   */
  text(): string;
}

/** Why there is no agreement. */
export interface Refusal {
  readonly message: string;
  /** What did not match, for programs. */
  readonly attributes: readonly string[];
}

/** Differences that no other can outweigh: the offer is of another kind, or cannot be read. */
const foreign = 100;

/** An offer that did not fit, and how far it is from one that does. */
export interface Misfit {
  readonly mismatches: readonly Mismatch[];
  readonly distance: number;
}

export function misfit(mismatches: readonly Mismatch[]): Misfit {
  return { mismatches, distance: mismatches.length };
}

/** For what cannot be compared property by property. */
export function foreignOffer(attribute: string, text: string): Misfit {
  return { mismatches: [{ attribute, text: () => text }], distance: foreign };
}

/** The first of those with the fewest differences. */
export function nearestMisfit<M extends Misfit>(misfits: readonly M[]): M | undefined {
  return misfits.reduce<M | undefined>(
    (best, one) => (best === undefined || one.distance < best.distance ? one : best),
    undefined,
  );
}

/** `what` says what of how many offers this is about. */
export function refusalOf(what: string, { mismatches }: Misfit): Refusal {
  const texts = [...new Set(mismatches.map((one) => one.text()))];
  return {
    message: `${what}${texts.join('; ')}`,
    attributes: [...new Set(mismatches.map(({ attribute }) => attribute))],
  };
}

/** What to do about a word: a row can only be given what its property knows. */
export function remedy(
  attribute: string,
  offered: string | undefined,
  known: readonly string[] | undefined,
): string {
  return offered !== undefined && known?.includes(offered)
    ? `set ${attribute}=${offered} there, or the same as there at the peer`
    : `the peer must be given the same ${attribute}`;
}
