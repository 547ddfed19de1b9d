/**
 * Says which peers give a hash of their secret to whoever wants one, and which secrets are easily guessed, when
 * such a row comes or changes. Weak algorithms are told of when a phase is established with them.
 */
import { memoize } from '../core/base/memoize.js';
import type { Config } from '../core/config/config.js';
import type { AnyItem } from '../core/config/menu.js';
import { type PeerItem, peerMenu } from '../core/config/menus/peer.js';
import { secretWeakness } from '../core/config/secret-strength.js';

export interface WeakRow {
  readonly property: 'exchange-mode' | 'secret';
  /** The row, and why it is weak; of a secret nothing more. */
  readonly message: string;
}

interface Told {
  readonly why: string;
  /** As the table has it; compared, and never shown. */
  readonly value: unknown;
}

/** Rows told one by one after one change; what an import of thousands brings beyond that is counted. */
const toldMax = 8;

export class WeakRows {
  /** What was said of each row, and of which value, by id. */
  #told = new Map<number, Told>();

  /** The enabled rows that were not weak, or had another value, the last time, and how many there are besides. */
  newly({ tables }: Config): { readonly rows: readonly WeakRow[]; readonly more: number } {
    const before = this.#told;
    this.#told = new Map();
    const rows = [
      ...this.#newlyOf('peer', 'exchange-mode', tables.peer, modeWeakness, before),
      ...this.#newlyOf('pre-shared-secret', 'secret', tables['pre-shared-secret'], judged, before),
    ];
    return { rows: rows.slice(0, toldMax), more: Math.max(0, rows.length - toldMax) };
  }

  #newlyOf<I extends AnyItem>(
    menu: string,
    property: WeakRow['property'],
    items: readonly I[],
    judge: (item: I) => string | undefined,
    before: ReadonlyMap<number, Told>,
  ): WeakRow[] {
    return items.flatMap((item, number): WeakRow[] => {
      const why = item.disabled ? undefined : judge(item);
      if (why === undefined) return [];
      const value = item[property];
      const told = before.get(item.id);
      this.#told.set(item.id, { why, value });
      if (told?.why === why && told.value === value) return [];
      return [{ property, message: `/ip ipsec ${menu} ${number}: ${property} is weak: ${why}` }];
    });
  }
}

function modeWeakness(peer: PeerItem): string | undefined {
  const mode = peer['exchange-mode'];
  const why = peerMenu.properties['exchange-mode'].type.weakWords?.[mode];
  return why && `with ${mode} mode ${why}`;
}

/** Rows are values, and thousands of them are looked at after each change. */
const judged = memoize(secretWeakness);
