/** How a dry run finds its way past a command that would be refused (C-45). */
import type { ConsoleError } from './console-error.js';
import { consoleLimits } from './console-limits.js';
import type { Frame } from './frame.js';
import type { Command, Token, Value } from './tokens.js';

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

/** Whether nothing can be said of the command, for what it rests on could not be carried out. */
export function isUnclear(command: Command, { isLost, lostVariables }: Frame): boolean {
  if (isLost && isRelative(command)) return true;
  return lostVariables !== undefined && usesOneOf(lostVariables, command);
}

/** Is meant for the current menu. */
function isRelative({ tokens, prompt }: Command): boolean {
  const [first] = tokens;
  if (prompt !== undefined || first?.kind !== 'text') return prompt === undefined;
  return !first.text.startsWith('/') && !first.text.startsWith(':');
}

function usesOneOf(names: ReadonlySet<string>, { tokens }: Command): boolean {
  const inValue = (value: Value): boolean => {
    switch (value.kind) {
      case 'text':
        return false;
      case 'variable':
        return names.has(value.name);
      case 'joined':
        return value.parts.some((part) => typeof part !== 'string' && names.has(part.name));
      case 'substitution':
        return value.commands.some((command) => usesOneOf(names, command));
    }
  };
  return tokens.some((token) => {
    if (token.kind === 'sign') return false;
    return inValue(token.kind === 'assignment' ? token.value : token);
  });
}

/** The frame behind a command that is not carried out: a variable it names has no text then. */
export function behindRefused(frame: Frame, command: Command): Frame {
  const name = frame.dryRun && namedVariable(command);
  const { lostVariables: known = new Set() } = frame;
  // More than a script can have are complained about in any case.
  if (name === undefined || known.has(name) || known.size >= consoleLimits.variables) return frame;
  return { ...frame, lostVariables: new Set(known).add(name) };
}

/** The frame behind a command that is carried out: a variable it names has a text again. */
export function behindDone(frame: Frame, command: Command): Frame {
  const name = frame.lostVariables && namedVariable(command);
  if (name === undefined) return frame;
  return {
    ...frame,
    lostVariables: new Set([...(frame.lostVariables ?? [])].filter((each) => each !== name)),
  };
}

/** Of `:local`, perhaps shortened: the variable that gets a text. */
function namedVariable({ tokens: [first, second] }: Command): string | undefined {
  if (first?.kind !== 'text' || first.text.length < 2 || !':local'.startsWith(first.text)) {
    return undefined;
  }
  return textOf(second?.kind === 'assignment' ? second.value : second);
}

function textOf(token: Token | undefined): string | undefined {
  return token?.kind === 'text' ? token.text : undefined;
}
