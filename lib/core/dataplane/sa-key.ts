/** SA ids as values: cut out of a whole SA, and as one text for maps and sets. */
import type { IpsecSaId } from './types.js';

/** The id alone, without the keys and limits of the SA it names. */
export function saIdOf({ protocol, spi, source, destination }: IpsecSaId): IpsecSaId {
  return { protocol, spi, source, destination };
}

/** Equal exactly for equal ids. */
export function saKey({ protocol, spi, source, destination }: IpsecSaId): string {
  return `${protocol} ${spi} ${source} ${destination}`;
}
