/** When a policy is invalid (flag I), and what to change about it. */
import { contains } from '../base/address.js';
import { listMapper } from '../base/list-mapper.js';
import { memoize } from '../base/memoize.js';
import { formatSelector } from '../base/selector.js';
import type { Config } from './config.js';
import { ManualSaClaims } from './manual-sa-claims.js';
import type { ManualSaItem } from './menus/manual-sa.js';
import { wrongKeys } from './menus/manual-sa.js';
import type { PolicyItem } from './menus/policy.js';
import type { ProposalItem } from './menus/proposal.js';
import { PolicyIndex, policyChain, transformCount, transformsMax } from './policy-chain.js';
import { effectiveSelector, policySelector } from './policy-selector.js';
import { isUnset, unsetAddress } from './values/address.js';
import { protocolNumbers } from './values/protocol.js';

export interface InvalidReason {
  /** The condition of the specification, `A-10.2`. */
  readonly rule: string;
  /** One line: what is wrong, and which row and property to change. */
  readonly text: string;
}

type Reasons = ReadonlyMap<number, InvalidReason>;

/** What follows from the tables for their policies. */
interface Judgement {
  /** Every invalid policy by its id. Disabled ones are judged too, but stand in nobody's way. */
  readonly invalid: Reasons;
  /** The policies that take effect: enabled and valid, in order. */
  readonly effective: readonly PolicyItem[];
  /** Of the effective ones. */
  readonly index: PolicyIndex;
}

/**
 * Everything that is wrong with the policy. What the other policies have to do with it is told of rows
 * that are right in themselves.
 */
export function invalidReasons(config: Config, policy: PolicyItem): readonly InvalidReason[] {
  const first = invalidReason(config, policy);
  if (first === undefined) return [];
  const own = [...badReferences(config)(policy), ...rowReasons(policy)];
  return own.length > 0 ? own : [first];
}

/** The first reason why the policy is invalid, or undefined when it is valid. */
export function invalidReason(config: Config, policy: PolicyItem): InvalidReason | undefined {
  return judgementOf(config).invalid.get(policy.id);
}

export function effectivePolicies(config: Config): readonly PolicyItem[] {
  return judgementOf(config).effective;
}

/** Finds the effective policy that an encrypted packet meets next. */
export function effectivePolicyIndex(config: Config): PolicyIndex {
  return judgementOf(config).index;
}

export function invalidPolicies(config: Config): Reasons {
  return judgementOf(config).invalid;
}

/** What can be said of a row without its neighbours. */
interface RowFacts {
  readonly policy: PolicyItem;
  /** Equal for policies that match the same packets. */
  readonly key: string;
  readonly reason: InvalidReason | undefined;
}

const factsOf = listMapper(
  (policy: PolicyItem): RowFacts => ({
    policy,
    key: formatSelector(effectiveSelector(policy)),
    reason: rowReasons(policy)[0],
  }),
);

// A configuration never changes, so what follows from it is worked out once.
const judgementOf = memoize((config: Config): Judgement => {
  const references = badReferences(config);
  const invalid = new Map<number, InvalidReason>();
  const positions = new Map<string, number>();
  const candidates: PolicyItem[] = [];
  const manual = manualClaims(config);
  for (const [position, { policy, key, reason: own }] of factsOf(config.tables.policy).entries()) {
    const reason =
      references(policy)[0] ??
      own ??
      duplicate(positions.get(key)) ??
      (policy.disabled ? undefined : manual(policy, position));
    if (reason !== undefined) invalid.set(policy.id, reason);
    else if (!policy.disabled) {
      positions.set(key, position);
      candidates.push(policy);
    }
  }
  // Condition 9 is judged among the policies that meet all the others.
  const index = new PolicyIndex(candidates);
  const deep = new Map<number, InvalidReason>();
  for (const policy of index.nested()) {
    const count = transformCount(policyChain(policy, index));
    if (count > transformsMax) deep.set(policy.id, tooDeep(count));
  }
  if (deep.size === 0) return { invalid, effective: candidates, index };
  const effective = candidates.filter(({ id }) => !deep.has(id));
  return {
    invalid: new Map([...invalid, ...deep]),
    effective,
    index: new PolicyIndex(effective),
  };
});

function manualClaims({ tables }: Config) {
  const templates = new Map(tables['manual-sa'].map((row) => [row.id, row]));
  const claims = new ManualSaClaims();
  return (policy: PolicyItem, position: number): InvalidReason | undefined => {
    const template = templates.get(policy['manual-sa'] ?? 0);
    if (template === undefined || policy.action !== 'encrypt') return undefined;
    const text = claims.claim(policy, template, position);
    return text === undefined ? undefined : { rule: 'R-43', text };
  };
}

function duplicate(position: number | undefined): InvalidReason | undefined {
  return position === undefined
    ? undefined
    : {
        rule: 'A-10.4',
        text: `matches the same packets as policy ${position}, which comes first: change src-address, dst-address or protocol, or remove one of the two`,
      };
}

function tooDeep(count: number): InvalidReason {
  return {
    rule: 'A-10.9',
    text: `its packets would be encrypted ${count} times by this and later policies, and ${transformsMax} is the most: let those policies not match sa-src-address and sa-dst-address`,
  };
}

interface Condition {
  readonly rule: string;
  readonly of: 'all' | 'encrypt';
  /** What is wrong: nothing, or one or more properties. */
  check(policy: PolicyItem): readonly string[];
}

/** Those that depend on the row alone, in the order in which they are told. */
const rowConditions: readonly Condition[] = [
  { rule: 'A-10.2', of: 'encrypt', check: missingEnd },
  { rule: 'A-10.3', of: 'all', check: missingSelector },
  { rule: 'A-10.5', of: 'encrypt', check: outsideOfTransport },
  { rule: 'A-10.6', of: 'all', check: portsWithoutPorts },
  { rule: 'A-10.7', of: 'encrypt', check: portRange },
  { rule: 'A-10.8', of: 'all', check: sameEnds },
];

function rowReasons(policy: PolicyItem): readonly InvalidReason[] {
  const reasons: InvalidReason[] = [];
  for (const { rule, of, check } of rowConditions) {
    if (of === 'encrypt' && policy.action !== 'encrypt') continue;
    for (const text of check(policy)) reasons.push({ rule, text });
  }
  return reasons;
}

const nothingWrong: readonly never[] = [];

/** Finds what is wrong with the rows a policy refers to; most tables have no such row. */
const badReferences = memoize(({ tables }: Config) => {
  const reasons = new Map<number, InvalidReason>();
  const note = (id: number, text: string | undefined) => {
    if (text !== undefined) reasons.set(id, { rule: 'A-10.1', text });
  };
  for (const proposal of tables.proposal) note(proposal.id, unusableProposal(proposal));
  for (const template of tables['manual-sa']) note(template.id, unusableTemplate(template));
  return (policy: PolicyItem): readonly InvalidReason[] => {
    if (reasons.size === 0) return nothingWrong;
    const referred = [policy.proposal, policy['manual-sa'] ?? 0];
    return referred.flatMap((id) => reasons.get(id) ?? []);
  };
});

function unusableProposal({ disabled, name }: ProposalItem): string | undefined {
  return disabled
    ? `proposal "${name}" is disabled: enable it, or set another proposal`
    : undefined;
}

function unusableTemplate(template: ManualSaItem): string | undefined {
  if (template.disabled) {
    return `manual-sa "${template.name}" is disabled: enable it, or set another manual-sa`;
  }
  const [key] = wrongKeys(template);
  return key === undefined
    ? undefined
    : `manual-sa "${template.name}" is invalid: its ${key} has the wrong length for its algorithm`;
}

const saEnds = ['sa-src-address', 'sa-dst-address'] as const;
const sides = ['src-address', 'dst-address'] as const;

function missingEnd(policy: PolicyItem): readonly string[] {
  return saEnds
    .filter((name) => policy[name] === unsetAddress)
    .map((name) => `${name} is not set: action=encrypt needs both ends of the SAs`);
}

function missingSelector(policy: PolicyItem): readonly string[] {
  return sides
    .filter((name) => isUnset(policy[name]))
    .map(
      (name) =>
        `${name} is not set: give it (0.0.0.0/0 matches every address), or give the SA address it follows`,
    );
}

/** What is not set is another condition's matter. */
function outsideOfTransport(policy: PolicyItem): readonly string[] {
  if (policy.tunnel) return nothingWrong;
  const { source, destination } = policySelector(policy);
  const ends = [
    { side: sides[0], prefix: source, end: saEnds[0] },
    { side: sides[1], prefix: destination, end: saEnds[1] },
  ];
  return ends
    .filter(({ side, end }) => !isUnset(policy[side]) && policy[end] !== unsetAddress)
    .filter(({ prefix, end }) => !contains(prefix, policy[end]))
    .map(
      ({ side, end }) =>
        `${side} does not contain ${end}: transport mode serves the ends of the SAs alone, set tunnel=yes for networks`,
    );
}

function portsWithoutPorts(policy: PolicyItem): readonly string[] {
  if (policy.protocol === protocolNumbers.tcp || policy.protocol === protocolNumbers.udp) {
    return nothingWrong;
  }
  return sides
    .filter((name) => policy[name].ports !== 'any')
    .map((name) => `${name} names ports, which only protocol=tcp and protocol=udp have`);
}

function portRange(policy: PolicyItem): readonly string[] {
  if (policy['manual-sa'] !== undefined) return nothingWrong;
  return sides
    .filter((name) => {
      const { ports } = policy[name];
      return ports !== 'any' && ports.first !== ports.last;
    })
    .map(
      (name) =>
        `${name} names a range of ports, and IKE can agree on one port or any: use one policy for each port`,
    );
}

function sameEnds(policy: PolicyItem): readonly string[] {
  const ends = policy['sa-src-address'];
  return policy.tunnel && ends !== unsetAddress && ends === policy['sa-dst-address']
    ? ['sa-src-address and sa-dst-address are the same: a tunnel has two ends']
    : nothingWrong;
}
