/** What a line that is being typed can go on with (C-35). */
import type { Config } from '../config/config.js';
import type { MenuNode } from './menu-tree.js';
import type { Path } from './parse.js';

/** Where a line is typed. */
export interface LineContext {
  readonly root: MenuNode;
  readonly path: Path;
  readonly config: Config;
}

export type CandidateKind = 'menu' | 'command' | 'property' | 'keyword' | 'value' | 'item';

export interface Candidate {
  /** The whole word, as it goes into the line: a property with its `=`, other words without a blank. */
  readonly text: string;
  readonly kind: CandidateKind;
  /** A few words for help. */
  readonly help: string;
}

export interface Completion {
  /** Index of the line where the word begins that the candidates replace. */
  readonly from: number;
  readonly candidates: readonly Candidate[];
}

/** The candidates for the end of the line up to the cursor. */
export function complete(line: string, _context: LineContext): Completion {
  return { from: line.length, candidates: [] };
}
