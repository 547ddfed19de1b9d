/** A text that is being carried out, and where in it: values, so that a run can go back to them. */
import type { Dialect } from './commands/command.js';
import { Places } from './console-error.js';
import type { ExecuteError } from './console-host.js';
import type { NumberTables } from './items.js';
import type { Path } from './parse.js';
import type { StagedHost } from './staged-host.js';

/** The texts of the variables by name (C-30). */
export type Variables = ReadonlyMap<string, string>;

/** What a session keeps between texts, and a file has for itself alone. */
export interface Standing {
  /** The current menu. */
  readonly path: Path;
  readonly variables: Variables;
  readonly numbers: NumberTables;
}

export interface Frame extends Standing {
  readonly source: string;
  readonly places: Places;
  /** Where the next command is looked for. */
  readonly offset: number;
  readonly dialect: Dialect;
  /** The imported file; absent: the text is the one the user gave. */
  readonly file?: string;
  readonly dryRun?: DryRun;
  /** A dry run could not follow where the file went, so what follows says nothing. */
  readonly isLost?: true;
  /** Variables that a command of a dry run could not give a text: of their users nothing can be said. */
  readonly lostVariables?: ReadonlySet<string>;
}

export interface DryRun {
  /** Keeps what the commands change from the system. */
  readonly host: StagedHost;
  /** What would have been refused so far. */
  readonly complaints: ExecuteError[];
}

export function frameOf(source: string, standing: Standing, others: Partial<Frame> = {}): Frame {
  const places = new Places(source);
  return { ...standing, source, places, offset: 0, dialect: 'own', ...others };
}
