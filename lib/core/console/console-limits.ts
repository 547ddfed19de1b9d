/** Bounds on what one text typed at the console can make us do, with their reasons. */
export const consoleLimits = {
  /** Brackets inside brackets; scripts use two, and every level is one call deeper. */
  nesting: 16,
  /** Parentheses and negations inside each other in a condition, for the same reason. */
  conditionDepth: 64,
  /** Files that import files, so that one that imports itself comes to an end. */
  importDepth: 8,
  /** Variables of one script, and the characters in all of them; scripts use a handful of words. */
  variables: 256,
  variablesLength: 4 * 1024 * 1024,
  /** Characters of one text that is put together; longer ones could be doubled without end. */
  textLength: 1024 * 1024,
  /** What a dry run complains about before it gives up: more of it is no longer read. */
  complaints: 100,
} as const;
