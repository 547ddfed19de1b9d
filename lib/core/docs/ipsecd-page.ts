/** The manual page ipsecd(8). */

import { limitsSection } from './limits-section.js';
import type { OptionTable } from './option-table.js';
import { anyOption, optionSection, synopsis } from './program-page.js';
import { bold, escaped, example, item, page, paragraph, section } from './roff.js';

export function ipsecdPage(options: OptionTable): string {
  return page('ipsecd', [
    section('NAME', [`ipsecd ${escaped('-')} IPsec daemon`]),
    synopsis('ipsecd', [anyOption]),
    section(
      'DESCRIPTION',
      paragraph(
        'The daemon keeps the tables of `/ip ipsec`, negotiates keys with IKE and puts policies and SAs into the kernel. It stays in the foreground. Its commands come through a socket: see ipsecctl(8).',
      ),
      paragraph(
        'Policies and SAs that others have put into the kernel are left alone. When the daemon ends, by SIGTERM or SIGINT, it removes what it installed. After a crash the next start finds it again, and goes on where it can. SIGHUP is ignored: the tables are changed by commands alone, and take effect at once.',
      ),
    ),
    optionSection(options),
    section(
      'PRIVILEGES',
      paragraph(
        'It needs CAP_NET_ADMIN for the kernel, and CAP_NET_BIND_SERVICE for UDP port 500, which no other IKE daemon may have. Root has both. With `--dataplane memory` and a `--port` from 1024 on it needs neither, and any user can run it, with a state directory and a socket of his own.',
      ),
      paragraph(
        'The socket is for its user and its group: whoever may open it can change everything and read every secret. The package has a unit for systemd in `systemd/ipsecd.service`.',
      ),
    ),
    section(
      'LOG',
      paragraph(
        'One JSON object a line on standard output: what was negotiated, what failed, and which item to change. Secrets and keys are never in it.',
      ),
    ),
    section(
      'EXIT STATUS',
      item(bold('0'), 'It was stopped as it was told to.'),
      item(bold('1'), 'It cannot run here; standard error and the log say why.'),
      item(bold('70'), 'A mistake of ours. What is installed is left to the next start.'),
    ),
    section(
      'FILES',
      item(
        bold(defaultOf(options, 'state-dir')),
        'The configuration, and what a start after a crash needs.',
      ),
      item(
        bold(`${defaultOf(options, 'state-dir')}/files`),
        'Files that commands read and write: `import`, `export file=`, `print file=`.',
      ),
      item(bold(defaultOf(options, 'socket')), 'The control socket.'),
    ),
    section(
      'EXAMPLES',
      paragraph('To try the tables without a kernel, as any user:'),
      example(
        'ipsecd --dataplane memory --port 5500 --state-dir ~/ipsec \\',
        '    --socket ~/ipsec/socket > ~/ipsecd.log &',
        'ipsecctl --socket ~/ipsec/socket /ip ipsec proposal print',
      ),
    ),
    limitsSection(),
    section('SEE ALSO', ['.BR ipsecctl (8),', '.BR ip\\-xfrm (8)']),
  ]);
}

function defaultOf(options: OptionTable, name: string): string {
  return `${options[name]?.default ?? ''}`;
}
