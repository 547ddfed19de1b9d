/** What a policy matches, in one direction (RFC 4301 4.4.1.1; spec R-03). */
import type { Prefix } from './address.js';
import { formatPrefix } from './address.js';
import { memoize } from './memoize.js';

/** Inclusive range; a single port has first = last. */
export type Ports = 'any' | { readonly first: number; readonly last: number };

export interface TrafficSelector {
  readonly source: Prefix;
  readonly destination: Prefix;
  /** IP protocol number, 0 = all. */
  readonly protocol: number;
  readonly sourcePorts: Ports;
  readonly destinationPorts: Ports;
}

/** The same selector seen from the other side. */
export const reverseSelector = memoize(
  (selector: TrafficSelector): TrafficSelector => ({
    source: selector.destination,
    destination: selector.source,
    protocol: selector.protocol,
    sourcePorts: selector.destinationPorts,
    destinationPorts: selector.sourcePorts,
  }),
);

export function formatPorts(ports: Ports): string {
  if (ports === 'any') return 'any';
  return ports.first === ports.last ? `${ports.first}` : `${ports.first}-${ports.last}`;
}

/** One line that is equal exactly for equal selectors: serves as key and in messages. */
export const formatSelector = memoize((selector: TrafficSelector): string => {
  const source = `${formatPrefix(selector.source)}:${formatPorts(selector.sourcePorts)}`;
  const destination = `${formatPrefix(selector.destination)}:${formatPorts(selector.destinationPorts)}`;
  return `${source} -> ${destination} protocol ${selector.protocol === 0 ? 'all' : selector.protocol}`;
});
