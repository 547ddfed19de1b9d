/** One SA in the memory data plane: its life in virtual time and its counters (spec R-67..R-69, E-31). */
import { after, type Instant } from '../../base/instant.js';
import type { InstalledSa, IpsecSa, SaCounters } from '../types.js';
import { ReplayWindow } from './replay-window.js';

/** How long an SPI stays reserved and an acquire pending: `xfrm_acq_expires` of Linux (spec E-11). */
export const larvalMilliseconds = 30_000;

export type Expiry = 'soft' | 'hard';

export class SaEntry {
  readonly sa: IpsecSa;
  readonly #addedAt: Instant;
  readonly #window: ReplayWindow;
  readonly #larval: boolean;
  #dying = false;
  #sequenceNumber = 0;
  #counters: SaCounters;

  /** `addTime`: `addedAt` in seconds since the epoch. */
  constructor(sa: IpsecSa, larval: boolean, addedAt: Instant, addTime: number) {
    this.sa = sa;
    this.#larval = larval;
    this.#addedAt = addedAt;
    this.#window = new ReplayWindow(sa.replayWindow);
    this.#counters = {
      bytes: 0,
      packets: 0,
      addTime,
      useTime: 0,
      replayErrors: 0,
      integrityErrors: 0,
    };
  }

  get state(): 'larval' | 'mature' | 'dying' {
    if (this.#larval) return 'larval';
    return this.#dying ? 'dying' : 'mature';
  }

  get addedAt(): Instant {
    return this.#addedAt;
  }

  installed(): InstalledSa {
    return { ...this.sa, state: this.state, counters: this.#counters };
  }

  /** The next expiry that time alone brings, if any. */
  nextExpiry(): { readonly expiry: Expiry; readonly at: Instant } | undefined {
    if (this.#larval) return { expiry: 'hard', at: after(this.#addedAt, larvalMilliseconds) };
    const { softSeconds, hardSeconds } = this.sa.lifetime;
    const hasSoft = softSeconds > 0 && !this.#dying;
    if (hasSoft && (hardSeconds === 0 || softSeconds < hardSeconds)) {
      return { expiry: 'soft', at: after(this.#addedAt, softSeconds * 1000) };
    }
    if (hardSeconds === 0) return undefined;
    return { expiry: 'hard', at: after(this.#addedAt, hardSeconds * 1000) };
  }

  /** The limit in bytes that has been reached, judged before a packet is counted as Linux does. */
  byteExpiry(): Expiry | undefined {
    const { softBytes, hardBytes } = this.sa.lifetime;
    if (hardBytes > 0 && this.#counters.bytes >= hardBytes) return 'hard';
    if (softBytes > 0 && !this.#dying && this.#counters.bytes >= softBytes) return 'soft';
    return undefined;
  }

  markDying(): void {
    this.#dying = true;
  }

  count(bytes: number, useTime: number): void {
    this.#counters = {
      ...this.#counters,
      bytes: this.#counters.bytes + bytes,
      packets: this.#counters.packets + 1,
      useTime: this.#counters.useTime === 0 ? useTime : this.#counters.useTime,
    };
  }

  nextSequenceNumber(): number {
    this.#sequenceNumber += 1;
    return this.#sequenceNumber;
  }

  /** False and counted when the number was there before or is too old. */
  acceptsSequenceNumber(sequenceNumber: number): boolean {
    const accepted = this.#window.accept(sequenceNumber);
    if (!accepted) this.#add('replayErrors');
    return accepted;
  }

  countIntegrityError(): void {
    this.#add('integrityErrors');
  }

  #add(counter: 'replayErrors' | 'integrityErrors'): void {
    this.#counters = { ...this.#counters, [counter]: this.#counters[counter] + 1 };
  }
}
