/** IPv4 addresses and prefixes as canonical text, checked once at the door (spec A.0 `ip`). */
import { assert } from './assert.js';

/** A dotted quad in canonical form, such as `10.0.0.1`. */
export type Address = string;

export interface Prefix {
  /** Network address: host bits are clear. */
  readonly address: Address;
  /** 0..32 */
  readonly length: number;
}

export interface Endpoint {
  readonly address: Address;
  /** UDP port, 0..65535. */
  readonly port: number;
}

const decimalParts = /^(0|[1-9]\d*)(\.(0|[1-9]\d*)){0,3}$/;

/**
 * Reads an address as RouterOS does: four decimal parts without leading zeros, or two or three, the
 * last one then filling the rest (`10.1` is 10.0.0.1).
 */
export function parseAddress(text: string): Address | undefined {
  if (!decimalParts.test(text) || !text.includes('.')) return undefined;
  const parts = text.split('.').map(Number);
  const last = parts.pop() ?? 0;
  if (parts.some((part) => part > 255) || last >= 256 ** (4 - parts.length)) return undefined;
  const head = parts.reduce((sum, part, index) => sum + part * 256 ** (3 - index), 0);
  return addressFromNumber(head + last);
}

export function addressToNumber(address: Address): number {
  // Canonical text needs no parser: every policy's addresses pass here at every command.
  let number = 0;
  let part = 0;
  for (let index = 0; index < address.length; index += 1) {
    const digit = address.charCodeAt(index) - 48;
    if (digit >= 0) part = part * 10 + digit;
    else {
      number = number * 256 + part;
      part = 0;
    }
  }
  return number * 256 + part;
}

export function addressFromNumber(value: number): Address {
  return `${(value >>> 24) & 0xff}.${(value >>> 16) & 0xff}.${(value >>> 8) & 0xff}.${value & 0xff}`;
}

/** The four bytes in network order. */
export function addressToBytes(address: Address): Uint8Array {
  const number = addressToNumber(address);
  return Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);
}

export function addressFromBytes(bytes: Uint8Array): Address {
  assert(bytes.length === 4, 'an IPv4 address has four bytes');
  return bytes.join('.');
}

/** The netmask of a prefix length as a number: 24 gives 0xffffff00. */
export function netmask(length: number): number {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** The prefix of that length around an address, host bits cleared. */
export function prefixOf(address: Address, length: number): Prefix {
  return {
    address: addressFromNumber((addressToNumber(address) & netmask(length)) >>> 0),
    length,
  };
}

/** Whether every address of `inner` lies in `outer`. */
export function prefixContains(outer: Prefix, inner: Prefix): boolean {
  return (
    inner.length >= outer.length && prefixOf(inner.address, outer.length).address === outer.address
  );
}

export function contains(prefix: Prefix, address: Address): boolean {
  return prefixContains(prefix, { address, length: 32 });
}

export function formatPrefix({ address, length }: Prefix): string {
  return `${address}/${length}`;
}
