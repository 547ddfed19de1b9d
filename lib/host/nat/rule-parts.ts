/** The parts of rules that iptables and nftables have in common. */
import { type Prefix, parseAddress, prefixOf } from '../../core/base/address.js';
import { protocolNumbers } from '../../core/config/values/protocol.js';
import type { NatChain, NatMatch, NatRule, NatVerdict } from '../../core/explain/source-nat.js';

/** Gives the rules of a chain, with those of the chains that it jumps to in them. */
export type Follow = (chain: string) => NatChain;

/** `rules` of each chain by its name; `read` makes of one what it says about sources, if it does. */
export function follower<R>(
  rules: ReadonlyMap<string, readonly R[]>,
  read: (rule: R, follow: Follow) => readonly NatRule[],
): Follow {
  const known = new Map<string, NatChain>();
  const follow: Follow = (chain) => {
    const before = known.get(chain);
    if (before !== undefined) return before;
    // Linux takes no circle of jumps; a text that has one ends here.
    known.set(chain, []);
    const all = (rules.get(chain) ?? []).flatMap((rule) => read(rule, follow));
    known.set(chain, all);
    return all;
  };
  return follow;
}

export const unknown: NatMatch = { on: 'unknown' };

export function natTo(address: unknown): NatVerdict {
  // A range of addresses, or ports with it: the first address stands for it.
  const source = parseAddress(String(address).split(/[-:]/)[0] ?? '');
  return source === undefined ? { kind: 'nat' } : { kind: 'nat', source };
}

export function protocolMatch(names: readonly string[], negated: boolean): NatMatch {
  const known: Readonly<Record<string, number>> = { ...protocolNumbers, icmp: 1 };
  const numbers = names.map((name) => known[name] ?? Number(name));
  return numbers.some(Number.isNaN) ? unknown : { on: 'protocol', numbers, negated };
}

export function prefixFrom(text: string): Prefix | undefined {
  const [address = '', length = '32'] = text.split('/');
  const parsed = parseAddress(address);
  const bits = Number(length);
  if (parsed === undefined || !Number.isInteger(bits) || bits < 0 || bits > 32) return undefined;
  return prefixOf(parsed, bits);
}
