/** Authentication methods of phase 1 (RFC 2409 appendix A). */
import { numbersOf, type RegistryEntry } from './registry.js';

export const authenticationMethods = [
  { number: 1, name: 'pre-shared-key', reference: 'RFC 2409 appendix A' },
  { number: 2, name: 'dss-signatures', reference: 'RFC 2409 appendix A' },
  { number: 3, name: 'rsa-signatures', reference: 'RFC 2409 appendix A' },
  { number: 4, name: 'rsa-encryption', reference: 'RFC 2409 appendix A' },
  { number: 5, name: 'revised-rsa-encryption', reference: 'RFC 2409 appendix A' },
] as const satisfies readonly RegistryEntry[];

export const authenticationMethod = numbersOf(authenticationMethods);
