/** Which of many rows with a network an address belongs to: the longest mask wins. */
import type { Address, Prefix } from './address.js';
import { addressToNumber, netmask } from './address.js';

interface RowsOfLength<R> {
  readonly mask: number;
  /** By network. */
  readonly rows: ReadonlyMap<number, R>;
}

/** Packets from strangers ask, and tables may be long: a question costs no more than there are lengths. */
export class LongestPrefix<R> {
  readonly #lengths: readonly RowsOfLength<R>[];

  constructor(rows: readonly R[], prefixOf: (row: R) => Prefix) {
    const lengths = new Map<number, Map<number, R>>();
    for (const row of rows) {
      const { address, length } = prefixOf(row);
      const networks = lengths.get(length) ?? new Map<number, R>();
      lengths.set(length, networks);
      const network = addressToNumber(address);
      if (!networks.has(network)) networks.set(network, row);
    }
    this.#lengths = [...lengths]
      .sort(([a], [b]) => b - a)
      .map(([length, networks]) => ({ mask: netmask(length), rows: networks }));
  }

  /** The first of equal rows. */
  find(address: Address): R | undefined {
    const number = addressToNumber(address);
    for (const { mask, rows } of this.#lengths) {
      const row = rows.get((number & mask) >>> 0);
      if (row !== undefined) return row;
    }
    return undefined;
  }
}
