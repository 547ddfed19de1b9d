/** Bounds on what one text typed at the console can make us do, with their reasons. */
export const consoleLimits = {
  /** Brackets inside brackets; scripts use two, and every level is one call deeper. */
  nesting: 16,
  /** Parentheses and negations inside each other in a condition, for the same reason. */
  conditionDepth: 64,
  /**
   * Characters of the regular expressions in one condition: one of a megabyte takes seconds to compile,
   * and nobody writes as much by hand.
   */
  patternsLength: 512,
  /** Words and signs of one command; a condition of a thousand comparisons in brackets has half. */
  tokens: 10_000,
  /** Files that import files, so that one that imports itself comes to an end. */
  importDepth: 8,
  /** Variables of one script, and the characters in all of them; scripts use a handful of words. */
  variables: 256,
  variablesLength: 4 * 1024 * 1024,
  /** Characters of one text that is put together; longer ones could be doubled without end. */
  textLength: 1024 * 1024,
  /** Comparisons and flags of one condition, each of which every row is asked for. */
  conditionTerms: 1000,
  /**
   * Characters that one text and the files it imports print: a listing of 100,000 SAs, and in JSON still
   * a text that can be put together and sent as one answer.
   */
  outputLength: 64 * 1024 * 1024,
  /** Characters of the files that a dry run keeps, which is in memory. */
  stagedFilesLength: 64 * 1024 * 1024,
  /** What a dry run complains about before it gives up: more of it is no longer read. */
  complaints: 100,
} as const;
