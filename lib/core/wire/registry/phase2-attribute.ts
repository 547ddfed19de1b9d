/** Attribute classes of IPsec SAs (RFC 2407 4.5). */
import { numbersOf, type RegistryEntry } from './registry.js';

export const phase2Attributes = [
  { number: 1, name: 'sa-life-type', reference: 'RFC 2407 4.5' },
  { number: 2, name: 'sa-life-duration', reference: 'RFC 2407 4.5' },
  { number: 3, name: 'group-description', reference: 'RFC 2407 4.5' },
  { number: 4, name: 'encapsulation-mode', reference: 'RFC 2407 4.5' },
  { number: 5, name: 'authentication-algorithm', reference: 'RFC 2407 4.5' },
  { number: 6, name: 'key-length', reference: 'RFC 2407 4.5' },
  { number: 7, name: 'key-rounds', reference: 'RFC 2407 4.5' },
  { number: 8, name: 'compress-dictionary-size', reference: 'RFC 2407 4.5' },
  { number: 9, name: 'compress-private-algorithm', reference: 'RFC 2407 4.5' },
  { number: 10, name: 'ecn-tunnel', reference: 'RFC 3168 9.2.1' },
  { number: 11, name: 'extended-sequence-number', reference: 'RFC 4304' },
] as const satisfies readonly RegistryEntry[];

export const phase2Attribute = numbersOf(phase2Attributes);
