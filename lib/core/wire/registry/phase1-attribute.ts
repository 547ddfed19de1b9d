/** Attribute classes of the ISAKMP SA (RFC 2409 appendix A). */
import { numbersOf, type RegistryEntry } from './registry.js';

export const phase1Attributes = [
  { number: 1, name: 'encryption-algorithm', reference: 'RFC 2409 appendix A' },
  { number: 2, name: 'hash-algorithm', reference: 'RFC 2409 appendix A' },
  { number: 3, name: 'authentication-method', reference: 'RFC 2409 appendix A' },
  { number: 4, name: 'group-description', reference: 'RFC 2409 appendix A' },
  { number: 5, name: 'group-type', reference: 'RFC 2409 appendix A' },
  { number: 6, name: 'group-prime', reference: 'RFC 2409 appendix A' },
  { number: 7, name: 'group-generator-one', reference: 'RFC 2409 appendix A' },
  { number: 8, name: 'group-generator-two', reference: 'RFC 2409 appendix A' },
  { number: 9, name: 'group-curve-a', reference: 'RFC 2409 appendix A' },
  { number: 10, name: 'group-curve-b', reference: 'RFC 2409 appendix A' },
  { number: 11, name: 'life-type', reference: 'RFC 2409 appendix A' },
  { number: 12, name: 'life-duration', reference: 'RFC 2409 appendix A' },
  { number: 13, name: 'prf', reference: 'RFC 2409 appendix A' },
  { number: 14, name: 'key-length', reference: 'RFC 2409 appendix A' },
  { number: 15, name: 'field-size', reference: 'RFC 2409 appendix A' },
  { number: 16, name: 'group-order', reference: 'RFC 2409 appendix A' },
] as const satisfies readonly RegistryEntry[];

export const phase1Attribute = numbersOf(phase1Attributes);
