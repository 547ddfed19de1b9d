/** Certificate encodings (RFC 2408 3.9). */
import { numbersOf, type RegistryEntry } from './registry.js';

export const certEncodings = [
  { number: 0, name: 'none', reference: 'RFC 2408 3.9' },
  { number: 1, name: 'pkcs7', reference: 'RFC 2408 3.9' },
  { number: 2, name: 'pgp', reference: 'RFC 2408 3.9' },
  { number: 3, name: 'dns-signed-key', reference: 'RFC 2408 3.9' },
  { number: 4, name: 'x509-signature', reference: 'RFC 2408 3.9' },
  { number: 5, name: 'x509-key-exchange', reference: 'RFC 2408 3.9' },
  { number: 6, name: 'kerberos', reference: 'RFC 2408 3.9' },
  { number: 7, name: 'crl', reference: 'RFC 2408 3.9' },
  { number: 8, name: 'arl', reference: 'RFC 2408 3.9' },
  { number: 9, name: 'spki', reference: 'RFC 2408 3.9' },
  { number: 10, name: 'x509-attribute', reference: 'RFC 2408 3.9' },
] as const satisfies readonly RegistryEntry[];

export const certEncoding = numbersOf(certEncodings);
