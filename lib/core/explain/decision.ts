/** Which policy of the data plane decides about a packet, and which row it belongs to (R-02, E-02). */
import type { Flow } from '../base/flow.js';
import { formatSelector } from '../base/selector.js';
import type { Config } from '../config/config.js';
import type { PolicyItem } from '../config/menus/policy.js';
import { effectivePolicies } from '../config/validity.js';
import { decidingPolicy } from '../dataplane/deciding-policy.js';
import type { Preferable } from '../dataplane/sa-preference.js';
import { isPreferred } from '../dataplane/sa-preference.js';
import type { DataPlanePolicy, InstalledSa, PolicyTemplate } from '../dataplane/types.js';
import { reqidOfPolicy } from '../policy/manual-sas.js';
import { exemptionPriority } from '../policy/priorities.js';
import { type NumberedPolicy, rowOf } from '../policy/row-of.js';
import type { Cause, Decider, PassedOver } from './explanation.js';
import type { Question } from './facts.js';
import { mismatches, protocolText } from './mismatch.js';

export interface Decision {
  readonly decider: Decider;
  /** Undefined: none matches. */
  readonly policy: DataPlanePolicy | undefined;
  /** The row it was made of. */
  readonly row: NumberedPolicy | undefined;
  readonly passedOver: readonly PassedOver[];
  /** What the data plane does otherwise than the tables say. */
  readonly causes: readonly Cause[];
}

/** `outbound`: the packet as it leaves, or what would answer the one that arrives. */
export function decide(
  question: Question,
  direction: DataPlanePolicy['direction'],
  { flow, outbound }: { readonly flow: Flow; readonly outbound: Flow },
): Decision {
  const { config, facts } = question;
  const policy = decidingPolicy(facts.snapshot.policies, direction, flow);
  const row = policy && rowOf(config, policy);
  const wanted = firstRow(config, outbound);
  const decider = deciderOf(policy, row, config);
  const deciding = row?.number ?? wanted?.number ?? config.tables.policy.length;
  return {
    decider,
    policy,
    row,
    passedOver: passedOver(config, outbound, deciding),
    causes: decider.kind === 'isakmp' ? [] : disagreement({ decider, row, wanted, direction }),
  };
}

/** The row that decides by the tables. */
function firstRow(config: Config, flow: Flow): NumberedPolicy | undefined {
  const policy = effectivePolicies(config).find(
    (candidate) => mismatches(config, candidate, flow).length === 0,
  );
  return policy && { number: config.tables.policy.indexOf(policy), policy };
}

/** A table may be long, and what is near the packet is worth reading. */
const passedOverMax = 20;

function passedOver(config: Config, flow: Flow, end: number): readonly PassedOver[] {
  return config.tables.policy
    .slice(0, end)
    .flatMap((policy, number): PassedOver[] => {
      const reasons = mismatches(config, policy, flow);
      return reasons.length === 0 ? [] : [{ number, id: policy.id, reasons }];
    })
    .sort((a, b) => a.reasons.length - b.reasons.length || a.number - b.number)
    .slice(0, passedOverMax)
    .sort((a, b) => a.number - b.number);
}

function deciderOf(
  policy: DataPlanePolicy | undefined,
  row: NumberedPolicy | undefined,
  config: Config,
): Decider {
  if (policy === undefined) return { kind: 'none' };
  if (row !== undefined) {
    const { id } = row.policy;
    return { kind: 'row', number: row.number, id, text: rowText(row.policy, config) };
  }
  if (policy.priority === exemptionPriority && policy.action === 'bypass')
    return { kind: 'isakmp' };
  return { kind: 'foreign', text: foreignText(policy) };
}

function rowText({ action, level, tunnel, ...policy }: PolicyItem, { tables }: Config): string {
  if (action !== 'encrypt') return `action=${action}`;
  const template = tables['manual-sa'].find(({ id }) => id === policy['manual-sa']);
  const words = [
    `action=encrypt level=${level} ipsec-protocols=${policy['ipsec-protocols'].join(',')}`,
    `tunnel=${tunnel ? 'yes' : 'no'} sa-src-address=${policy['sa-src-address']}`,
    `sa-dst-address=${policy['sa-dst-address']}`,
    ...(template === undefined ? [] : [`manual-sa=${template.name}`]),
  ];
  return words.join(' ');
}

function foreignText({ selector, priority, action, direction }: DataPlanePolicy): string {
  return `${direction} ${formatSelector(selector)} priority ${priority}, action ${action}`;
}

interface Compared {
  readonly decider: Decider;
  readonly row: NumberedPolicy | undefined;
  readonly wanted: NumberedPolicy | undefined;
  readonly direction: DataPlanePolicy['direction'];
}

function disagreement({ decider, row, wanted, direction }: Compared): readonly Cause[] {
  const look = `"ip xfrm policy list dir ${direction}"`;
  if (decider.kind === 'foreign') {
    const behind =
      wanted === undefined ? '' : `, and stands before /ip ipsec policy ${wanted.number}`;
    return [
      {
        text: `a policy of another program decides (${decider.text})${behind}: remove it there, or see what has installed it; ${look} shows it`,
      },
    ];
  }
  if (wanted === undefined || row?.policy === wanted.policy) return [];
  return [
    {
      text: `the kernel does not hold ${policyName(wanted.number)}, which should decide (${look} shows what it holds): the log says why it was refused`,
      row: { menu: 'policy', number: wanted.number },
    },
  ];
}

export function policyName(number: number): string {
  return `/ip ipsec policy ${number}`;
}

/** The row whose SAs bear that reqid: the deciding one, or one that its packets meet next (E-14). */
export function ownerOf({ config }: Question, reqid: number): NumberedPolicy | undefined {
  const number = config.tables.policy.findIndex(
    (policy) => !policy.disabled && reqidOfPolicy(policy) === reqid,
  );
  const policy = config.tables.policy[number];
  return policy && { number, policy };
}

/** The SA the data plane takes for a template, of those that may be used. */
export function saFor(
  sas: readonly InstalledSa[],
  template: PolicyTemplate,
): InstalledSa | undefined {
  return sas
    .filter((sa) => sa.state === 'mature' || sa.state === 'dying')
    .filter(
      (sa) =>
        sa.reqid === template.reqid &&
        sa.protocol === template.protocol &&
        sa.mode === template.mode &&
        sa.source === template.source &&
        sa.destination === template.destination,
    )
    .reduce<InstalledSa | undefined>(
      (best, sa) =>
        best === undefined || isPreferred(preferable(sa), preferable(best)) ? sa : best,
      undefined,
    );
}

function preferable({ state, counters }: InstalledSa): Preferable {
  return { state, addedAt: counters.addTime };
}

export function flowText({ source, destination, protocol, ports }: Flow): string {
  const from = ports === undefined ? source : `${source}:${ports.source}`;
  const to = ports === undefined ? destination : `${destination}:${ports.destination}`;
  return `${from} -> ${to} ${protocolText(protocol)}`;
}
