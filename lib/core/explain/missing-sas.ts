/** Why a policy has no SAs, as far as the tables and the last negotiation tell. */
import { enabledPeerOf, keyingRemarks } from '../config/keying.js';
import type { PolicyItem } from '../config/menus/policy.js';
import type { NumberedPolicy } from '../policy/row-of.js';
import { policyName } from './decision.js';
import type { Cause } from './explanation.js';
import type { Question } from './facts.js';

export function whyNoSas(question: Question, row: NumberedPolicy): readonly Cause[] {
  const { config, facts, status } = question;
  const { policy, number } = row;
  const here = { menu: 'policy', number };
  if (policy['manual-sa'] !== undefined) {
    const template = config.tables['manual-sa'].findIndex(({ id }) => id === policy['manual-sa']);
    const name = config.tables['manual-sa'][template]?.name;
    return [
      {
        text: `the kernel holds no SA of manual-sa "${name}": the log says why it refused them`,
        row: { menu: 'manual-sa', number: template },
      },
    ];
  }
  const remarks = keyingRemarks(config, policy);
  if (remarks.length > 0) {
    return remarks.map((text) => ({ text: `${policyName(number)} ${text}`, row: here }));
  }
  const failure = facts.failureOf(policy);
  if (failure !== undefined && phase1UnderWay(question, policy)?.trouble === undefined) {
    return [{ text: `the last negotiation failed: ${failure}`, row: here }];
  }
  const state = status.policies.get(policy.id)?.state ?? 'no-phase2';
  if (state !== 'no-phase2' && state !== 'expired') {
    return [
      {
        text: `IKE is negotiating them now (ph2-state=${state})${phase1Text(question, policy)}`,
        row: here,
      },
    ];
  }
  return [{ text: idleText(question, row), row: here }];
}

function idleText(question: Question, { policy, number }: NumberedPolicy): string {
  if (policy.level === 'use') {
    return `nobody has negotiated SAs for ${policyName(number)}: level=use never asks for them itself; set level=acquire or require, or let the other side begin`;
  }
  return `no SAs have been negotiated yet: the next packet asks IKE for them${phase1Text(question, policy)}`;
}

/** How far phase 1 with the peer is, if it is under way, and what is in its way. */
function phase1Text(question: Question, policy: PolicyItem): string {
  const phase1 = phase1UnderWay(question, policy);
  if (phase1 === undefined) return '';
  const { peer, state, trouble } = phase1;
  if (trouble !== undefined) return `; ${trouble}`;
  const at = `; phase 1 with ${policy['sa-dst-address']} is at ph1-state=${state}`;
  const { 'exchange-mode': mode, address } = peer;
  // The initiator's third message in main mode is its proof of the secret (RFC 2409 5.4).
  if (mode === 'main' && state === 'message-3-sent') {
    return `${at}, and the proof of its secret has not come: unless it comes, compare /ip ipsec pre-shared-secret of both sides`;
  }
  if (state !== 'message-1-sent') return at;
  return `${at}, and it has not answered: see whether it is up, takes UDP port ${address.port}, and has this router as a peer with exchange-mode=${mode}`;
}

function phase1UnderWay({ config, facts, status }: Question, policy: PolicyItem) {
  const peer = enabledPeerOf(config.tables, policy['sa-dst-address']);
  const state = peer && status.peers.get(peer.id)?.state;
  if (peer === undefined || state === undefined) return undefined;
  if (state === 'established' || state === 'no-phase1') return undefined;
  return { peer, state, trouble: facts.troubleOf(policy) };
}
