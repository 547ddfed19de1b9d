/** The options of a program as data: what its manual page and the shell completions need to know of them. */

export interface DocumentedOption {
  readonly describe?: string;
  readonly default?: string | number | boolean | undefined;
  readonly choices?: readonly string[];
  /** What stands for the value in a manual page; absent = it takes none. A path is completed. */
  readonly argument?: string;
}

export type OptionTable = Readonly<Record<string, DocumentedOption>>;

export interface NamedOption extends DocumentedOption {
  readonly name: string;
}

/** The options of both programs. */
export type ProgramOptions = Readonly<Record<'ipsecctl' | 'ipsecd', OptionTable>>;

/** Those every program has. */
const standard: OptionTable = {
  help: { describe: 'Shows what options there are' },
  version: { describe: 'Shows the version' },
};

export function allOptions(table: OptionTable): readonly NamedOption[] {
  return Object.entries({ ...table, ...standard }).map(([name, option]) => ({ name, ...option }));
}
