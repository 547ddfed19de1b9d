/** The parts that the manual pages of both programs have alike. */
import type { NamedOption, OptionTable } from './option-table.js';
import { allOptions } from './option-table.js';
import type { Roff } from './roff.js';
import { bold, italic, item, section } from './roff.js';

export function synopsis(program: string, forms: readonly string[]): Roff {
  return section(
    'SYNOPSIS',
    forms.flatMap((form, index) => [...(index > 0 ? ['.br'] : []), `${bold(program)} ${form}`]),
  );
}

/** Any option, in a synopsis. */
export const anyOption = `[${italic('OPTION')}]...`;

export function optionSection(options: OptionTable): Roff {
  return section(
    'OPTIONS',
    allOptions(options).flatMap((option) => item(usage(option), meaning(option))),
  );
}

function usage({ name, argument, choices }: NamedOption): string {
  const flag = bold(`--${name}`);
  if (choices !== undefined) return `${flag} ${choices.map(bold).join('|')}`;
  return argument === undefined ? flag : `${flag} ${italic(argument)}`;
}

function meaning({ describe = '', argument, default: initial }: NamedOption): string {
  const otherwise =
    argument === undefined || initial === undefined ? '' : ` Default: \`${initial}\`.`;
  return `${describe}.${otherwise}`;
}
