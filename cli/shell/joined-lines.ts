/** A command that took several lines as the one line it could have been: that is how the history keeps it. */
import { CommandScanner } from '../command-scanner.js';

const pastedPrompt = /^[ \t]*\[[^\s@[\]]+@[^\s[\]]+\] [a-z0-9 -]*>(?=[ \t]|$)[ \t]*/;
const pastedContinuation = /^[ \t]*(?:\\\.\.\.(?:[ \t]+|$))?/;
/** A backslash at the end that no other backslash takes away. */
const continued = /(?<!\\)(?:\\\\)*\\$/;

/** Prompts that were pasted with the lines are no part of it. */
export function joinedLines(lines: readonly string[]): string {
  const [first = '', ...others] = lines;
  let whole = first.replace(pastedPrompt, '');
  for (const line of others) {
    const isContinued = continued.test(whole);
    const before = isContinued ? whole.slice(0, -1) : whole;
    whole = before + separator(before, isContinued) + line.replace(pastedContinuation, '');
  }
  return whole;
}

/** Continued lines are parted by a blank, and by nothing in quotes and behind a sign (C-04). */
function separator(before: string, isContinued: boolean): string {
  // The line end in an open bracket ends a command as a semicolon does (C-02).
  if (!isContinued) return '; ';
  const scanner = new CommandScanner();
  scanner.push(before);
  return scanner.takesAnything || /[\s=~<>]$/.test(before) ? '' : ' ';
}
