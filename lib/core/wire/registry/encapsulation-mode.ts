/** Values of the encapsulation mode attribute (RFC 2407 4.5, RFC 3947 5.1). */
import { numbersOf, type RegistryEntry } from './registry.js';

export const encapsulationModes = [
  { number: 1, name: 'tunnel', reference: 'RFC 2407 4.5' },
  { number: 2, name: 'transport', reference: 'RFC 2407 4.5' },
  { number: 3, name: 'udp-tunnel', reference: 'RFC 3947 5.1' },
  { number: 4, name: 'udp-transport', reference: 'RFC 3947 5.1' },
] as const satisfies readonly RegistryEntry[];

export const encapsulationMode = numbersOf(encapsulationModes);
