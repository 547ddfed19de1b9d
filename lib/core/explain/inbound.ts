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
    causes: [...decision.causes, ...causes],
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
