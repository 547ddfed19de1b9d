/** What the menus offer and this version does not do yet, for both manual pages. */
import type { Roff } from './roff.js';
import { bold, item, paragraph, section } from './roff.js';

export function limitsSection(): Roff {
  return section(
    'LIMITS',
    paragraph('Not there yet:'),
    item(
      bold('dont-fragment'),
      "Without the program `nft` (Debian package nftables) `set` has no effect, and `clear` leaves DF out of the packets of tunnels but refuses oversized packets with DF, as `inherit` does. The router's own oversized packets with DF are refused in any case: the kernel tells the program that sends them.",
    ),
    item(
      'Counters',
      'Packets that are not encrypted are counted by nftables, in a table `ip ipsecctl` of its own. Without the program `nft` (Debian package nftables) those counters read 0, and the log says so. Which policy dropped a packet of the router itself is known only when no other policy can have done it; `not-encrypted` is 0; policies with the same `manual-sa` show what their SAs counted together.',
    ),
    item(
      'NAT traversal',
      'IKE and ESP do not pass a translator of addresses between the two ends. A router that translates for others is another matter: the package has an example in `docs/nat.md`.',
    ),
    item('Dead peer detection, IKEv2, certificates, IPv6', 'Are not there.'),
  );
}
