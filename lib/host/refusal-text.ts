/** Says which row of the policy table the data plane refused, in the data plane's own words. */
import { formatPrefix } from '../core/base/address.js';
import { memoize } from '../core/base/memoize.js';
import {
  formatSelector,
  type Ports,
  reverseSelector,
  type TrafficSelector,
} from '../core/base/selector.js';
import type { Config } from '../core/config/config.js';
import { effectiveSelector } from '../core/config/policy-selector.js';
import type { PolicyRefusal } from './kernel-policies.js';

export function refusalText(config: Config, { policy, code, detail }: PolicyRefusal): string {
  const { direction, selector } = policy;
  const written = direction === 'out' ? selector : reverseSelector(selector);
  const number = rowNumber(config, written);
  const what = number === undefined ? 'the exemption of IKE itself' : `/ip ipsec policy ${number}`;
  const advice = code === 'EEXIST' ? `; "ip xfrm policy list dir ${direction}" shows it` : '';
  return `the kernel refuses ${what} (${direction} ${formatSelector(selector)}): ${detail} (${code})${advice}`;
}

interface Row {
  readonly number: number;
  readonly selector: TrafficSelector;
}

/** Thousands of policies may be refused: the rows are found by what they match, not one by one. */
interface RowsByTraffic {
  /** Of rows that match the same the first one is installed. */
  readonly whole: ReadonlyMap<string, Row>;
  /** A row with a range of ports has one kernel policy for each part of the range (spec E-04). */
  readonly ranges: ReadonlyMap<string, readonly Row[]>;
}

const rowsByTraffic = memoize((policies: Config['tables']['policy']): RowsByTraffic => {
  const whole = new Map<string, Row>();
  const ranges = new Map<string, Row[]>();
  for (const [number, policy] of policies.entries()) {
    if (policy.disabled) continue;
    const selector = effectiveSelector(policy);
    const row = { number, selector };
    const key = formatSelector(selector);
    if (!whole.has(key)) whole.set(key, row);
    if (!hasRange(selector)) continue;
    const networks = networksOf(selector);
    const others = ranges.get(networks);
    if (others === undefined) ranges.set(networks, [row]);
    else others.push(row);
  }
  return { whole, ranges };
});

function rowNumber({ tables }: Config, part: TrafficSelector): number | undefined {
  const { whole, ranges } = rowsByTraffic(tables.policy);
  const same = whole.get(formatSelector(part));
  const range = ranges.get(networksOf(part))?.find(({ selector }) => portsOfCover(selector, part));
  if (same === undefined || range === undefined) return (same ?? range)?.number;
  return Math.min(same.number, range.number);
}

function networksOf({ source, destination, protocol }: TrafficSelector): string {
  return `${protocol} ${formatPrefix(source)} ${formatPrefix(destination)}`;
}

function hasRange({ sourcePorts, destinationPorts }: TrafficSelector): boolean {
  return [sourcePorts, destinationPorts].some(
    (ports) => ports !== 'any' && ports.first !== ports.last,
  );
}

function portsOfCover(row: TrafficSelector, part: TrafficSelector): boolean {
  return (
    portsCover(row.sourcePorts, part.sourcePorts) &&
    portsCover(row.destinationPorts, part.destinationPorts)
  );
}

function portsCover(row: Ports, part: Ports): boolean {
  if (row === 'any' || part === 'any') return row === part;
  return row.first <= part.first && part.last <= row.last;
}
