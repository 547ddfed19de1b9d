/** What somebody's firewall makes of a packet's source before the policies see it (R-01, E-15). */
import { type Address, contains, type Prefix } from '../base/address.js';
import type { Flow } from '../base/flow.js';
import type { NatFacts, RouteFacts } from './facts.js';

/** One condition of a rule. `unknown`: whether it holds cannot be told from here. */
export type NatMatch =
  | {
      readonly on: 'source' | 'destination';
      readonly prefixes: readonly Prefix[];
      readonly negated: boolean;
    }
  | { readonly on: 'device'; readonly names: readonly string[]; readonly negated: boolean }
  | { readonly on: 'protocol'; readonly numbers: readonly number[]; readonly negated: boolean }
  | { readonly on: 'unknown' };

export interface NatRule {
  /** As its program shows it. */
  readonly text: string;
  readonly matches: readonly NatMatch[];
  /** `source`: the new one; undefined: that of the interface. */
  readonly verdict:
    | { readonly kind: 'accept' }
    | { readonly kind: 'nat'; readonly source?: Address };
}

/** The rules of one chain after routing, in order. */
export type NatChain = readonly NatRule[];

/**
 * The first rule that changes the source. Where a rule that spares packets may hold it is taken to: better
 * say nothing than blame a firewall that is right.
 */
export function sourceNatOf(
  chains: readonly NatChain[],
  flow: Flow,
  route: RouteFacts | undefined,
): NatFacts | undefined {
  for (const chain of chains) {
    const rule = firstThatDecides(chain, flow, route);
    if (rule?.verdict.kind !== 'nat') continue;
    return { rule: rule.text, source: rule.verdict.source ?? route?.address };
  }
  return undefined;
}

function firstThatDecides(chain: NatChain, flow: Flow, route: RouteFacts | undefined) {
  return chain.find(({ matches, verdict }) =>
    matches.every((match) =>
      match.on === 'unknown' ? verdict.kind === 'accept' : holds(match, flow, route),
    ),
  );
}

function holds(
  match: Exclude<NatMatch, { on: 'unknown' }>,
  flow: Flow,
  route: RouteFacts | undefined,
): boolean {
  return match.negated !== isNamed(match, flow, route);
}

function isNamed(
  match: Exclude<NatMatch, { on: 'unknown' }>,
  flow: Flow,
  route: RouteFacts | undefined,
): boolean {
  switch (match.on) {
    case 'source':
      return match.prefixes.some((prefix) => contains(prefix, flow.source));
    case 'destination':
      return match.prefixes.some((prefix) => contains(prefix, flow.destination));
    case 'protocol':
      return match.numbers.includes(flow.protocol);
    case 'device':
      return match.names.some((name) => isDevice(name, route?.device));
  }
}

/** `eth*` and, in iptables, `eth+` stand for all that begin so. */
function isDevice(name: string, device: string | undefined): boolean {
  if (device === undefined) return false;
  return /[*+]$/.test(name) ? device.startsWith(name.slice(0, -1)) : device === name;
}
