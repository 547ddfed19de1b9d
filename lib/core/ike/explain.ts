/** Sentences for the administrator: what failed, the likely cause, and the row to change. */
import type { IkeSa } from './ike-sa.js';
import { wrongSecret } from './v1/phase1.js';
import { describePeer } from './v1/phase1-proposal.js';

/** Why nothing more came in phase 1; `index` = messages sent and accepted so far. */
export function explainPhase1Timeout(ikeSa: IkeSa, index: number): string {
  const { peer, remote, local } = ikeSa;
  const garbage =
    ikeSa.garbage === 0
      ? ''
      : `; ${ikeSa.garbage} datagrams from there were no valid IKE messages: check what answers on UDP port ${remote.port} of ${remote.address}`;
  if (ikeSa.hint !== undefined) return `${ikeSa.hint}${garbage}`;
  if (ikeSa.role === 'initiator' && index === 1) {
    return `${remote.address} does not answer on UDP port ${remote.port}: check that it is up and reachable, that no firewall drops UDP ${remote.port}, that IKE runs there with a peer row for ${local.address}, and that it wants ${describePeer(peer)} as ${peer.label} does${garbage}`;
  }
  if (index >= 4) {
    return `${remote.address} fell silent when the secrets were to be proved: most likely ${wrongSecret(ikeSa.context)}${garbage}`;
  }
  return `${remote.address} fell silent after message ${index} of 6 (${peer.label})${garbage}`;
}
