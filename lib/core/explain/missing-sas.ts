/** Why a policy has no SAs, as far as the tables and the last negotiation tell. */
import { LongestPrefix } from '../base/longest-prefix.js';
import { keyingRemarks } from '../config/keying.js';
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
  if (failure !== undefined) {
    return [{ text: `the last negotiation failed: ${failure}`, row: here }];
  }
  const state = status.policies.get(policy.id)?.state ?? 'no-phase2';
  if (state !== 'no-phase2' && state !== 'expired') {
    return [{ text: `IKE is negotiating them now (ph2-state=${state})`, row: here }];
  }
  return [{ text: idleText(question, row), row: here }];
}

function idleText({ config, status }: Question, { policy, number }: NumberedPolicy): string {
  if (policy.level === 'use') {
    return `nobody has negotiated SAs for ${policyName(number)}: level=use never asks for them itself; set level=acquire or require, or let the other side begin`;
  }
  const peers = new LongestPrefix(
    config.tables.peer.filter(({ disabled }) => !disabled),
    ({ address }) => address,
  );
  const peer = peers.find(policy['sa-dst-address']);
  const phase1 = peer && status.peers.get(peer.id)?.state;
  const progress =
    phase1 === undefined || phase1 === 'established' || phase1 === 'no-phase1'
      ? ''
      : `; phase 1 with ${policy['sa-dst-address']} is at ph1-state=${phase1}`;
  return `no SAs have been negotiated yet: the next packet asks IKE for them${progress}`;
}
