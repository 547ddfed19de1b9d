/** What a line that is being typed can go on with (C-35). */
import type { Candidate, Offer } from './candidates.js';
import { offerAt } from './candidates.js';
import type { LineContext } from './line-position.js';
import { linePosition } from './line-position.js';

export type { Candidate, CandidateKind } from './candidates.js';
export type { LineContext } from './line-position.js';

export interface Completion {
  /** Index of the line where the word begins that the candidates replace. */
  readonly from: number;
  readonly candidates: readonly Candidate[];
}

/** The candidates for the end of the line up to the cursor. */
export function complete(line: string, context: LineContext): Completion {
  const { from, candidates } = allThatFits(line, context);
  const [only, ...others] = candidates;
  // The one argument that needs no name: a Tab that writes `numbers=` is no help to who looks for items.
  const isOnlyAName = only?.text.endsWith('=') === true && others.length === 0;
  const isUnnamed = isOnlyAName && from === line.length && needsNoName(only.text, line, context);
  return { from, candidates: isUnnamed ? [] : candidates };
}

function needsNoName(candidate: string, line: string, context: LineContext): boolean {
  const position = linePosition(line, context);
  if (position?.kind !== 'argument') return false;
  return position.invocation.command.unnamed.some((name) => `${name}=` === candidate);
}

/** The same for help, which tells of every argument. */
export function allThatFits(line: string, context: LineContext): Completion {
  const position = linePosition(line, context);
  if (position === undefined) return { from: line.length, candidates: [] };
  const offer = offerAt(position, context);
  const { word, from } = position;
  if (word.startsWith('"')) return { from, candidates: inQuotes(offer, word) };
  const parts = offer.list ? word.split(',') : [word];
  const last = parts.at(-1) ?? '';
  const candidates = (parts.length > 1 ? furtherParts(offer, parts) : offer.candidates).filter(
    ({ text }) => text.startsWith(last),
  );
  return { from: from + word.length - last.length, candidates };
}

/** Names may be typed in quotes even when they need none. */
function inQuotes({ candidates }: Offer, word: string): readonly Candidate[] {
  return candidates
    .filter(({ kind }) => kind === 'item')
    .map(({ text, ...rest }) => ({ ...rest, text: text.startsWith('"') ? text : `"${text}"` }))
    .filter(({ text }) => text.startsWith(word));
}

/** What can follow a comma: no part twice, and nothing that would need quotes. */
function furtherParts({ candidates }: Offer, parts: readonly string[]): readonly Candidate[] {
  const given = new Set(parts.slice(0, -1));
  return candidates.filter(
    ({ kind, text }) =>
      (kind === 'item' || kind === 'value') && !text.startsWith('"') && !given.has(text),
  );
}
