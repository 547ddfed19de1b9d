/** Which row of the policy table a policy of the data plane was made of. */
import { formatPrefix } from '../base/address.js';
import { memoize } from '../base/memoize.js';
import {
  formatSelector,
  type Ports,
  reverseSelector,
  type TrafficSelector,
} from '../base/selector.js';
import type { Config } from '../config/config.js';
import type { PolicyItem } from '../config/menus/policy.js';
import { effectiveSelector } from '../config/policy-selector.js';
import type { DataPlanePolicy } from '../dataplane/types.js';

export interface NumberedPolicy {
  /** Its place in the table. */
  readonly number: number;
  readonly policy: PolicyItem;
}

interface Row extends NumberedPolicy {
  readonly selector: TrafficSelector;
}

/** Thousands of policies may be asked for: rows are found by what they match, not one by one. */
interface RowsByTraffic {
  /** Of rows that match the same the first one is installed. */
  readonly whole: ReadonlyMap<string, Row>;
  /** A row with a range of ports has one kernel policy for each part of the range (spec E-04). */
  readonly ranges: ReadonlyMap<string, readonly Row[]>;
}

/** The first enabled row that has such a policy in the data plane; undefined: it was made of none. */
export function rowOf(
  { tables }: Config,
  { direction, selector }: Pick<DataPlanePolicy, 'direction' | 'selector'>,
): NumberedPolicy | undefined {
  const written = direction === 'out' ? selector : reverseSelector(selector);
  const { whole, ranges } = rowsByTraffic(tables.policy);
  const same = whole.get(formatSelector(written));
  const range = ranges.get(networksOf(written))?.find((row) => portsOfCover(row.selector, written));
  if (same === undefined || range === undefined) return same ?? range;
  return same.number < range.number ? same : range;
}

const rowsByTraffic = memoize((policies: Config['tables']['policy']): RowsByTraffic => {
  const whole = new Map<string, Row>();
  const ranges = new Map<string, Row[]>();
  for (const [number, policy] of policies.entries()) {
    if (policy.disabled) continue;
    const selector = effectiveSelector(policy);
    const row = { number, policy, selector };
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
