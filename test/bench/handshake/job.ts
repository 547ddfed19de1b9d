/** What is measured, and what the initiator process is told and tells. */
import type { DhGroupName } from '../../../lib/core/crypto/algorithms.js';

export interface Suite {
  readonly group: 'modp1024' | 'modp2048';
  readonly pfs: boolean;
}

/** The addresses of responder and initiators; each initiator has one of its own. */
export const responderAddress = '1.0.0.2';
export const initiatorNetwork = '10.0.0.0/8';

export function initiatorAddress(number: number): string {
  return `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`;
}

/** Everybody's secret: what is measured does not depend on it. */
export const secret = 'a secret for measurements';

/** Phase 1 and 2 use the same ciphers at all responders. */
export const ciphers = { encryption: 'aes-128', hash: 'sha', integrity: 'sha1' } as const;
export const lifetimeSeconds = 86_400;

export function pfsGroupOf({ group, pfs }: Suite): DhGroupName | undefined {
  return pfs ? group : undefined;
}

/** One line on the initiator's standard input: make the tunnels of these initiators. */
export interface Order {
  readonly first: number;
  /** Not included. */
  readonly end: number;
  /** Negotiations under way at once. */
  readonly window: number;
}

/** One line on its standard output for each order. */
export interface Report {
  readonly established: number;
  /** Words of the first failure; undefined when all are established. */
  readonly failure?: string;
  readonly seconds: number;
  /** From the wish to the SAs in place, milliseconds. */
  readonly latencyMs: { readonly median: number; readonly p99: number };
}
