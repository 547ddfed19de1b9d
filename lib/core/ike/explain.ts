/** Sentences for the administrator: what failed, the likely cause, and the row to change. */
import type { Endpoint } from '../base/address.js';
import type { Phase1Context } from './v1/phase1.js';
import { wrongSecret } from './v1/phase1.js';
import { describePeer } from './v1/phase1-proposal.js';

/** How far a phase 1 has come, and what was seen on the way. */
export interface Phase1Standing {
  readonly context: Phase1Context;
  readonly remote: Endpoint;
  /** What the peer said in clear. */
  readonly hint: string | undefined;
  /** Datagrams of the peer that were no valid messages. */
  readonly garbage: number;
}

/** Why nothing more came in phase 1; `index` = messages sent and accepted so far, of `messages`. */
export function explainPhase1Timeout(
  standing: Phase1Standing,
  index: number,
  messages: number,
): string {
  const { context, remote, hint } = standing;
  const { peer, local, role } = context;
  const garbage =
    standing.garbage === 0
      ? ''
      : `; ${standing.garbage} datagrams from there were no valid IKE messages: check what answers on UDP port ${remote.port} of ${remote.address}`;
  if (hint !== undefined) return `${hint}${garbage}`;
  if (role === 'initiator' && index === 1) {
    return `${remote.address} does not answer on UDP port ${remote.port}: check that it is up and reachable, that no firewall drops UDP ${remote.port}, that IKE runs there with a peer row for ${local.address}, and that it wants exchange-mode=${peer.exchangeMode} and ${describePeer(peer)} as ${peer.label} does${garbage}`;
  }
  // The last two messages prove the secret, in every mode.
  if (index >= messages - 2) {
    return `${remote.address} fell silent when the secrets were to be proved: most likely ${wrongSecret(context)}${garbage}`;
  }
  return `${remote.address} fell silent after message ${index} of ${messages} (${peer.label})${garbage}`;
}
