/** The system a console works on, and what its caller may ask of it. */
import type { Result } from '../base/result.js';
import type { Config } from '../config/config.js';
import type { LiveStatus } from '../config/live-status.js';
import type { PacketFacts } from '../explain/facts.js';

export interface ConsoleHost {
  /** Name and version, for the header of exports (C-40). */
  readonly product: string;
  config(): Config;
  /**
   * Makes the next configuration effective as a whole, or refuses it with the words for the user. A
   * host may wait with the kernel and the disk until a run pauses, and refuse it then.
   */
  commit(next: Config): Result<undefined, string>;
  status(): LiveStatus;
  /** Seconds since the epoch. */
  now(): number;
  /** Router local time of an epoch second, such as `nov/24/2008 14:28:42`. */
  formatTime(epochSeconds: number): string;
  /** The epoch second of such a text; undefined when it is none. */
  parseTime(text: string): number | undefined;
  /** A file of the console's directory, or the words for the user (C-45). */
  readFile(name: string): Result<string, FileRefusal>;
  /** Replaces a file of the console's directory; readable by its owner alone (C-44). */
  writeFile(name: string, text: string): Result<undefined, string>;
  /**
   * Whether a text contains a match of a regular expression, in time that grows with the text alone;
   * undefined when it is none.
   */
  matcher(pattern: string): ((text: string) => boolean) | undefined;
  /** Deletes the SAs that IKE made; manual ones stay. */
  flushSas(protocols: 'ah' | 'esp' | 'all'): void;
  /** The system as it is at this moment, for `explain`. */
  packetFacts(): PacketFacts;
}

/** Why a file cannot be read. */
export interface FileRefusal {
  readonly text: string;
  /** What to do about it. */
  readonly hint?: string;
}

export interface ExecuteOptions {
  /** Width of the terminal; 80 where there is none. */
  readonly columns?: number;
  /** The reader is a terminal that shows colours (C-38). */
  readonly colour?: boolean;
  /** `json`: whatever prints gives one JSON document a line instead of a layout. */
  readonly form?: 'text' | 'json';
}

/** A value for the user's editor; what comes back is set with `/PATH set ID PROPERTY="..."` (C-18). */
export interface EditRequest {
  /** The words of the menu. */
  readonly path: readonly string[];
  /** `*H` */
  readonly id: string;
  readonly property: string;
  readonly value: string;
}

/** A refused command: what the console says, and where in the text. */
export interface ExecuteError {
  /** The line to show; with the place in it where the specification says so. */
  readonly text: string;
  /** The rule of the specification, `C-58`. */
  readonly rule: string;
  /** 1-based places in the source, or in the imported file that `file` names. */
  readonly line: number;
  readonly column: number;
  readonly file?: string;
  /** One sentence for a person: what was not understood, and what could stand there. Never a value. */
  readonly hint?: string;
}

export interface ExecuteResult {
  /** What the commands before the error printed. */
  readonly output: string;
  readonly error?: ExecuteError;
  /** Of the last command. */
  readonly intervalSeconds?: number;
  /** The output is not to be paged (B-13). */
  readonly withoutPaging?: true;
  readonly edit?: EditRequest;
}
