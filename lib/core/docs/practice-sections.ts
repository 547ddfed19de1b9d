/** How the commands are used from shells, scripts and programs, for ipsecctl(8). */
import type { Roff } from './roff.js';
import { bold, example, item, paragraph, section } from './roff.js';

export function practiceSections(): Roff {
  return [
    ...quotingSection(),
    ...scriptSection(),
    ...explainSection(),
    ...importSection(),
    ...programSection(),
  ];
}

function quotingSection(): Roff {
  return section(
    'QUOTING IN A SHELL',
    paragraph(
      'Each word of the calling shell is one word here. A value arrives as it is, blanks included, so that the quotes of the calling shell are enough:',
    ),
    example('ipsecctl /ip ipsec policy set 0 comment="to the branch"'),
    paragraph(
      'Brackets, `;`, `<`, `>`, `~`, `!`, `$` and `*` mean something to the calling shell as well. A word in brackets is put in single quotes as a whole, and inside it the language has its own quotes:',
    ),
    example(
      "ipsecctl /ip ipsec policy disable '[find dst-address=10.2.0.0/24]'",
      `ipsecctl /ip ipsec policy set '[find comment="to the branch"]' level=use`,
    ),
    paragraph(
      'Or a whole line is one word in single quotes, and then is written as in the shell of this program:',
    ),
    example(`ipsecctl '/ip ipsec policy; print where comment~"branch"; explain'`),
    paragraph(
      'A secret among the words can be seen in the list of processes and in the history of the calling shell; on standard input and in the shell of this program it cannot.',
    ),
  );
}

function scriptSection(): Roff {
  return section(
    'SCRIPTS',
    paragraph(
      'When standard input is no terminal, its commands are carried out in order. The first that is refused ends the run with exit status 1. Standard error names the place as `(line L column C)`, or the line in front of the text; on a terminal a second line says what could stand there. A line `quit` ends the run as the end of the input does.',
    ),
    example('ipsecctl < router1.rsc'),
  );
}

function explainSection(): Roff {
  return section(
    'ITEMS AND PACKETS EXPLAINED',
    paragraph(
      'An item marked `I` takes no effect. `explain` says for each item, or for those named, why, and what to change:',
    ),
    example(
      '[admin@router1] ip ipsec policy> explain 0',
      '  0 I src-address does not contain sa-src-address: transport mode serves the',
      '      ends of the SAs alone, set tunnel=yes for networks',
    ),
    paragraph(
      'Of a valid policy it also says what keeps it from getting keys, such as a missing row in `peer`. Its numbers are the places in the table, and count for the commands that follow.',
    ),
    paragraph(
      '`/ip ipsec explain` says what becomes of a packet and of its answer, by what the kernel holds at that moment: which policy decides and why those before it do not, the SAs it passes, and what to change:',
    ),
    example('ipsecctl /ip ipsec explain src=10.1.0.5 dst=10.2.0.7 protocol=tcp dst-port=80'),
    paragraph(
      'With `packet-size`, and `df=yes` for a packet that may not be fragmented, it also says whether the packet fits: in one piece, in fragments, or not at all, with the size that does and the row whose `dont-fragment` to change:',
    ),
    example('ipsecctl /ip ipsec explain src=10.1.0.5 dst=10.2.0.7 packet-size=1500 df=yes'),
  );
}

function importSection(): Roff {
  return section(
    'EXPORT AND IMPORT',
    paragraph(
      '`export` writes the commands that make the tables again: all of them, or those of the current menu. Secrets and keys are in it unless it says `hide-sensitive`. To keep a copy, and to put it back into empty tables:',
    ),
    example('(umask 077; ipsecctl /ip ipsec export > backup.rsc)', 'ipsecctl < backup.rsc'),
    paragraph(
      '`export file=`, `print file=` and `import` know files by name alone; they are in the folder `files` of the state directory of the daemon, see ipsecd(8). `import NAME dry-run` changes nothing and tells everything that would be refused. `import` adds to what is there.',
    ),
    paragraph(
      'Exports of RouterOS up to 6.42 are read with `compat=yes`: what such a version writes and has no counterpart here is a warning that names the line when leaving it out does no harm, and refused otherwise. Menus of later versions, such as `profile` and `identity`, are refused.',
    ),
  );
}

function programSection(): Roff {
  return section(
    'USE BY PROGRAMS',
    item(
      bold('--json'),
      'Every command that prints gives one JSON document a line, with the names of the properties as fields. Errors are such documents on standard error: `{"error":{"text":...,"rule":...,"line":1,"column":9}}`, at times with a `hint` of what could stand there. The field `rule` tells kinds of errors and reasons apart, and does not change when a text does. The JSON Schema is `schema/ipsecctl.schema.json` in the package.',
    ),
    item(
      bold('--watch'),
      'Shows changes of the tables and what becomes of phases and SAs, an event a line, until Ctrl-C; with `--json` as documents. Secrets and keys are left out.',
    ),
    example('ipsecctl --json /ip ipsec policy print stats', 'ipsecctl --json --watch'),
  );
}
