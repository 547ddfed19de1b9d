/** Identification types (RFC 2407 4.6.2.1). */
import { numbersOf, type RegistryEntry } from './registry.js';

export const identificationTypes = [
  { number: 1, name: 'ID_IPV4_ADDR', reference: 'RFC 2407 4.6.2.2' },
  { number: 2, name: 'ID_FQDN', reference: 'RFC 2407 4.6.2.3' },
  { number: 3, name: 'ID_USER_FQDN', reference: 'RFC 2407 4.6.2.4' },
  { number: 4, name: 'ID_IPV4_ADDR_SUBNET', reference: 'RFC 2407 4.6.2.5' },
  { number: 5, name: 'ID_IPV6_ADDR', reference: 'RFC 2407 4.6.2.6' },
  { number: 6, name: 'ID_IPV6_ADDR_SUBNET', reference: 'RFC 2407 4.6.2.7' },
  { number: 7, name: 'ID_IPV4_ADDR_RANGE', reference: 'RFC 2407 4.6.2.8' },
  { number: 8, name: 'ID_IPV6_ADDR_RANGE', reference: 'RFC 2407 4.6.2.9' },
  { number: 9, name: 'ID_DER_ASN1_DN', reference: 'RFC 2407 4.6.2.10' },
  { number: 10, name: 'ID_DER_ASN1_GN', reference: 'RFC 2407 4.6.2.11' },
  { number: 11, name: 'ID_KEY_ID', reference: 'RFC 2407 4.6.2.12' },
] as const satisfies readonly RegistryEntry[];

export const identificationType = numbersOf(identificationTypes);
