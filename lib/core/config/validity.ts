/** When a policy is invalid (flag I), and what to change about it. */
import { contains } from '../base/address.js';
import { formatSelector } from '../base/selector.js';
import type { Config } from './config.js';
import type { ManualSaItem } from './menus/manual-sa.js';
import { wrongKey } from './menus/manual-sa.js';
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

interface References {
  readonly proposals: ReadonlyMap<number, ProposalItem>;
  readonly templates: ReadonlyMap<number, ManualSaItem>;
}

// A configuration never changes, so what follows from it is worked out once.
const known = new WeakMap<Config, Reasons>();

/** Why the policy is invalid, or undefined when it is valid. */
export function invalidReason(config: Config, policy: PolicyItem): InvalidReason | undefined {
  return invalidPolicies(config).get(policy.id);
}

/** The policies that take effect: enabled and valid, in order. */
export function effectivePolicies(config: Config): readonly PolicyItem[] {
  const invalid = invalidPolicies(config);
  return config.tables.policy.filter((policy) => !policy.disabled && !invalid.has(policy.id));
}

/** Every invalid policy by its id. Disabled ones are judged too, but stand in nobody's way. */
export function invalidPolicies(config: Config): Reasons {
  const before = known.get(config);
  if (before !== undefined) return before;
  const references: References = {
    proposals: new Map(config.tables.proposal.map((item) => [item.id, item])),
    templates: new Map(config.tables['manual-sa'].map((item) => [item.id, item])),
  };
  const reasons = new Map<number, InvalidReason>();
  const positions = new Map<string, number>();
  const candidates: PolicyItem[] = [];
  for (const [position, policy] of config.tables.policy.entries()) {
    const key = formatSelector(effectiveSelector(policy));
    const reason = ownReason(references, policy) ?? duplicate(positions.get(key));
    if (reason !== undefined) reasons.set(policy.id, reason);
    else if (!policy.disabled) {
      positions.set(key, position);
      candidates.push(policy);
    }
  }
  // Condition 9 is judged among the policies that meet all the others.
  const index = new PolicyIndex(candidates);
  for (const policy of candidates) {
    const count = transformCount(policyChain(policy, index));
    if (count > transformsMax) reasons.set(policy.id, tooDeep(count));
  }
  known.set(config, reasons);
  return reasons;
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

/** The conditions that depend on the row and what it refers to. */
function ownReason(references: References, policy: PolicyItem): InvalidReason | undefined {
  const text =
    policy.action === 'encrypt'
      ? {
          'A-10.1': unusableReference(references, policy),
          'A-10.2': missingEnd(policy),
          'A-10.3': missingSelector(policy),
          'A-10.5': outsideOfTransport(policy),
          'A-10.6': portsWithoutPorts(policy),
          'A-10.7': portRange(policy),
          'A-10.8': sameEnds(policy),
        }
      : {
          'A-10.1': unusableReference(references, policy),
          'A-10.3': missingSelector(policy),
          'A-10.6': portsWithoutPorts(policy),
          'A-10.8': sameEnds(policy),
        };
  for (const [rule, reason] of Object.entries(text)) {
    if (reason !== undefined) return { rule, text: reason };
  }
  return undefined;
}

function unusableReference(
  { proposals, templates }: References,
  policy: PolicyItem,
): string | undefined {
  const proposal = proposals.get(policy.proposal);
  if (proposal?.disabled === true) {
    return `proposal "${proposal.name}" is disabled: enable it, or set another proposal`;
  }
  const template = templates.get(policy['manual-sa'] ?? 0);
  return template === undefined ? undefined : unusableTemplate(template);
}

function unusableTemplate(template: ManualSaItem): string | undefined {
  if (template.disabled) {
    return `manual-sa "${template.name}" is disabled: enable it, or set another manual-sa`;
  }
  const key = wrongKey(template);
  return key === undefined
    ? undefined
    : `manual-sa "${template.name}" is invalid: its ${key} has the wrong length for its algorithm`;
}

function missingEnd(policy: PolicyItem): string | undefined {
  const missing = (['sa-src-address', 'sa-dst-address'] as const).find(
    (name) => policy[name] === unsetAddress,
  );
  return missing === undefined
    ? undefined
    : `${missing} is not set: action=encrypt needs both ends of the SAs`;
}

function missingSelector(policy: PolicyItem): string | undefined {
  const missing = (['src-address', 'dst-address'] as const).find((name) => isUnset(policy[name]));
  return missing === undefined
    ? undefined
    : `${missing} is not set: give it (0.0.0.0/0 matches every address), or give the SA address it follows`;
}

function outsideOfTransport(policy: PolicyItem): string | undefined {
  if (policy.tunnel) return undefined;
  const { source, destination } = policySelector(policy);
  const outside = !contains(source, policy['sa-src-address'])
    ? 'src-address does not contain sa-src-address'
    : !contains(destination, policy['sa-dst-address'])
      ? 'dst-address does not contain sa-dst-address'
      : undefined;
  return outside === undefined
    ? undefined
    : `${outside}: transport mode serves the ends of the SAs alone, set tunnel=yes for networks`;
}

function portsWithoutPorts(policy: PolicyItem): string | undefined {
  if (policy.protocol === protocolNumbers.tcp || policy.protocol === protocolNumbers.udp) {
    return undefined;
  }
  const withPorts = (['src-address', 'dst-address'] as const).find(
    (name) => policy[name].ports !== 'any',
  );
  return withPorts === undefined
    ? undefined
    : `${withPorts} names ports, which only protocol=tcp and protocol=udp have`;
}

function portRange(policy: PolicyItem): string | undefined {
  if (policy['manual-sa'] !== undefined) return undefined;
  const ranged = (['src-address', 'dst-address'] as const).find((name) => {
    const { ports } = policy[name];
    return ports !== 'any' && ports.first !== ports.last;
  });
  return ranged === undefined
    ? undefined
    : `${ranged} names a range of ports, and IKE can agree on one port or any: use one policy for each port`;
}

function sameEnds(policy: PolicyItem): string | undefined {
  const ends = policy['sa-src-address'];
  return policy.tunnel && ends !== unsetAddress && ends === policy['sa-dst-address']
    ? 'sa-src-address and sa-dst-address are the same: a tunnel has two ends'
    : undefined;
}
