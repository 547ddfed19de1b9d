/** Domains of interpretation (RFC 2408 appendix A, RFC 2407 4.1). */
import { numbersOf, type RegistryEntry } from './registry.js';

export const dois = [
  { number: 0, name: 'ISAKMP', reference: 'RFC 2408 3.4' },
  { number: 1, name: 'IPSEC', reference: 'RFC 2407 4.1' },
] as const satisfies readonly RegistryEntry[];

export const doi = numbersOf(dois);
