/** The tables as the data plane's policies: what the kernel should hold (E-01 to E-20). */
import type { Address } from '../base/address.js';
import { memoize } from '../base/memoize.js';
import type { Ports, TrafficSelector } from '../base/selector.js';
import { formatSelector, reverseSelector } from '../base/selector.js';
import type { Config } from '../config/config.js';
import type { PolicyItem } from '../config/menus/policy.js';
import { PolicyIndex, policyChain } from '../config/policy-chain.js';
import { effectiveSelector } from '../config/policy-selector.js';
import { effectivePolicies } from '../config/validity.js';
import { protocolNumbers } from '../config/values/protocol.js';
import { reqidOf } from '../dataplane/ownership.js';
import type {
  DataPlanePolicy,
  IpsecMode,
  IpsecProtocol,
  PolicyTemplate,
} from '../dataplane/types.js';
import { portBlocks } from './port-blocks.js';

export interface CompileEnvironment {
  /** Addresses of this router: their IKE traffic is exempt (E-19). */
  readonly localAddresses: readonly Address[];
  /** Ids of the policies whose SAs are all installed (E-13). */
  readonly withSas: ReadonlySet<number>;
}

/** IKE's own packets come before every policy (E-19). */
const exemptionPriority = 1;
/** Policies count from here by position (E-02). */
const priorityBase = 1000;
const isakmpPort: Ports = { first: 500, last: 500 };
const everywhere = { address: '0.0.0.0', length: 0 } as const;

/** The desired policies, first the exemptions, then the rows in order; no two have the same key. */
export function compilePolicies(
  config: Config,
  environment: CompileEnvironment,
): DataPlanePolicy[] {
  const policies = effectivePolicies(config);
  const index = new PolicyIndex(policies);
  const compiled = policies.flatMap((policy, position) =>
    compilePolicy(policy, priorityBase + position, index, environment.withSas),
  );
  const byKey = new Map<string, DataPlanePolicy>();
  for (const policy of [...ikeExemptions(environment.localAddresses), ...compiled]) {
    const key = policyKey(policy);
    // The kernel holds one policy per key (E-03). Equal blocks of different port ranges, or a row that
    // repeats an exemption, would never be reached: the first one decides.
    if (!byKey.has(key)) byKey.set(key, policy);
  }
  return [...byKey.values()];
}

/** Direction and selector: what tells kernel policies apart (E-03). */
export function policyKey({
  direction,
  selector,
}: Pick<DataPlanePolicy, 'direction' | 'selector'>): string {
  return keysOf(selector)[direction];
}

// The very same text each time: maps then need not hash it again.
const keysOf = memoize(
  (selector: TrafficSelector): Record<DataPlanePolicy['direction'], string> => {
    const text = formatSelector(selector);
    return { in: `in ${text}`, out: `out ${text}`, fwd: `fwd ${text}` };
  },
);

function ikeExemptions(localAddresses: readonly Address[]): readonly DataPlanePolicy[] {
  const udp = {
    protocol: protocolNumbers.udp,
    sourcePorts: 'any',
    destinationPorts: 'any',
  } as const;
  const bypass = { priority: exemptionPriority, action: 'bypass', templates: [] } as const;
  const received: TrafficSelector = {
    ...udp,
    source: everywhere,
    destination: everywhere,
    destinationPorts: isakmpPort,
  };
  // Outbound per local address: a policy for every source would exempt forwarded packets as well.
  const sent = [...new Set(localAddresses)].sort().map(
    (address): TrafficSelector => ({
      ...udp,
      source: { address, length: 32 },
      destination: everywhere,
      sourcePorts: isakmpPort,
    }),
  );
  return [
    { ...bypass, direction: 'in', selector: received },
    ...sent.map((selector) => ({ ...bypass, direction: 'out', selector }) as const),
  ];
}

type Treatment = Pick<DataPlanePolicy, 'action' | 'templates'>;

interface Treatments {
  readonly outbound: Treatment;
  /** For `in` and `fwd`, where templates are seen from the other side. */
  readonly inbound: Treatment;
}

function compilePolicy(
  policy: PolicyItem,
  priority: number,
  index: PolicyIndex,
  withSas: ReadonlySet<number>,
): readonly DataPlanePolicy[] {
  const { outbound, inbound } = treatmentsOf(policy, index, withSas);
  return selectorBlocks(effectiveSelector(policy)).flatMap((selector) => {
    const reversed = reverseSelector(selector);
    return [
      { direction: 'out', selector, priority, ...outbound },
      { direction: 'in', selector: reversed, priority, ...inbound },
      { direction: 'fwd', selector: reversed, priority, ...inbound },
    ] as const;
  });
}

const selectorBlocks = memoize((selector: TrafficSelector): readonly TrafficSelector[] =>
  portBlocks(selector.sourcePorts).flatMap((sourcePorts) =>
    portBlocks(selector.destinationPorts).map((destinationPorts) => ({
      ...selector,
      sourcePorts,
      destinationPorts,
    })),
  ),
);

const bypass: Treatment = { action: 'bypass', templates: [] };
const discard: Treatment = { action: 'discard', templates: [] };

function protect(templates: readonly PolicyTemplate[]): Treatment {
  return { action: 'protect', templates };
}

function treatmentsOf(
  policy: PolicyItem,
  index: PolicyIndex,
  withSas: ReadonlySet<number>,
): Treatments {
  if (policy.action === 'accept') return { outbound: bypass, inbound: bypass };
  if (policy.action === 'drop') return { outbound: discard, inbound: discard };
  // Without SAs `use` and `acquire` let packets pass (R-06, R-25 c); `acquire` wants to hear of them.
  if (policy.level !== 'require' && !withSas.has(policy.id)) {
    return {
      outbound: policy.level === 'acquire' ? protect([sensor(policy)]) : bypass,
      inbound: protect(templatesOf(policy, true).map(swapEnds)),
    };
  }
  const { templates, dropped } = chainTemplates(policy, index, withSas);
  return {
    outbound: dropped ? discard : protect(templates),
    inbound: protect(templates.map(swapEnds)),
  };
}

/** The transforms of the policy and of those its encrypted packet meets next (E-14). */
function chainTemplates(
  policy: PolicyItem,
  index: PolicyIndex,
  withSas: ReadonlySet<number>,
): { readonly templates: readonly PolicyTemplate[]; readonly dropped: boolean } {
  const templates: PolicyTemplate[] = [];
  for (const link of policyChain(policy, index)) {
    if (link.action === 'drop') return { templates, dropped: true };
    if (link.action === 'accept') break;
    // A link that would let packets pass in clear ends the chain: they leave as they are.
    const passes = link.level !== 'require' && !withSas.has(link.id);
    if (link !== policy && passes) break;
    templates.push(...templatesOf(link, false));
  }
  return { templates, dropped: false };
}

/** Innermost first: AH goes around ESP, then in transport mode (R-32, E-07). */
function templatesOf(policy: PolicyItem, optional: boolean): readonly PolicyTemplate[] {
  const mode: IpsecMode = policy.tunnel ? 'tunnel' : 'transport';
  const innermostFirst = (['esp', 'ah'] as const).filter((protocol) =>
    policy['ipsec-protocols'].includes(protocol),
  );
  return innermostFirst.map((protocol, index) =>
    template(policy, protocol, index === 0 ? mode : 'transport', optional),
  );
}

/**
 * An optional template outbound that only makes the kernel ask for SAs while packets pass in clear.
 * In transport mode, for the kernel refuses optional tunnel templates outbound (E-13).
 */
function sensor(policy: PolicyItem): PolicyTemplate {
  return template(policy, 'esp', 'transport', true);
}

function template(
  policy: PolicyItem,
  protocol: IpsecProtocol,
  mode: IpsecMode,
  optional: boolean,
): PolicyTemplate {
  return {
    protocol,
    mode,
    source: policy['sa-src-address'],
    destination: policy['sa-dst-address'],
    reqid: reqidOf(policy.id),
    optional,
  };
}

function swapEnds(outbound: PolicyTemplate): PolicyTemplate {
  return { ...outbound, source: outbound.destination, destination: outbound.source };
}
