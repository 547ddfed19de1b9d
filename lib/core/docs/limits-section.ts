/** What the menus offer and this version does not do yet, for both manual pages. */
import type { Roff } from './roff.js';
import { bold, item, paragraph, section } from './roff.js';

export function limitsSection(): Roff {
  return section(
    'LIMITS',
    paragraph('Not there yet:'),
    item(
      bold('dont-fragment'),
      'Is kept and has no effect: the DF bit is what the kernel makes it.',
    ),
    item(
      'Counters',
      'Packets encrypted and decrypted are counted, and those that could not be decrypted. All others, in `counters` and in the statistics of policies, are 0.',
    ),
    item(
      'NAT traversal',
      'IKE and ESP do not pass a translator of addresses between the two ends. A router that translates for others is another matter: the package has an example in `docs/nat.md`.',
    ),
    item('Dead peer detection, IKEv2, certificates, IPv6', 'Are not there.'),
  );
}
