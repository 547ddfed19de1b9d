/** Units of a life duration, the same in phase 1 and phase 2. */
import { numbersOf, type RegistryEntry } from './registry.js';

export const lifeTypes = [
  { number: 1, name: 'seconds', reference: 'RFC 2407 4.5, RFC 2409 appendix A' },
  { number: 2, name: 'kilobytes', reference: 'RFC 2407 4.5, RFC 2409 appendix A' },
] as const satisfies readonly RegistryEntry[];

export const lifeType = numbersOf(lifeTypes);
