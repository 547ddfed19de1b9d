/** ISAKMP payload types (RFC 2408 3.1). A remote number not listed is an unknown payload. */
import { numbersOf, type RegistryEntry } from './registry.js';

export const payloadTypes = [
  { number: 1, name: 'SA', reference: 'RFC 2408 3.4' },
  { number: 2, name: 'P', reference: 'RFC 2408 3.5' },
  { number: 3, name: 'T', reference: 'RFC 2408 3.6' },
  { number: 4, name: 'KE', reference: 'RFC 2408 3.7' },
  { number: 5, name: 'ID', reference: 'RFC 2408 3.8' },
  { number: 6, name: 'CERT', reference: 'RFC 2408 3.9' },
  { number: 7, name: 'CR', reference: 'RFC 2408 3.10' },
  { number: 8, name: 'HASH', reference: 'RFC 2408 3.11' },
  { number: 9, name: 'SIG', reference: 'RFC 2408 3.12' },
  { number: 10, name: 'NONCE', reference: 'RFC 2408 3.13' },
  { number: 11, name: 'N', reference: 'RFC 2408 3.14' },
  { number: 12, name: 'D', reference: 'RFC 2408 3.15' },
  { number: 13, name: 'VID', reference: 'RFC 2408 3.16' },
  { number: 14, name: 'ATTR', reference: 'draft-dukes-ike-mode-cfg-02 3.2' },
  { number: 20, name: 'NAT-D', reference: 'RFC 3947 3.2' },
  { number: 21, name: 'NAT-OA', reference: 'RFC 3947 5.2' },
] as const satisfies readonly RegistryEntry[];

export const payloadType = numbersOf(payloadTypes);
