/** Source NAT as `iptables-save` prints it. */
import { groupBy } from '../../core/base/group-by.js';
import type { NatChain, NatMatch, NatRule, NatVerdict } from '../../core/explain/source-nat.js';
import { type Follow, follower, natTo, prefixFrom, protocolMatch, unknown } from './rule-parts.js';

/** Of the text of `iptables-save -t nat`: the chain POSTROUTING. */
export function iptablesChains(text: string): readonly NatChain[] {
  const lines = text.split('\n').filter((line) => line.startsWith('-A '));
  const follow = follower(
    groupBy(lines, (line) => line.split(' ')[1] ?? ''),
    iptablesRule,
  );
  const rules = follow('POSTROUTING');
  return rules.length === 0 ? [] : [rules];
}

/** Options that are no conditions, with the number of their values: those of targets, and comments. */
const harmless: Readonly<Record<string, number>> = {
  ...{ '-m': 1, '--comment': 1 },
  ...{ '--to-source': 1, '--to-ports': 1, '--random': 0, '--random-fully': 0, '--persistent': 0 },
};

function iptablesRule(line: string, follow: Follow): readonly NatRule[] {
  const words = line.match(/"(?:[^"\\]|\\.)*"|\S+/g)?.slice(2) ?? [];
  const matches: NatMatch[] = [];
  let verdict: NatVerdict | undefined;
  for (let index = 0; index < words.length; index += 1) {
    const negated = words[index] === '!';
    if (negated) index += 1;
    const [option = '', value = ''] = [words[index], words[index + 1]];
    const values = harmless[option];
    index += values ?? 1;
    if (option === '-j') verdict = iptablesVerdict(value, words, follow);
    else if (option === '-g') verdict = { kind: 'goto', rules: follow(value) };
    else if (values === undefined) matches.push(iptablesMatch(option, value, negated));
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

function iptablesVerdict(
  target: string,
  words: readonly string[],
  follow: Follow,
): NatVerdict | undefined {
  switch (target) {
    case 'ACCEPT':
      return { kind: 'accept' };
    case 'RETURN':
      return { kind: 'return' };
    case 'MASQUERADE':
      return { kind: 'nat' };
    case 'SNAT':
      return natTo(words[words.indexOf('--to-source') + 1]);
    default: {
      const rules = follow(target);
      return rules.length === 0 ? undefined : { kind: 'jump', rules };
    }
  }
}
