/** What becomes of a packet that leaves this router (D.1). */
import type { Flow } from '../base/flow.js';
import { keyingRemarks } from '../config/keying.js';
import type { DataPlanePolicy, InstalledSa, PolicyTemplate } from '../dataplane/types.js';
import type { NumberedPolicy } from '../policy/row-of.js';
import { type Decision, decide, ownerOf, policyName, saFor } from './decision.js';
import type { Cause, Fate, OutboundVerdict, Transform } from './explanation.js';
import type { NatFacts, Question } from './facts.js';
import { type Fit, fitOf, roomOn, type Way } from './length.js';
import { whyNoSas } from './missing-sas.js';

export function explainOutbound(question: Question): OutboundVerdict {
  const { facts } = question;
  const found = facts.routeOf(question.flow);
  const route = found === 'noRoute' ? undefined : found;
  const nat = facts.sourceNatOf?.(question.flow, route);
  const unchanged = judge(question, question.flow);
  // Linux looks before source NAT too, and then after it, as the policies are meant (R-01, E-15).
  const isDroppedBefore = nat !== undefined && unchanged.result.fate === 'dropped';
  const judged =
    nat?.source === undefined || isDroppedBefore
      ? unchanged
      : judge(question, { ...question.flow, source: nat.source });
  const { flow, decision, result } = judged;
  const { row, decider, passedOver } = decision;
  const { mtu, fit } =
    route === undefined || result.fate === 'dropped'
      ? {}
      : lengthOf(question, { row, sas: result.sas, route });
  const isDropped = found === 'noRoute' || fit?.kind === 'dropped';
  return {
    flow,
    decider,
    passedOver,
    fate: isDropped ? 'dropped' : result.fate,
    transforms: result.sas.map((sa) => transformOf(question, sa)),
    causes: [
      ...(nat === undefined ? [] : [natCause(question, nat, isDroppedBefore)]),
      ...(found === 'noRoute' ? [noRoute(question)] : []),
      ...decision.causes,
      ...result.causes,
      ...(fit?.kind === 'dropped' ? [fit.cause] : []),
    ],
    ...(question.length && { length: question.length }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(fit && !isDropped && { isFragmented: fit.kind === 'fragmented' }),
  };
}

function lengthOf(question: Question, way: Way): { readonly mtu: number; readonly fit?: Fit } {
  const mtu = roomOn(question, way);
  const { length } = question;
  return length === undefined ? { mtu } : { mtu, fit: fitOf(question, way, mtu, length) };
}

function judge(question: Question, flow: Flow) {
  const decision = decide({ ...question, flow }, 'out', { flow, outbound: flow });
  return { flow, decision, result: fateOf(question, decision) };
}

function natCause({ flow }: Question, { rule, source }: NatFacts, isDroppedBefore: boolean): Cause {
  const becomes = source === undefined ? 'the address of the interface' : source;
  const advice = `put a rule that accepts ${flow.source} to ${flow.destination} before it`;
  return {
    text: isDroppedBefore
      ? `source NAT would make ${flow.source} ${becomes} (${rule}), but Linux asks the policies before that as well, and this one drops the packet: ${advice}`
      : `source NAT makes ${flow.source} ${becomes} before policies look at the packet (${rule}): ${advice}`,
  };
}

function noRoute({ flow }: Question): Cause {
  return {
    text: `this router has no route to ${flow.destination}: the packet never comes to the policies`,
  };
}

interface Outcome {
  readonly fate: Fate;
  /** Innermost first. */
  readonly sas: readonly InstalledSa[];
  readonly causes: readonly Cause[];
}

function fateOf(question: Question, { policy, row }: Decision): Outcome {
  const passes = { fate: 'clear', sas: [] } as const;
  const drops = { fate: 'dropped', sas: [] } as const;
  switch (policy?.action) {
    case undefined:
      return { ...passes, causes: [] };
    case 'bypass':
      return { ...passes, causes: row === undefined ? [] : whyClear(question, row) };
    case 'discard':
      return { ...drops, causes: row && row.policy.action !== 'drop' ? [chainDrops(row)] : [] };
    case 'protect':
      return protectedBy(question, policy, row);
  }
}

/** A row that encrypts lets packets pass only while its SAs are missing (E-13). */
function whyClear(question: Question, row: NumberedPolicy): readonly Cause[] {
  if (row.policy.action === 'encrypt') return missing(question, row);
  const where = { menu: 'policy', number: row.number };
  return keyingRemarks(question.config, row.policy).map((text) => ({
    text: `${policyName(row.number)} has ${text}`,
    row: where,
  }));
}

function missing(question: Question, row: NumberedPolicy): readonly Cause[] {
  const { level } = row.policy;
  return [
    {
      text: `level=${level} lets packets pass in clear while SAs are missing`,
      row: { menu: 'policy', number: row.number },
    },
    ...whyNoSas(question, row),
  ];
}

function chainDrops({ number }: NumberedPolicy): Cause {
  return {
    text: `what ${policyName(number)} makes of the packet meets a policy with action=drop: change that one, or its place`,
    row: { menu: 'policy', number },
  };
}

function protectedBy(
  question: Question,
  { templates }: DataPlanePolicy,
  row: NumberedPolicy | undefined,
): Outcome {
  const sas: InstalledSa[] = [];
  for (const template of templates) {
    const sa = saFor(question.facts.snapshot.sas, template);
    if (sa !== undefined) sas.push(sa);
    else if (template.optional) return withoutSas('clear', question, { template, row });
    else return withoutSas('dropped', question, { template, row });
  }
  return { fate: 'encrypted', sas, causes: sas.flatMap((sa) => nobodyAnswers(question, sa)) };
}

function withoutSas(
  fate: 'clear' | 'dropped',
  question: Question,
  {
    template,
    row,
  }: { readonly template: PolicyTemplate; readonly row: NumberedPolicy | undefined },
): Outcome {
  const owner = ownerOf(question, template.reqid) ?? row;
  const why = owner === undefined ? [] : whyNoSas(question, owner);
  if (fate === 'clear') {
    return { fate, sas: [], causes: row === undefined ? why : missing(question, owner ?? row) };
  }
  const { protocol, source, destination } = template;
  const whose = owner === undefined ? 'a policy of another program' : policyName(owner.number);
  const text = `${whose} requires an SA ${protocol} ${source} -> ${destination}, and there is none`;
  return { fate, sas: [], causes: [{ text }, ...why] };
}

export function transformOf(question: Question, sa: InstalledSa): Transform {
  const { protocol, mode, source, destination, spi, encryption, integrity } = sa;
  const owner = ownerOf(question, sa.reqid);
  const algorithms = encryption === undefined ? integrity : `${encryption}, ${integrity}`;
  return {
    ...{ protocol, mode, source, destination, spi, algorithms },
    ...(owner === undefined ? {} : { number: owner.number }),
  };
}

/** Packets go out and nothing ever came back under that policy: the other side's fault, mostly. */
function nobodyAnswers(question: Question, sa: InstalledSa): readonly Cause[] {
  const { packets } = sa.counters;
  const inbound = question.facts.snapshot.sas.filter(
    (other) => other.reqid === sa.reqid && other.direction === 'in' && other.state !== 'larval',
  );
  const owner = ownerOf(question, sa.reqid);
  const row = owner === undefined ? {} : { row: { menu: 'policy', number: owner.number } };
  const failed = inbound.reduce((sum, { counters }) => sum + counters.integrityErrors, 0);
  const replayed = inbound.reduce((sum, { counters }) => sum + counters.replayErrors, 0);
  const arrived = inbound.reduce((sum, { counters }) => sum + counters.packets, 0);
  const causes: Cause[] = [];
  if (failed > 0) {
    causes.push({
      text: `${failed} packets under SPI of this policy failed authentication: both sides must have the same keys (manual-sa: in here is out there)`,
      ...row,
    });
  }
  if (replayed > 0) {
    causes.push({
      text: `${replayed} packets of the other side were dropped as replayed: it counts from behind what has come by these SAs, or somebody repeats its packets; "/ip ipsec installed-sa flush" on both sides has new SAs made`,
      ...row,
    });
  }
  if (packets > 0 && arrived === 0) {
    causes.push({
      text: `${packets} packets were sent and none came back: see whether the other side has the policy exchanged, lets ESP and AH through its firewall, and knows a route back`,
      ...row,
    });
  }
  return causes;
}
