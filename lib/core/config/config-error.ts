/** Why a table refuses a change, in the console's words (C-54, C-60 to C-63). */

export interface ConfigError {
  /** The rule of the specification, `C-61`. */
  readonly rule: string;
  /** The line a console prints. */
  readonly text: string;
}

export const noSuchItem: ConfigError = { rule: 'C-61', text: 'no such item' };

export const alreadyHave: ConfigError = {
  rule: 'C-62',
  text: 'failure: already have such entry',
};

export function missingValues(names: readonly string[]): ConfigError {
  return { rule: 'C-60', text: `missing value(s) of argument(s) ${names.join(' ')}` };
}

export function failure(text: string): ConfigError {
  return { rule: 'C-63', text: `failure: ${text}` };
}
