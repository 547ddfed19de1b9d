/** Regular expressions whose time grows with the text alone, whatever the pattern (RE2). */
import { RE2JS, RE2JSException } from 're2js';

/** Whether a text contains a match; undefined when the pattern is no regular expression. */
export function matcher(pattern: string): ((text: string) => boolean) | undefined {
  try {
    const expression = RE2JS.compile(pattern);
    return (text) => expression.matcher(text).find();
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return undefined;
  }
}
