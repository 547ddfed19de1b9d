/** The tables as the data plane's policies: what the kernel should hold (E-01 to E-20). */
import type { Address } from '../base/address.js';
import { listMapper } from '../base/list-mapper.js';
import { memoize } from '../base/memoize.js';
import type { Ports, TrafficSelector } from '../base/selector.js';
import { formatSelector, reverseSelector } from '../base/selector.js';
import type { Config } from '../config/config.js';
import type { PolicyItem } from '../config/menus/policy.js';
import type { PolicyIndex } from '../config/policy-chain.js';
import { passesWithoutSas, policyChain } from '../config/policy-chain.js';
import { effectiveSelector } from '../config/policy-selector.js';
import { effectivePolicies, effectivePolicyIndex } from '../config/validity.js';
import { protocolNumbers } from '../config/values/protocol.js';

import type {
  DataPlanePolicy,
  IpsecMode,
  IpsecProtocol,
  PolicyTemplate,
} from '../dataplane/types.js';
import { reqidOfPolicy } from './manual-sas.js';
import { portBlocks } from './port-blocks.js';
import { assignPriorities, exemptionPriority } from './priorities.js';

export interface CompileEnvironment {
  /** Addresses of this router: their IKE traffic is exempt (E-19). */
  readonly localAddresses: readonly Address[];
  /** Ids of the policies whose SAs are all installed (E-13). */
  readonly withSas: ReadonlySet<number>;
  /** The priority of the policy installed under a key, if any: it stays where the order allows it. */
  readonly installedPriority?: (key: string) => number | undefined;
}

const isakmpPort: Ports = { first: 500, last: 500 };
const everywhere = { address: '0.0.0.0', length: 0 } as const;

/**
 * The desired policies, first the exemptions, then the rows in order; no two have the same key. What is
 * desired as it was before comes as the same object.
 */
export function compilePolicies(
  config: Config,
  environment: CompileEnvironment,
): DataPlanePolicy[] {
  const { installedPriority, localAddresses, withSas } = environment;
  const exemptions = ikeExemptions(localAddresses);
  const exempt = new Set(exemptions.map(policyKey));
  const index = effectivePolicyIndex(config);
  const rows = rowsWithOwnBlocks(effectivePolicies(config));
  const priorities = assignPriorities(
    installedPriority === undefined
      ? rows.map(() => undefined)
      : rows.map(({ key }) => installedPriority(key)),
  );
  const desired = [...exemptions];
  for (const [position, row] of rows.entries()) {
    const priority = priorities[position] ?? exemptionPriority;
    const policies = policiesOf(row, priority, treatmentsOf(row, index, withSas));
    // A row may repeat an exemption in one direction, and would never be reached there.
    for (const policy of policies) {
      if (!row.hasPorts || !exempt.has(policyKey(policy))) desired.push(policy);
    }
  }
  return desired;
}

/** What compiling knows of a row, and what it made of it the last time. */
interface CompiledRow {
  readonly row: PolicyItem;
  readonly blocks: readonly TrafficSelector[];
  readonly hasPorts: boolean;
  /** Of its first policy that no exemption can be in the place of. */
  readonly key: string;
  readonly whole: Treatments;
  readonly withoutSas: Treatments;
  last?: {
    readonly priority: number;
    readonly treatments: Treatments;
    readonly policies: readonly DataPlanePolicy[];
  };
}

const rowsOf = listMapper((row: PolicyItem) => compiledRow(row, blocksOf(effectiveSelector(row))));

function compiledRow(row: PolicyItem, blocks: readonly TrafficSelector[]): CompiledRow {
  const [first] = blocks;
  return {
    row,
    blocks,
    hasPorts: first !== undefined && hasPorts(first),
    key: first === undefined ? '' : keysOf(reverseSelector(first)).fwd,
    whole: wholeTreatments(row),
    withoutSas: treatmentsWithoutSas(row),
  };
}

/**
 * The rows without the selectors that are an earlier row's already. The kernel holds one policy per key
 * (E-03), and valid rows have different selectors; but of their port ranges the same blocks may be made,
 * and the first one decides. A row without any would never be reached.
 */
function rowsWithOwnBlocks(policies: readonly PolicyItem[]): readonly CompiledRow[] {
  const claimed = new Set<string>();
  return rowsOf(policies).flatMap((row) => {
    if (!row.hasPorts) return row;
    const own = row.blocks.filter((block) => !claimed.has(formatSelector(block)));
    for (const block of own) claimed.add(formatSelector(block));
    if (own.length === row.blocks.length) return row;
    return own.length === 0 ? [] : compiledRow(row.row, own);
  });
}

function hasPorts({ sourcePorts, destinationPorts }: TrafficSelector): boolean {
  return sourcePorts !== 'any' || destinationPorts !== 'any';
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

const ikeExemptions = memoize((localAddresses: readonly Address[]): readonly DataPlanePolicy[] => {
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
});

type Treatment = Pick<DataPlanePolicy, 'action' | 'templates'>;

interface Treatments {
  readonly outbound: Treatment;
  /** For `in` and `fwd`, where templates are seen from the other side. */
  readonly inbound: Treatment;
}

/** The very same objects as long as nothing about the row changes: then nobody need compare them. */
function policiesOf(
  compiled: CompiledRow,
  priority: number,
  treatments: Treatments,
): readonly DataPlanePolicy[] {
  const { blocks, last } = compiled;
  if (last?.priority === priority && last.treatments === treatments) return last.policies;
  const { outbound, inbound } = treatments;
  const policies = blocks.flatMap((selector) => {
    const reversed = reverseSelector(selector);
    return [
      { direction: 'out', selector, priority, ...outbound },
      { direction: 'in', selector: reversed, priority, ...inbound },
      { direction: 'fwd', selector: reversed, priority, ...inbound },
    ] as const;
  });
  compiled.last = { priority, treatments, policies };
  return policies;
}

function blocksOf(selector: TrafficSelector): readonly TrafficSelector[] {
  return portBlocks(selector.sourcePorts).flatMap((sourcePorts) =>
    portBlocks(selector.destinationPorts).map((destinationPorts) => ({
      ...selector,
      sourcePorts,
      destinationPorts,
    })),
  );
}

const bypass: Treatment = { action: 'bypass', templates: [] };
const discard: Treatment = { action: 'discard', templates: [] };
const accepting: Treatments = { outbound: bypass, inbound: bypass };
const dropping: Treatments = { outbound: discard, inbound: discard };

function protect(templates: readonly PolicyTemplate[]): Treatment {
  return { action: 'protect', templates };
}

function treatmentsOf(
  { row, whole, withoutSas }: CompiledRow,
  index: PolicyIndex,
  withSas: ReadonlySet<number>,
): Treatments {
  if (row.action !== 'encrypt') return whole;
  if (passesWithoutSas(row, withSas)) return withoutSas;
  if (index.next(row) === undefined) return whole;
  const { templates, dropped } = chainTemplates(row, index, withSas);
  return {
    outbound: dropped ? discard : protect(templates),
    inbound: protect(templates.map(swapEnds)),
  };
}

/** Of a policy that is alone: its encrypted packets meet no other. */
function wholeTreatments(policy: PolicyItem): Treatments {
  if (policy.action === 'accept') return accepting;
  if (policy.action === 'drop') return dropping;
  const templates = templatesOf(policy, false);
  return { outbound: protect(templates), inbound: protect(templates.map(swapEnds)) };
}

/** Without SAs `use` and `acquire` let packets pass (R-06, R-25 c); `acquire` wants to hear of them. */
function treatmentsWithoutSas(policy: PolicyItem): Treatments {
  return {
    outbound: policy.level === 'acquire' ? protect([sensor(policy)]) : bypass,
    inbound: protect(templatesOf(policy, true).map(swapEnds)),
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
    if (link !== policy && passesWithoutSas(link, withSas)) break;
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
    reqid: reqidOfPolicy(policy),
    optional,
  };
}

function swapEnds(outbound: PolicyTemplate): PolicyTemplate {
  return { ...outbound, source: outbound.destination, destination: outbound.source };
}
