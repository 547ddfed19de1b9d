/** Why a policy row does not match a packet, in the words of its properties. */
import { contains, formatPrefix, type Prefix } from '../base/address.js';
import { type Flow, holds } from '../base/flow.js';
import { formatPorts, type Ports } from '../base/selector.js';
import type { Config } from '../config/config.js';
import type { PolicyItem } from '../config/menus/policy.js';
import { effectiveSelector, policySelector } from '../config/policy-selector.js';
import { invalidReasons } from '../config/validity.js';
import { protocol as protocolType } from '../config/values/protocol.js';

/** The ends of a row's selector, as its properties are named. */
const sides = ['src-address', 'dst-address'] as const;
type Side = (typeof sides)[number];

/** Empty when the row matches and takes effect. `flow` is as a packet that leaves has it. */
export function mismatches(config: Config, policy: PolicyItem, flow: Flow): readonly string[] {
  if (policy.disabled) return ['it is disabled'];
  const invalid = invalidReasons(config, policy);
  if (invalid.length > 0) return invalid.map(({ text }) => `it is invalid: ${text}`);
  const { source, destination, sourcePorts, destinationPorts } = effectiveSelector(policy);
  return [
    outside(policy, 'src-address', source, flow.source),
    outside(policy, 'dst-address', destination, flow.destination),
    otherProtocol(policy, flow),
    otherPort('src-address', sourcePorts, flow.ports?.source),
    otherPort('dst-address', destinationPorts, flow.ports?.destination),
  ].filter((text) => text !== undefined);
}

function outside(
  policy: PolicyItem,
  side: Side,
  effective: Prefix,
  address: string,
): string | undefined {
  if (contains(effective, address)) return undefined;
  const selector = policySelector(policy);
  const written = side === 'src-address' ? selector.source : selector.destination;
  if (!contains(written, address)) {
    return `its ${side} ${formatPrefix(written)} does not contain ${address}`;
  }
  return `tunnel=no serves the ends of its SAs alone, and ${address} is not ${effective.address}`;
}

function otherProtocol(policy: PolicyItem, { protocol }: Flow): string | undefined {
  if (policy.protocol === 0 || policy.protocol === protocol) return undefined;
  return `its protocol is ${protocolText(policy.protocol)}, the packet's ${protocolText(protocol)}`;
}

function otherPort(side: Side, ports: Ports, port: number | undefined): string | undefined {
  if (holds(ports, port)) return undefined;
  const given = port === undefined ? 'none is given' : `the packet's is ${port}`;
  return `its ${side} names port ${formatPorts(ports)}, and ${given}`;
}

export function protocolText(protocol: number): string {
  return protocolType.format(protocol, { nameOf: () => undefined, formatTime: String }) ?? '';
}
