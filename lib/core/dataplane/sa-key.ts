/** One text for each SA, equal exactly for equal ids: for maps and sets. */
import type { IpsecSaId } from './types.js';

export function saKey({ protocol, spi, source, destination }: IpsecSaId): string {
  return `${protocol} ${spi} ${source} ${destination}`;
}
