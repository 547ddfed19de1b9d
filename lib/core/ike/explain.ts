/** Sentences for the administrator: what failed, the likely cause, and the row to change. */
import type { Endpoint } from '../base/address.js';
import type { Phase1Context } from './v1/phase1.js';
import { wrongSecret } from './v1/phase1.js';
import { describePeer } from './v1/phase1-proposal.js';

/** A likely cause. */
export interface Phase1Hint {
  /** A stable word, such as `no-answer`. */
  readonly reason: string;
  readonly text: string;
}

/** How far a phase 1 has come, and what was seen on the way. */
export interface Phase1Standing {
  readonly context: Phase1Context;
  readonly remote: Endpoint;
  /** What the peer said in clear, or sent that cannot be right. */
  readonly hint: Phase1Hint | undefined;
  /** Datagrams of the peer that were no valid messages. */
  readonly garbage: number;
}

/** Why nothing more came in phase 1; `index` = messages sent and accepted so far, of `messages`. */
export function explainPhase1Timeout(
  standing: Phase1Standing,
  index: number,
  messages: number,
): Phase1Hint {
  const { garbage, remote } = standing;
  const { reason, text } = standing.hint ?? silence(standing, index, messages);
  if (garbage === 0) return { reason, text };
  return {
    reason,
    text: `${text}; ${garbage} datagrams from there were no valid IKE messages: check what answers on UDP port ${remote.port} of ${remote.address}`,
  };
}

function silence({ context, remote }: Phase1Standing, index: number, messages: number): Phase1Hint {
  const { peer, local, role } = context;
  if (role === 'initiator' && index === 1) {
    return {
      reason: 'no-answer',
      text: `${remote.address} does not answer on UDP port ${remote.port}: check that it is up and reachable, that no firewall drops UDP ${remote.port}, that IKE runs there with a peer row for ${local.address}, and that it wants exchange-mode=${peer.exchangeMode} and ${describePeer(peer)} as ${peer.label} does`,
    };
  }
  // The last two messages prove the secret, in every mode.
  if (index >= messages - 2) {
    return {
      reason: 'authentication-failed',
      text: `${remote.address} fell silent when the secrets were to be proved: most likely ${wrongSecret(context)}`,
    };
  }
  return {
    reason: 'no-answer',
    text: `${remote.address} fell silent after message ${index} of ${messages} (${peer.label})`,
  };
}
