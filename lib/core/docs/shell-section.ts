/** The interactive shell, for ipsecctl(8). */
import type { Roff } from './roff.js';
import { bold, item, paragraph, section } from './roff.js';

export function shellSection(): Roff {
  return section(
    'INTERACTIVE SHELL',
    paragraph(
      'Without a command, and with a terminal as standard input and output, the program is a shell. Its prompt names the current menu: `[admin@router1] ip ipsec policy>`. The line is edited with the arrow keys, Home, End, Ctrl-A, Ctrl-E, Ctrl-K, Ctrl-U and Ctrl-W.',
    ),
    item(bold('quit'), 'Leaves the shell, as does Ctrl-D on an empty line.'),
    item(
      bold('Ctrl-C'),
      'Drops the line. While the daemon has not answered, Ctrl-C twice leaves the shell; what the daemon has begun it finishes.',
    ),
    item(
      bold('..'),
      'Goes to the menu above; `/` to the root; a path such as `/ip ipsec peer` there.',
    ),
    item(
      bold('?'),
      'Shows what can stand at the cursor, at once and without Enter; F1 does the same. Inside quotes, and as `\\?`, it is a character.',
    ),
    item(
      bold('Tab'),
      'Completes the word as far as it is certain; pressed again, lists what it may become.',
    ),
    item(
      bold('-- [Q quit|D dump|down]'),
      'A long printout stops after each page. Space and Page Down show the next page, Enter and Down the next line, `d` all the rest; `q` and Ctrl-C leave it. The word `without-paging` shows all at once.',
    ),
    item(bold('print interval=2'), 'Prints again every 2 seconds, until Ctrl-C or `q`.'),
    item(
      bold('edit 0 comment'),
      'Opens the value in the editor that VISUAL or EDITOR names. Only the shell has this command.',
    ),
    paragraph(
      'Text copied from a manual or from another terminal can be pasted with its prompts, also those of continued lines (`\\...`): they are skipped, and the menu they name is gone to.',
    ),
    paragraph(
      'When ipsecd is restarted the shell connects again by itself; the numbers of the last `print` are forgotten then.',
    ),
    paragraph(
      'The Up and Down keys bring back earlier lines. The last 1000 commands are kept in a file for the next shell (see FILES); one that gives a secret or a key is not written there.',
    ),
  );
}
