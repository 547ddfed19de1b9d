/** Says which row of the policy table the data plane refused, in the data plane's own words. */
import { formatSelector } from '../core/base/selector.js';
import type { Config } from '../core/config/config.js';
import { rowOf } from '../core/policy/row-of.js';
import type { PolicyRefusal } from './kernel-policies.js';

export function refusalText(config: Config, { policy, code, detail }: PolicyRefusal): string {
  const { direction, selector } = policy;
  const row = rowOf(config, policy);
  const what = row === undefined ? 'the exemption of IKE itself' : `/ip ipsec policy ${row.number}`;
  const advice = code === 'EEXIST' ? `; "ip xfrm policy list dir ${direction}" shows it` : '';
  return `the kernel refuses ${what} (${direction} ${formatSelector(selector)}): ${detail} (${code})${advice}`;
}
