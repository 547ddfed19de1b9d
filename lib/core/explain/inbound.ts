/** What a packet must be to enter this router, or pass through it (D.2). */
import { answerTo } from '../base/flow.js';
import type { InstalledSa } from '../dataplane/types.js';
import { type Decision, decide, policyName, saFor } from './decision.js';
import type { Cause, InboundVerdict } from './explanation.js';
import type { Question } from './facts.js';
import { transformOf } from './outbound.js';

/** Of the packet that answers the one asked about. */
export function explainInbound(question: Question): InboundVerdict {
  const flow = answerTo(question.flow);
  const isLocal = question.facts.localAddresses.includes(flow.destination);
  const decision = decide(question, isLocal ? 'in' : 'fwd', { flow, outbound: question.flow });
  const { decider, passedOver } = decision;
  const { sas, causes } = wantedSas(question, decision);
  const inClear = passesInClear(decision) ? 'passes' : 'dropped';
  const fate = decision.policy?.action === 'protect' ? 'encrypted' : clearFate(decision);
  return {
    flow,
    decider,
    passedOver,
    isLocal,
    inClear,
    fate,
    transforms: sas.map((sa) => transformOf(question, sa)),
    causes: [...decision.causes, ...causes, ...cameInClear(question, decision, sas)],
  };
}

function clearFate({ policy }: Decision): 'clear' | 'dropped' {
  return policy?.action === 'discard' ? 'dropped' : 'clear';
}

function passesInClear({ policy }: Decision): boolean {
  if (policy?.action === 'discard') return false;
  return policy?.templates.every(({ optional }) => optional) ?? true;
}

function wantedSas(
  { facts }: Question,
  { policy, row }: Decision,
): { readonly sas: readonly InstalledSa[]; readonly causes: readonly Cause[] } {
  const sas: InstalledSa[] = [];
  const causes: Cause[] = [];
  for (const template of policy?.templates ?? []) {
    const sa = saFor(facts.snapshot.sas, template);
    if (sa !== undefined) sas.push(sa);
    else if (!template.optional) {
      const { protocol, source, destination } = template;
      const whose = row === undefined ? 'the policy' : policyName(row.number);
      causes.push({
        text: `${whose} requires what arrives to come through an SA ${protocol} ${source} -> ${destination}, and there is none: it is dropped`,
        ...(row === undefined ? {} : { row: { menu: 'policy', number: row.number } }),
      });
    }
  }
  return { sas, causes };
}

/** What should have come by those SAs and came without was dropped. */
function cameInClear(
  { flow, facts, status }: Question,
  { row, policy }: Decision,
  sas: readonly InstalledSa[],
): readonly Cause[] {
  if (row === undefined || sas.length === 0 || policy?.templates.length !== sas.length) return [];
  const { source, destination } = answerTo(flow);
  const advice = `the other side must encrypt what it sends from ${source} to ${destination}: see whether a policy of its lets that pass first, or its source NAT changes it`;
  const where = { row: { menu: 'policy', number: row.number } };
  const ofRow = status.policies.get(row.policy.id)?.inDropped ?? 0;
  if (ofRow > 0) {
    const text = `so far ${policyName(row.number)} has dropped ${ofRow} packets that came in clear (in-dropped): ${advice}`;
    return [{ text, ...where }];
  }
  // Without nftables nobody knows whose packets they were: told only where it would explain something.
  const ofAll = facts.refusedInClear;
  if (ofAll === 0 || sas.some(({ counters }) => counters.packets > 0)) return [];
  const text = `nothing came by these SAs, and ${ofAll} packets that policies want encrypted came in clear and were dropped lately (in-drop-encrypted-expected): ${advice}`;
  return [{ text, ...where }];
}
