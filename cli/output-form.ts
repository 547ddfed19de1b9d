/** In what form a call writes: text or JSON, in colour or not, how wide. */
import type { ExecuteOptions } from '../lib/client/client.js';
import { controlLimits } from '../lib/core/control/messages.js';
import type { Options } from './ipsecctl-options.js';

export interface OutputForm {
  readonly json: boolean;
  /** Standard output shows colours. */
  readonly colour: boolean;
  /** Standard error shows colours. */
  readonly errorColour: boolean;
  /** A person reads standard error. */
  readonly hints: boolean;
}

export function outputForm({ json, colour }: Pick<Options, 'json' | 'colour'>): OutputForm {
  return {
    json,
    colour: !json && showsColours(colour, process.stdout),
    errorColour: !json && showsColours(colour, process.stderr),
    hints: process.stderr.isTTY === true,
  };
}

/** Colours are for terminals only (C-38); https://no-color.org says how users switch them off. */
function showsColours(
  choice: Options['colour'],
  { isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>,
): boolean {
  if (choice !== 'auto') return choice === 'always';
  const { NO_COLOR = '', TERM } = process.env;
  return isTTY === true && NO_COLOR === '' && TERM !== 'dumb';
}

/** How the daemon is to print; asked for each command, since terminals change their width. */
export function executeOptions({ json, colour }: OutputForm): ExecuteOptions {
  return { columns: columns(), colour, form: json ? 'json' : 'text' };
}

/** The width of the reader's terminal, 80 where there is none. */
function columns(): number {
  const { columnsMin, columnsMax } = controlLimits;
  return Math.min(columnsMax, Math.max(columnsMin, process.stdout.columns ?? 80));
}
