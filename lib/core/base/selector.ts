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

/** A selector seen from the other side, which is not asked for again. */
export function reversed(selector: TrafficSelector): TrafficSelector {
  return {
    source: selector.destination,
    destination: selector.source,
    protocol: selector.protocol,
    sourcePorts: selector.destinationPorts,
    destinationPorts: selector.sourcePorts,
  };
}

/** The same selector seen from the other side; for one that stays, such as a policy's. */
export const reverseSelector = memoize(reversed);

export function formatPorts(ports: Ports): string {
  if (ports === 'any') return 'any';
  return ports.first === ports.last ? `${ports.first}` : `${ports.first}-${ports.last}`;
}

/** One line that is equal exactly for equal selectors: serves as key and in messages. */
export function selectorText(selector: TrafficSelector): string {
  const source = `${formatPrefix(selector.source)}:${formatPorts(selector.sourcePorts)}`;
  const destination = `${formatPrefix(selector.destination)}:${formatPorts(selector.destinationPorts)}`;
  return `${source} -> ${destination} protocol ${selector.protocol === 0 ? 'all' : selector.protocol}`;
}

/** The same for a selector that stays, such as a policy's. */
export const formatSelector = memoize(selectorText);
