/** Says which row of the policy table the data plane refused, in the data plane's own words. */
import { formatPrefix } from '../core/base/address.js';
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
  const number = config.tables.policy.findIndex(
    (row) => !row.disabled && covers(effectiveSelector(row), written),
  );
  const what = number < 0 ? 'the exemption of IKE itself' : `/ip ipsec policy ${number}`;
  const advice = code === 'EEXIST' ? `; "ip xfrm policy list dir ${direction}" shows it` : '';
  return `the kernel refuses ${what} (${direction} ${formatSelector(selector)}): ${detail} (${code})${advice}`;
}

/** A row with a range of ports has one kernel policy for each part of the range (spec E-04). */
function covers(row: TrafficSelector, part: TrafficSelector): boolean {
  return (
    row.protocol === part.protocol &&
    formatPrefix(row.source) === formatPrefix(part.source) &&
    formatPrefix(row.destination) === formatPrefix(part.destination) &&
    portsCover(row.sourcePorts, part.sourcePorts) &&
    portsCover(row.destinationPorts, part.destinationPorts)
  );
}

function portsCover(row: Ports, part: Ports): boolean {
  if (row === 'any' || part === 'any') return row === part;
  return row.first <= part.first && part.last <= row.last;
}
