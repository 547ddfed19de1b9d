/** The rules of nftables and iptables that change sources, read from what their programs print. */
import { spawnSync } from 'node:child_process';
import { type Prefix, parseAddress, prefixOf } from '../core/base/address.js';
import { groupBy } from '../core/base/group-by.js';
import { protocolNumbers } from '../core/config/values/protocol.js';
import type { NatChain, NatMatch, NatRule } from '../core/explain/source-nat.js';

const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
const timeoutMs = 2_000;

/** Every chain there is; none where there is nobody to ask. */
export function natChains(): readonly NatChain[] {
  const legacy = output('iptables-legacy-save', '-t', 'nat');
  const compatible = output('iptables-nft-save', '-t', 'nat');
  // Without the contents of sets, which may be large.
  const nft = output('nft', '-j', '-t', 'list', 'ruleset');
  return [...iptablesChains(legacy), ...iptablesChains(compatible), ...nftChains(nft)];
}

function output(program: string, ...args: readonly string[]): string {
  const { status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: timeoutMs,
    env: environment,
    maxBuffer: 64 * 1024 * 1024,
  });
  return status === 0 ? stdout : '';
}

// --- iptables-save ---------------------------------------------------------------------------------

/** Of the text of `iptables-save -t nat`: the chain POSTROUTING, without those it jumps to. */
export function iptablesChains(text: string): readonly NatChain[] {
  const rules = text
    .split('\n')
    .filter((line) => line.startsWith('-A POSTROUTING '))
    .flatMap((line) => iptablesRule(line));
  return rules.length === 0 ? [] : [rules];
}

function iptablesRule(line: string): readonly NatRule[] {
  const words = line.split(/\s+/).slice(2);
  const matches: NatMatch[] = [];
  let verdict: NatRule['verdict'] | undefined;
  for (let index = 0; index < words.length; index += 1) {
    const negated = words[index] === '!';
    if (negated) index += 1;
    const [option = '', value = ''] = [words[index], words[index + 1]];
    index += 1;
    if (option === '-j') verdict = iptablesVerdict(value, words);
    else if (option === '--to-source') continue;
    else matches.push(iptablesMatch(option, value, negated));
  }
  return verdict === undefined ? [] : [{ text: line, matches, verdict }];
}

function iptablesMatch(option: string, value: string, negated: boolean): NatMatch {
  switch (option) {
    case '-s':
    case '-d': {
      const prefix = prefixFrom(value);
      const on = option === '-s' ? 'source' : 'destination';
      return prefix === undefined ? unknown : { on, prefixes: [prefix], negated };
    }
    case '-o':
      return { on: 'device', names: [value], negated };
    case '-p':
      return protocolMatch([value], negated);
    default:
      return unknown;
  }
}

function iptablesVerdict(target: string, words: readonly string[]): NatRule['verdict'] | undefined {
  if (target === 'ACCEPT' || target === 'RETURN') return { kind: 'accept' };
  if (target === 'MASQUERADE') return { kind: 'nat' };
  if (target !== 'SNAT') return undefined;
  return natTo(words[words.indexOf('--to-source') + 1]);
}

// --- nft -j ----------------------------------------------------------------------------------------

interface NftRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr: readonly Readonly<Record<string, unknown>>[];
}

/** Of the JSON of `nft -j list ruleset`: the chains of NAT after routing, by priority. */
export function nftChains(text: string): readonly NatChain[] {
  const { nftables } = parse(text);
  const rules = groupBy(
    nftables.flatMap(({ rule }) => (rule === undefined ? [] : [rule])),
    nameOf,
  );
  return nftables
    .flatMap(({ chain }) => (chain?.hook === 'postrouting' && chain.type === 'nat' ? [chain] : []))
    .filter(({ family }) => family === 'ip' || family === 'inet')
    .sort((a, b) => a.prio - b.prio)
    .map(({ family, table, name }) =>
      (rules.get(nameOf({ family, table, chain: name })) ?? []).flatMap(nftRule),
    );
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

function nftRule({ family, table, chain, expr }: NftRule): readonly NatRule[] {
  const verdict = expr.map(nftVerdict).find((one) => one !== undefined);
  if (verdict === undefined) return [];
  const matches = expr.flatMap(nftMatch);
  return [
    { text: `nftables, ${nameOf({ family, table, chain })}: ${wordsOf(expr)}`, matches, verdict },
  ];
}

function nftVerdict(expression: Readonly<Record<string, unknown>>): NatRule['verdict'] | undefined {
  if ('accept' in expression || 'return' in expression) return { kind: 'accept' };
  if ('masquerade' in expression) return { kind: 'nat' };
  if (!('snat' in expression)) return undefined;
  return natTo((expression['snat'] as { addr?: unknown } | null)?.addr);
}

/** What only counts or comments is no condition. */
function nftMatch(expression: Readonly<Record<string, unknown>>): readonly NatMatch[] {
  const isHarmless = ['counter', 'comment', 'log', 'accept', 'return', 'masquerade', 'snat'].some(
    (name) => name in expression,
  );
  if (isHarmless) return [];
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

function wordOf(expression: Readonly<Record<string, unknown>>): string {
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

// --- both ------------------------------------------------------------------------------------------

const unknown: NatMatch = { on: 'unknown' };

function natTo(address: unknown): NatRule['verdict'] {
  // A range of addresses, or ports with it: the first address stands for it.
  const source = parseAddress(String(address).split(/[-:]/)[0] ?? '');
  return source === undefined ? { kind: 'nat' } : { kind: 'nat', source };
}

function protocolMatch(names: readonly string[], negated: boolean): NatMatch {
  const known: Readonly<Record<string, number>> = { ...protocolNumbers, icmp: 1 };
  const numbers = names.map((name) => known[name] ?? Number(name));
  return numbers.some(Number.isNaN) ? unknown : { on: 'protocol', numbers, negated };
}

function prefixFrom(text: string): Prefix | undefined {
  const [address = '', length = '32'] = text.split('/');
  const parsed = parseAddress(address);
  const bits = Number(length);
  if (parsed === undefined || !Number.isInteger(bits) || bits < 0 || bits > 32) return undefined;
  return prefixOf(parsed, bits);
}
