/** Bounds on what one text typed at the console can make us do, with their reasons. */
export const consoleLimits = {
  /** Brackets inside brackets; scripts use two, and every level is one call deeper. */
  nesting: 16,
  /** Parentheses and negations inside each other in a condition, for the same reason. */
  conditionDepth: 64,
} as const;
