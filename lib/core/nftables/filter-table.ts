/**
 * What our nftables table holds: counters, and the sets by which its rules know the policies' packets
 * (E-40, E-33). The rules themselves are always the same, see `script.ts`.
 */
import type { Address } from '../base/address.js';
import { contains, formatPrefix } from '../base/address.js';
import { memoize } from '../base/memoize.js';
import type { Ports, TrafficSelector } from '../base/selector.js';
import { formatPorts, reverseSelector } from '../base/selector.js';
import type { Config } from '../config/config.js';
import type { PolicyItem } from '../config/menus/policy.js';
import type { PolicyIndex } from '../config/policy-chain.js';
import { policyChain } from '../config/policy-chain.js';
import { effectiveSelector } from '../config/policy-selector.js';
import { effectivePolicies, effectivePolicyIndex } from '../config/validity.js';
import { protocolNumbers } from '../config/values/protocol.js';
import type { PolicyCount } from './counter-names.js';
import { policyCounter } from './counter-names.js';
import { layersOf } from './layers.js';
import { appliedLinks, inboundVerdict, outboundVerdict } from './verdicts.js';

/** The sets of one layer. The first four name the counter of each element. */
export const layerSets = [
  'in_passed',
  'in_stopped',
  'out_passed',
  'out_stopped',
  /** Nothing happens to these packets here, and no later layer sees them. */
  'in_other',
  'out_other',
  /** Packets to be encrypted that may be fragmented afterwards. */
  'out_clear_df',
] as const;
export type LayerSet = (typeof layerSets)[number];

/** Whether its elements name ports too: such sets only see packets that have them. */
export type LayerForm = 'plain' | 'ports';

/** Sets of encrypted packets, by their outer source, destination and protocol. */
export const outerSets = ['outer_repeated', 'outer_clear_df', 'outer_set_df'] as const;
export type OuterSet = (typeof outerSets)[number];

export interface FilterTable {
  readonly layers: number;
  /** Elements of the sets by set name, each with the counter it has, if it has one. */
  readonly sets: ReadonlyMap<string, ReadonlyMap<string, string | undefined>>;
}

export function layerSetName(set: LayerSet, form: LayerForm, layer: number): string {
  return `${set}_${form}_${layer}`;
}

/** SAs come and go more often than policies, and change nothing about their order. */
const placementsOf = memoize((policies: readonly PolicyItem[]) =>
  layersOf(policies.map(effectiveSelector)),
);

/** `withSas`: ids of the policies whose SAs are all installed. */
export function filterTable(config: Config, withSas: ReadonlySet<number>): FilterTable {
  const policies = effectivePolicies(config);
  const index = effectivePolicyIndex(config);
  const placements = placementsOf(policies);
  const sets = new SetBuilder();
  for (const [position, policy] of policies.entries()) {
    const { layer, isBefore } = placements[position] ?? { layer: 0, isBefore: false };
    const outbound = outboundVerdict(policy, index, withSas);
    const memberships = [
      ...inbound[inboundVerdict(policy, withSas)],
      ...outboundOf(policy, outbound),
    ];
    for (const { set, direction, count } of memberships) {
      if (count === undefined && set !== 'out_clear_df' && !isBefore) continue;
      const selector = effectiveSelector(policy);
      sets.addToLayer(set, layer, direction === 'out' ? selector : reverseSelector(selector), {
        counter: count === undefined ? undefined : policyCounter(policy.id, count),
      });
    }
    if (outbound === 'protect') addOuter(sets, policy, index, withSas);
  }
  const layers = placements.reduce((most, { layer }) => Math.max(most, layer + 1), 1);
  return { layers, sets: sets.built };
}

/** Ids of the policies that drop packets of the router's own: the kernel counts those, but not by policy. */
export function policiesDroppingOwn(
  config: Config,
  withSas: ReadonlySet<number>,
  localAddresses: readonly Address[],
): readonly number[] {
  const index = effectivePolicyIndex(config);
  return effectivePolicies(config)
    .filter((policy) => {
      const { source } = effectiveSelector(policy);
      return (
        localAddresses.some((address) => contains(source, address)) &&
        outboundVerdict(policy, index, withSas) === 'drop'
      );
    })
    .map(({ id }) => id);
}

interface Membership {
  readonly set: LayerSet;
  readonly direction: 'in' | 'out';
  readonly count?: PolicyCount;
}

const inbound: Record<ReturnType<typeof inboundVerdict>, readonly Membership[]> = {
  pass: [
    { set: 'in_passed', direction: 'in', count: 'in-accepted' },
    { set: 'in_other', direction: 'in' },
  ],
  drop: [{ set: 'in_stopped', direction: 'in', count: 'in-dropped' }],
  refuse: [{ set: 'in_stopped', direction: 'in', count: 'in-refused' }],
};

function outboundOf(
  policy: PolicyItem,
  verdict: ReturnType<typeof outboundVerdict>,
): readonly Membership[] {
  switch (verdict) {
    case 'pass':
      return [
        { set: 'out_passed', direction: 'out', count: 'out-accepted' },
        { set: 'out_other', direction: 'out' },
      ];
    case 'drop':
      return [{ set: 'out_stopped', direction: 'out', count: 'out-dropped' }];
    case 'protect':
      return policy['dont-fragment'] === 'clear'
        ? [{ set: 'out_clear_df', direction: 'out' }]
        : [{ set: 'out_other', direction: 'out' }];
  }
}

/** What the rules must know of the packets that come out of encryption. */
function addOuter(
  sets: SetBuilder,
  policy: PolicyItem,
  index: PolicyIndex,
  withSas: ReadonlySet<number>,
): void {
  const chain = appliedLinks(policyChain(policy, index), withSas);
  const last = chain.at(-1) ?? policy;
  const outer = outerElement(last);
  // The loop rule: it is not counted once more for a policy that has encrypted it.
  const next = index.next(last);
  if (next !== undefined && chain.includes(next)) sets.add('outer_repeated', outer);
  if (last['dont-fragment'] === 'set') sets.add('outer_set_df', outer);
  // In tunnel mode the SA itself sees to it (E-33).
  if (last['dont-fragment'] === 'clear' && !last.tunnel) sets.add('outer_clear_df', outer);
}

function outerElement(policy: PolicyItem): string {
  const outermost = policy['ipsec-protocols'].includes('ah') ? 'ah' : 'esp';
  return `${policy['sa-src-address']} . ${policy['sa-dst-address']} . ${protocolNumbers[outermost]}`;
}

class SetBuilder {
  readonly built = new Map<string, Map<string, string | undefined>>();

  addToLayer(
    set: LayerSet,
    layer: number,
    selector: TrafficSelector,
    { counter }: { readonly counter: string | undefined },
  ): void {
    const hasPorts = selector.sourcePorts !== 'any' || selector.destinationPorts !== 'any';
    const name = layerSetName(set, hasPorts ? 'ports' : 'plain', layer);
    this.add(name, hasPorts ? withPorts(selector) : addressesOf(selector), counter);
  }

  add(name: string, element: string, counter?: string): void {
    const elements = this.built.get(name);
    if (elements === undefined) this.built.set(name, new Map([[element, counter]]));
    else elements.set(element, counter);
  }
}

function addressesOf({ source, destination, protocol }: TrafficSelector): string {
  const protocols = protocol === 0 ? '0-255' : `${protocol}`;
  return `${formatPrefix(source)} . ${formatPrefix(destination)} . ${protocols}`;
}

function withPorts(selector: TrafficSelector): string {
  const { sourcePorts, destinationPorts } = selector;
  return `${addressesOf(selector)} . ${portsOf(sourcePorts)} . ${portsOf(destinationPorts)}`;
}

function portsOf(ports: Ports): string {
  return ports === 'any' ? '0-65535' : formatPorts(ports);
}
