/** The command language in short, for ipsecctl(8). */
import type { Roff } from './roff.js';
import { bold, example, item, paragraph, section } from './roff.js';

export function languageSection(): Roff {
  return section(
    'COMMAND LANGUAGE',
    paragraph('A command is a path, a command name and its arguments. These are the same:'),
    example(
      '/ip ipsec policy print detail',
      '/ip/ipsec/policy/print detail',
      '/ip ipsec policy',
      'print detail',
    ),
    paragraph(
      'A path without a command makes that menu the current one; `..` goes up and `/` to the root. Commands end at the end of the line or at `;`. A backslash at the end of a line continues it, and `#` at the beginning of a command makes it a remark. Names of menus, commands, properties and words may be shortened as long as they stay unambiguous.',
    ),
    paragraph(
      'Values with blanks or special characters stand in double quotes, where `\\"` `\\\\` `\\$` `\\?` `\\n` `\\r` `\\t` and `\\HH`, two upper-case hexadecimal digits, mean the character. Letters after `$` are the name of a variable.',
    ),
    paragraph('Items are named by one of these, or by several with commas between them:'),
    item(bold('3'), 'The number that the last `print` of the table has shown.'),
    item(bold('*1A'), 'The internal id, which no other item ever gets.'),
    item(bold('office'), 'The name, in tables that have names; peers by their address.'),
    item(bold('[find disabled=yes]'), 'Whatever items meet the conditions.'),
    paragraph(
      'Conditions follow `find`, or `where` in `print`: `NAME=VALUE` with `=`, `!=`, `<`, `>` or `~` (a regular expression), flags such as `invalid` alone, joined by `and`, `or`, `!` and parentheses. The values are read as they are when they are set.',
    ),
  );
}
