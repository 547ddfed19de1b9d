/** Exchange types (RFC 2408 3.1, RFC 2409 appendix A, RFC 7296 3.1). */
import { numbersOf, type RegistryEntry } from './registry.js';

export const exchangeTypes = [
  { number: 1, name: 'base', reference: 'RFC 2408 4.4' },
  { number: 2, name: 'main', reference: 'RFC 2408 4.5, RFC 2409 5' },
  { number: 3, name: 'authentication-only', reference: 'RFC 2408 4.6' },
  { number: 4, name: 'aggressive', reference: 'RFC 2408 4.7, RFC 2409 5' },
  { number: 5, name: 'informational', reference: 'RFC 2408 4.8, RFC 2409 5.7' },
  { number: 6, name: 'transaction', reference: 'draft-dukes-ike-mode-cfg-02 3.1' },
  { number: 32, name: 'quick', reference: 'RFC 2409 5.5' },
  { number: 33, name: 'new-group', reference: 'RFC 2409 5.6' },
  { number: 34, name: 'IKE_SA_INIT', reference: 'RFC 7296 1.2' },
  { number: 35, name: 'IKE_AUTH', reference: 'RFC 7296 1.2' },
  { number: 36, name: 'CREATE_CHILD_SA', reference: 'RFC 7296 1.3' },
  { number: 37, name: 'INFORMATIONAL', reference: 'RFC 7296 1.4' },
] as const satisfies readonly RegistryEntry[];

export const exchangeType = numbersOf(exchangeTypes);
