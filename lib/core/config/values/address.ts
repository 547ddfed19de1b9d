/** Addresses, selectors and peer addresses as the tables write them (spec A.0 `ip`, `selector`, `peeraddr`). */
import type { Address } from '../../base/address.js';
import {
  addressToNumber,
  formatPrefix,
  netmask,
  parseAddress,
  prefixOf,
} from '../../base/address.js';
import type { Result } from '../../base/result.js';
import { ok } from '../../base/result.js';
import type { Ports } from '../../base/selector.js';
import { formatPorts } from '../../base/selector.js';
import type { PropertyType, ValueError } from '../property.js';
import { invalidValue, outOfRange } from '../value-error.js';

/** One end of a policy's selector: `address/length:ports`, host bits clear. */
export interface SelectorValue {
  readonly address: Address;
  /** 0..32 */
  readonly length: number;
  readonly ports: Ports;
}

/** A peer, or a network of peers: `address[/length]:port`, host bits clear. */
export interface PeerAddressValue {
  readonly address: Address;
  /** 0..32 */
  readonly length: number;
  /** UDP port, 1..65535. */
  readonly port: number;
}

/** The address that means none was given. */
export const unsetAddress: Address = '0.0.0.0';
export const unsetSelector: SelectorValue = { address: unsetAddress, length: 32, ports: 'any' };

/** Whether the side of a selector was never given. */
export function isUnset({ address, length }: SelectorValue): boolean {
  return address === unsetAddress && length === 32;
}

/** Where a peer listens when nobody says otherwise (A.0). */
export const isakmpPort = 500;
const portLast = 65_535;

/** A prefix length, or a netmask whose ones are contiguous. */
function parseMask(text: string): Result<number, ValueError> {
  if (/^\d{1,9}$/.test(text)) {
    const length = Number(text);
    return length <= 32 ? ok(length) : outOfRange(0, 32);
  }
  const mask = parseAddress(text);
  if (mask === undefined || text.split('.').length !== 4) return invalidValue;
  const value = addressToNumber(mask);
  for (let length = 0; length <= 32; length += 1) if (netmask(length) === value) return ok(length);
  return invalidValue;
}

function parsePort(text: string, first: number): Result<number, ValueError> {
  if (!/^\d{1,9}$/.test(text)) return invalidValue;
  const port = Number(text);
  return port >= first && port <= portLast ? ok(port) : outOfRange(first, portLast);
}

/** `any`, `N` or `N-M`; port 0 means any (A.0). */
function parsePorts(text: string): Result<Ports, ValueError> {
  if (text === 'any') return ok('any');
  const [firstText = '', lastText, ...rest] = text.split('-');
  if (rest.length > 0) return invalidValue;
  const first = parsePort(firstText, 0);
  if (!first.ok) return first;
  if (lastText === undefined) {
    return ok(first.value === 0 ? 'any' : { first: first.value, last: first.value });
  }
  const last = parsePort(lastText, 0);
  if (!last.ok) return last;
  if (first.value > last.value) return invalidValue;
  // Every port there is, written as a range, and the range of port 0 alone are `any` as well.
  if (last.value === 0 || (first.value === 0 && last.value === portLast)) return ok('any');
  return ok({ first: first.value, last: last.value });
}

interface Split {
  readonly address: Address;
  readonly mask: string | undefined;
  readonly tail: string | undefined;
}

/** `ip[/mask][:tail]` in its parts. */
function split(text: string): Split | undefined {
  const parts = /^([^/:]*)(?:\/([^/:]*))?(?::([^/:]*))?$/.exec(text);
  const address = parts === null ? undefined : parseAddress(parts[1] ?? '');
  return address === undefined ? undefined : { address, mask: parts?.[2], tail: parts?.[3] };
}

export const ip: PropertyType<Address> = {
  grammar: 'A.B.C.D',
  columnWidth: 15,
  parse: (text) => {
    const address = parseAddress(text);
    return address === undefined ? invalidValue : ok(address);
  },
  format: (value) => value,
  order: addressToNumber,
};

export const selector: PropertyType<SelectorValue> = {
  grammar: 'A.B.C.D[/mask][:ports]',
  parse: (text) => {
    const parts = split(text);
    if (parts === undefined) return invalidValue;
    const length = parseMask(parts.mask ?? '32');
    if (!length.ok) return length;
    const ports = parsePorts(parts.tail ?? 'any');
    if (!ports.ok) return ports;
    return ok({ ...prefixOf(parts.address, length.value), ports: ports.value });
  },
  format: (value) => `${formatPrefix(value)}:${formatPorts(value.ports)}`,
  order: ({ address }) => addressToNumber(address),
};

export const peerAddress: PropertyType<PeerAddressValue> = {
  grammar: 'A.B.C.D[/mask][:port]',
  parse: (text) => {
    const parts = split(text);
    if (parts === undefined) return invalidValue;
    const length = parseMask(parts.mask ?? '32');
    if (!length.ok) return length;
    const port = parsePort(parts.tail ?? `${isakmpPort}`, 1);
    if (!port.ok) return port;
    return ok({ ...prefixOf(parts.address, length.value), port: port.value });
  },
  format: ({ address, length, port }) =>
    length === 32 ? `${address}:${port}` : `${address}/${length}:${port}`,
  order: ({ address }) => addressToNumber(address),
};
