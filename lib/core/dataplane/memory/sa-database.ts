/** The memory data plane's SAD: what is in it, which SA serves a template, what expires when. */
import type { Instant } from '../../base/instant.js';
import { isPreferred } from '../sa-preference.js';
import type { IpsecSa, IpsecSaId, PolicyTemplate } from '../types.js';
import type { SaEntry } from './sa-entry.js';

export class SaDatabase {
  // As in Linux the key is what a packet shows (RFC 4301 4.4.2.1), not the source.
  readonly #entries = new Map<string, SaEntry>();
  /** Pending acquires have no SPI yet, so the key above does not tell them apart. */
  readonly #acquires = new Map<string, SaEntry>();

  get(id: Pick<IpsecSaId, 'protocol' | 'spi' | 'destination'>): SaEntry | undefined {
    return this.#entries.get(keyOf(id));
  }

  /** Reserved SPIs and installed SAs in the order they came, then pending acquires. */
  all(): readonly SaEntry[] {
    return [...this.#entries.values(), ...this.#acquires.values()];
  }

  /** Adds an SA or a reserved SPI, in place of a reservation with the same key if there is one. */
  add(entry: SaEntry): void {
    this.#entries.delete(keyOf(entry.sa));
    this.#entries.set(keyOf(entry.sa), entry);
    if (entry.state !== 'larval') this.#acquires.delete(templateKeyOf(entry.sa));
  }

  addAcquire(entry: SaEntry): void {
    this.#acquires.set(templateKeyOf(entry.sa), entry);
  }

  hasAcquire(template: PolicyTemplate): boolean {
    return this.#acquires.has(templateKeyOf(template));
  }

  remove(entry: SaEntry): void {
    if (this.#entries.get(keyOf(entry.sa)) === entry) this.#entries.delete(keyOf(entry.sa));
    const key = templateKeyOf(entry.sa);
    if (this.#acquires.get(key) === entry) this.#acquires.delete(key);
  }

  /** The outbound SA for a template: a mature one before a dying one, then the newest (spec R-68). */
  outbound(template: PolicyTemplate): SaEntry | undefined {
    const key = templateKeyOf(template);
    let best: SaEntry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.state === 'larval' || entry.sa.direction !== 'out') continue;
      if (templateKeyOf(entry.sa) === key && (!best || isPreferred(entry, best))) best = entry;
    }
    return best;
  }

  /** The entry whose time runs out first; among equals the oldest. */
  nextExpiry(): { readonly entry: SaEntry; readonly at: Instant } | undefined {
    let first: { entry: SaEntry; at: Instant } | undefined;
    for (const entry of this.all()) {
      const at = entry.nextExpiry()?.at;
      if (at !== undefined && (first === undefined || at < first.at)) first = { entry, at };
    }
    return first;
  }
}

function keyOf({ protocol, spi, destination }: Pick<IpsecSa, 'protocol' | 'spi' | 'destination'>) {
  return `${protocol} ${spi} ${destination}`;
}

/** What Linux compares of template and SA (`xfrm_state_find`); spec E-05. */
function templateKeyOf(part: Omit<PolicyTemplate, 'optional'>): string {
  return `${part.protocol} ${part.mode} ${part.source} ${part.destination} ${part.reqid}`;
}
