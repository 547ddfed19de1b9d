/** Security protocols of proposals, notifies and deletes (RFC 2407 4.4.1). */
import { numbersOf, type RegistryEntry } from './registry.js';

export const protocolIds = [
  { number: 1, name: 'ISAKMP', reference: 'RFC 2407 4.4.1.1' },
  { number: 2, name: 'AH', reference: 'RFC 2407 4.4.1.2' },
  { number: 3, name: 'ESP', reference: 'RFC 2407 4.4.1.3' },
  { number: 4, name: 'IPCOMP', reference: 'RFC 2407 4.4.1.4' },
] as const satisfies readonly RegistryEntry[];

export const protocolId = numbersOf(protocolIds);
