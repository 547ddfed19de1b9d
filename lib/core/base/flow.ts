/** What selectors look at in a packet (RFC 4301 4.4.1.1; spec R-03). */
import { type Address, contains } from './address.js';
import type { Ports, TrafficSelector } from './selector.js';

export interface Flow {
  readonly source: Address;
  readonly destination: Address;
  /** IP protocol number. */
  readonly protocol: number;
  /** Of UDP, TCP and the like. */
  readonly ports?: { readonly source: number; readonly destination: number };
}

/** Whether a packet that is in clear, or was, falls under a selector. */
export function selects(selector: TrafficSelector, flow: Flow): boolean {
  return (
    contains(selector.source, flow.source) &&
    contains(selector.destination, flow.destination) &&
    (selector.protocol === 0 || selector.protocol === flow.protocol) &&
    holds(selector.sourcePorts, flow.ports?.source) &&
    holds(selector.destinationPorts, flow.ports?.destination)
  );
}

export function holds(ports: Ports, port: number | undefined): boolean {
  if (ports === 'any') return true;
  return port !== undefined && port >= ports.first && port <= ports.last;
}

/** The packet that answers: addresses and ports exchanged. */
export function answerTo({ source, destination, protocol, ports }: Flow): Flow {
  return {
    source: destination,
    destination: source,
    protocol,
    ...(ports && { ports: { source: ports.destination, destination: ports.source } }),
  };
}
