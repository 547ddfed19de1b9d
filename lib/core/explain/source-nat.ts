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
  readonly verdict: NatVerdict;
}

export type NatVerdict =
  | { readonly kind: 'accept' | 'return' }
  /** `source`: the new one; undefined: that of the interface. */
  | { readonly kind: 'nat'; readonly source?: Address }
  /** The rules of another chain: whoever jumps goes on here when they have decided nothing. */
  | { readonly kind: 'jump' | 'goto'; readonly rules: NatChain };

/** The rules of one chain, in order. */
export type NatChain = readonly NatRule[];

/**
 * The first rule that changes the source, of chains that are passed one after the other. Where a rule that
 * spares packets may hold it is taken to: better say nothing than blame a firewall that is right.
 */
export function sourceNatOf(
  chains: readonly NatChain[],
  flow: Flow,
  route: RouteFacts | undefined,
): NatFacts | undefined {
  for (const chain of chains) {
    const outcome = outcomeOf(chain, flow, route);
    if (outcome === undefined || outcome === 'spared') continue;
    return { rule: outcome.text, source: outcome.source ?? route?.address };
  }
  return undefined;
}

interface Change {
  /** Of the rule. */
  readonly text: string;
  readonly source: Address | undefined;
}

/** Undefined: no rule decides. */
function outcomeOf(
  chain: NatChain,
  flow: Flow,
  route: RouteFacts | undefined,
): Change | 'spared' | undefined {
  for (const { text, matches, verdict } of chain) {
    const known = matches.filter((match) => match.on !== 'unknown');
    if (!known.every((match) => holds(match, flow, route))) continue;
    const isCertain = known.length === matches.length;
    switch (verdict.kind) {
      case 'accept':
        return 'spared';
      case 'return':
        return isCertain ? undefined : 'spared';
      case 'nat':
        if (isCertain) return { text, source: verdict.source };
        break;
      case 'jump':
      case 'goto': {
        const outcome = outcomeOf(verdict.rules, flow, route);
        if (outcome !== undefined) return isCertain ? outcome : 'spared';
        if (isCertain && verdict.kind === 'goto') return undefined;
      }
    }
  }
  return undefined;
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
