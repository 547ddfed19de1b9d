/** Policies in one line each, the same for a compiled one and for what `ip xfrm policy` shows of it. */
import type { Ports } from '../../../lib/core/base/selector.js';
import type { DataPlanePolicy } from '../../../lib/core/dataplane/types.js';
import type { KernelPolicy } from '../../lab/guest.js';

const protocolNames = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
]);

/** In the order of the kernel's search; which of two with the same priority is first is not told. */
export function kernelLines(policies: readonly KernelPolicy[]): string[] {
  return inOrder(policies, ({ source, destination, upper, direction, action, templates }) => {
    const chain = templates.map(
      ({ source: from, destination: to, protocol, mode, reqid, level }) =>
        `${protocol} ${mode} ${from} ${to} ${reqid} ${level}`,
    );
    return [direction, source, destination, upper, action, ...chain].join(' | ');
  });
}

export function compiledLines(policies: readonly DataPlanePolicy[]): string[] {
  return inOrder(policies, ({ direction, selector, action, templates }) => {
    const { source, destination, protocol, sourcePorts, destinationPorts } = selector;
    const upper = [
      protocol === 0 ? '' : `proto ${protocolNames.get(protocol) ?? protocol}`,
      ports('sport', sourcePorts),
      ports('dport', destinationPorts),
    ];
    const chain = templates.map(
      ({ source: from, destination: to, protocol: each, mode, reqid, optional }) =>
        `${each} ${mode} ${from} ${to} ${reqid} ${optional ? 'use' : 'required'}`,
    );
    return [
      direction,
      `${source.address}/${source.length}`,
      `${destination.address}/${destination.length}`,
      upper.filter((part) => part !== '').join(' '),
      action === 'discard' ? 'block' : 'allow',
      ...chain,
    ].join(' | ');
  });
}

function ports(word: string, range: Ports): string {
  return range === 'any' ? '' : `${word} ${range.first}`;
}

function inOrder<P extends { readonly priority: number }>(
  policies: readonly P[],
  lineOf: (policy: P) => string,
): string[] {
  return policies
    .map((policy) => ({ priority: policy.priority, line: lineOf(policy) }))
    .sort((a, b) => a.priority - b.priority || (a.line < b.line ? -1 : 1))
    .map(({ line }) => line);
}
