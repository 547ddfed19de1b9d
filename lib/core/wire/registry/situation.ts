/** Bits of the situation in the IPSEC DOI (RFC 2407 4.2). */
import { numbersOf, type RegistryEntry } from './registry.js';

export const situations = [
  { number: 1, name: 'IDENTITY_ONLY', reference: 'RFC 2407 4.2.1' },
  { number: 2, name: 'SECRECY', reference: 'RFC 2407 4.2.2' },
  { number: 4, name: 'INTEGRITY', reference: 'RFC 2407 4.2.3' },
] as const satisfies readonly RegistryEntry[];

export const situation = numbersOf(situations);
