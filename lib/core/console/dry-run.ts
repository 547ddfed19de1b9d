/** How a dry run finds its way past a command that would be refused (C-45). */
import type { ConsoleError } from './console-error.js';
import type { Frame } from './frame.js';
import type { Command } from './tokens.js';

/** Behind the line with the mistake, and the lines it goes on with. */
export function nextLine({ source }: Frame, { offset }: ConsoleError): number {
  const lineEnd = /(?<!\\)\r\n?|(?<!\\\r?)\n/g;
  lineEnd.lastIndex = offset;
  const end = lineEnd.exec(source);
  return end === null ? source.length : end.index + end[0].length;
}

/** Names a menu and nothing else, as far as one can see: what follows would be meant for that menu. */
export function isPathAlone({ tokens }: Command): boolean {
  const [first] = tokens;
  if (first?.kind !== 'text' || !/^(?:\/|\.\.)/.test(first.text)) return false;
  return tokens.every((token) => token.kind === 'text' && !token.quoted);
}

/** Is meant for the current menu. */
export function isRelative({ tokens, prompt }: Command): boolean {
  const [first] = tokens;
  if (prompt !== undefined || first?.kind !== 'text') return prompt === undefined;
  return !first.text.startsWith('/') && !first.text.startsWith(':');
}
