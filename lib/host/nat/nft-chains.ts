/** Source NAT as `nft -j list ruleset` prints it. */
import type { Prefix } from '../../core/base/address.js';
import { groupBy } from '../../core/base/group-by.js';
import type { NatChain, NatMatch, NatRule, NatVerdict } from '../../core/explain/source-nat.js';
import { type Follow, follower, natTo, prefixFrom, protocolMatch, unknown } from './rule-parts.js';

type Expression = Readonly<Record<string, unknown>>;

interface NftRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr: readonly Expression[];
}

/** Of the JSON of `nft -j list ruleset`: the chains of NAT after routing, by priority. */
export function nftChains(text: string): readonly NatChain[] {
  const { nftables } = parse(text);
  const rules = nftables.flatMap(({ rule }) => (rule === undefined ? [] : [rule]));
  const follow = follower(groupBy(rules, nameOf), nftRule);
  return nftables
    .flatMap(({ chain }) => (chain?.hook === 'postrouting' && chain.type === 'nat' ? [chain] : []))
    .filter(({ family }) => family === 'ip' || family === 'inet')
    .sort((a, b) => a.prio - b.prio)
    .map(({ family, table, name }) => follow(nameOf({ family, table, chain: name })));
}

interface NftObject {
  readonly chain?: {
    readonly family: string;
    readonly table: string;
    readonly name: string;
    readonly type?: string;
    readonly hook?: string;
    readonly prio: number;
  };
  readonly rule?: NftRule;
}

function parse(text: string): { readonly nftables: readonly NftObject[] } {
  try {
    return JSON.parse(text);
  } catch {
    return { nftables: [] };
  }
}

function nameOf({ family, table, chain }: Pick<NftRule, 'family' | 'table' | 'chain'>): string {
  return `${family} ${table} ${chain}`;
}

function nftRule({ family, table, chain, expr }: NftRule, follow: Follow): readonly NatRule[] {
  const here: Follow = (target) => follow(nameOf({ family, table, chain: target }));
  const verdict = expr.map((each) => nftVerdict(each, here)).find((one) => one !== undefined);
  if (verdict === undefined) return [];
  const matches = expr.flatMap(nftMatch);
  return [
    { text: `nftables, ${nameOf({ family, table, chain })}: ${wordsOf(expr)}`, matches, verdict },
  ];
}

function nftVerdict(expression: Expression, follow: Follow): NatVerdict | undefined {
  if ('accept' in expression) return { kind: 'accept' };
  if ('return' in expression) return { kind: 'return' };
  if ('masquerade' in expression) return { kind: 'nat' };
  if ('snat' in expression) return natTo((expression['snat'] as { addr?: unknown } | null)?.addr);
  if ('vmap' in expression) return { kind: 'jump', rules: ofVerdictMap(expression, follow) };
  for (const kind of ['jump', 'goto'] as const) {
    if (!(kind in expression)) continue;
    const { target } = (expression[kind] ?? {}) as { readonly target?: unknown };
    return { kind, rules: follow(String(target)) };
  }
  return undefined;
}

/** Which of its verdicts is taken cannot be told: all that they may lead to. */
function ofVerdictMap(expression: Expression, follow: Follow): NatChain {
  const { data } = (expression['vmap'] ?? {}) as { readonly data?: { readonly set?: unknown } };
  const elements = Array.isArray(data?.set) ? data.set : [];
  return elements.flatMap((element): readonly NatRule[] => {
    const verdict = Array.isArray(element) ? nftVerdict(element[1] ?? {}, follow) : undefined;
    return verdict === undefined ? [] : [{ text: 'vmap', matches: [], verdict }];
  });
}

const noConditions = [
  ...['counter', 'comment', 'log'],
  ...['accept', 'return', 'masquerade', 'snat', 'jump', 'goto'],
];

function nftMatch(expression: Expression): readonly NatMatch[] {
  if (noConditions.some((name) => name in expression)) return [];
  const match = expression['match'] as
    | { readonly op: string; readonly left: unknown; readonly right: unknown }
    | undefined;
  if (match === undefined || !['==', '!=', 'in'].includes(match.op)) return [unknown];
  const negated = match.op === '!=';
  const values = valuesOf(match.right);
  const field = fieldOf(match.left);
  if (values === undefined) return [unknown];
  if (field === 'ip saddr' || field === 'ip daddr') {
    const prefixes = values.map(nftPrefix);
    const known = prefixes.filter((prefix) => prefix !== undefined);
    const on = field === 'ip saddr' ? 'source' : 'destination';
    return [known.length < prefixes.length ? unknown : { on, prefixes: known, negated }];
  }
  const names = values.filter((value) => typeof value === 'string' || typeof value === 'number');
  if (names.length < values.length) return [unknown];
  // Our packets are.
  if (field === 'nfproto' && names.includes('ipv4') && !negated) return [];
  if (field === 'oifname' || field === 'oif') {
    return [{ on: 'device', names: names.map(String), negated }];
  }
  if (field === 'l4proto' || field === 'ip protocol') {
    return [protocolMatch(names.map(String), negated)];
  }
  return [unknown];
}

function fieldOf(left: unknown): string | undefined {
  const { payload, meta } = (left ?? {}) as {
    readonly payload?: { readonly protocol?: string; readonly field?: string };
    readonly meta?: { readonly key?: string };
  };
  return payload === undefined ? meta?.key : `${payload.protocol} ${payload.field}`;
}

/** Undefined for a set by name: what is in it is not listed. */
function valuesOf(right: unknown): readonly unknown[] | undefined {
  if (typeof right === 'string' && right.startsWith('@')) return undefined;
  const set = (right as { readonly set?: unknown } | null)?.set;
  if (set === undefined) return [right];
  return Array.isArray(set) ? set : undefined;
}

function nftPrefix(value: unknown): Prefix | undefined {
  if (typeof value === 'string') return prefixFrom(value);
  const { prefix } = (value ?? {}) as { readonly prefix?: { addr?: unknown; len?: unknown } };
  return prefix === undefined ? undefined : prefixFrom(`${prefix.addr}/${prefix.len}`);
}

/** A rule in few words: nft's own, which JSON does not have. */
function wordsOf(expr: NftRule['expr']): string {
  return expr
    .map(wordOf)
    .filter((word) => word !== '')
    .join(' ');
}

function wordOf(expression: Expression): string {
  const [name = ''] = Object.keys(expression);
  if (name === 'counter' || name === 'comment') return '';
  if (name !== 'match') return name === 'snat' ? `snat to ${valueWord(expression[name])}` : name;
  const { op, left, right } = expression[name] as { op: string; left: unknown; right: unknown };
  const values = valuesOf(right)?.map(valueWord) ?? [String(right)];
  const value = values.length === 1 ? values[0] : `{ ${values.join(', ')} }`;
  return `${fieldOf(left) ?? '(a condition)'} ${op === '!=' ? '!= ' : ''}${value}`;
}

function valueWord(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { prefix, addr } = value as { prefix?: { addr: string; len: number }; addr?: unknown };
  if (prefix !== undefined) return `${prefix.addr}/${prefix.len}`;
  return addr === undefined ? '(a value)' : String(addr);
}
