/** Data plane policies as one line of text each, for comparison in tests. */

import { formatSelector } from '../../../../lib/core/base/selector.js';
import type { Config } from '../../../../lib/core/config/tables.js';
import { reqidOf } from '../../../../lib/core/dataplane/ownership.js';
import type { DataPlanePolicy } from '../../../../lib/core/dataplane/types.js';

/** `reqid` is written as the number of the policy item it belongs to: `policy#0`. */
export function policyText(policy: DataPlanePolicy, config: Config): string {
  const owners = new Map(
    config.tables.policy.map(({ id }, position) => [reqidOf(id), `policy#${position}`]),
  );
  const templates = policy.templates.map(
    ({ protocol, mode, source, destination, reqid, optional }) =>
      ` [${protocol} ${mode} ${source} > ${destination} ${owners.get(reqid) ?? reqid}${optional ? ' optional' : ''}]`,
  );
  return `${policy.direction} ${policy.priority} ${formatSelector(policy.selector)}: ${policy.action}${templates.join('')}`;
}
