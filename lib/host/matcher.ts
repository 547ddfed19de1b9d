/** Regular expressions whose time grows with the text alone, whatever the pattern (RE2). */
import { RE2JS, RE2JSException } from 're2js';

/**
 * Instructions of a compiled expression: of a few letters `{1000}` makes tens of thousands, and every
 * character of a text may meet all of them.
 */
const mostInstructions = 2000;

/** Whether a text contains a match; undefined when the pattern is no regular expression, or repeats too much. */
export function matcher(pattern: string): ((text: string) => boolean) | undefined {
  try {
    const expression = RE2JS.compile(pattern);
    if (expression.programSize() > mostInstructions) return undefined;
    return (text) => expression.matcher(text).find();
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return undefined;
  }
}
