/** Finds the IKE SA a datagram belongs to; every map says who controls its key. */
import type { Address } from '../base/address.js';
import type { Instant } from '../base/instant.js';
import type { IkeSa } from './ike-sa.js';

export class IkeSaTable {
  readonly #all = new Set<IkeSa>();
  /** Both cookies: ours is unguessable, so a stranger cannot aim at an SA. */
  readonly #byCookies = new Map<string, IkeSa>();
  /**
   * The initiator's cookie and address, which a stranger chooses freely: serves only to recognise a
   * repeated first message, and our own SAs before the responder has answered.
   */
  readonly #byInitiator = new Map<string, IkeSa>();
  readonly #byRemote = new Map<Address, Set<IkeSa>>();
  /** Unfinished exchanges we answer, the oldest first. */
  readonly #halfOpen = new Set<IkeSa>();

  get size(): number {
    return this.#all.size;
  }

  /** Unfinished exchanges we answer, the oldest first. */
  get halfOpen(): ReadonlySet<IkeSa> {
    return this.#halfOpen;
  }

  all(): IterableIterator<IkeSa> {
    return this.#all.values();
  }

  ofRemote(remote: Address): readonly IkeSa[] {
    return [...(this.#byRemote.get(remote) ?? [])];
  }

  hasRemote(remote: Address): boolean {
    return this.#byRemote.has(remote);
  }

  /** The newest established SA between the two addresses. */
  newestEstablished(local: Address, remote: Address): IkeSa | undefined {
    return this.ofRemote(remote)
      .filter((ikeSa) => ikeSa.established && ikeSa.local.address === local)
      .at(-1);
  }

  /** The newest for what begins now. */
  newestUsable(local: Address, remote: Address, now: Instant): IkeSa | undefined {
    const ikeSa = this.newestEstablished(local, remote);
    return ikeSa?.isRetiring(now) === true ? undefined : ikeSa;
  }

  /** The one of ours that is being negotiated as initiator. */
  initiating(local: Address, remote: Address): IkeSa | undefined {
    return this.ofRemote(remote).find(
      (ikeSa) => ikeSa.negotiating && ikeSa.role === 'initiator' && ikeSa.local.address === local,
    );
  }

  findByCookies(initiatorCookie: Uint8Array, responderCookie: Uint8Array): IkeSa | undefined {
    return this.#byCookies.get(cookiesKey(initiatorCookie, responderCookie));
  }

  findByInitiator(initiatorCookie: Uint8Array, remote: Address): IkeSa | undefined {
    return this.#byInitiator.get(initiatorKey(initiatorCookie, remote));
  }

  add(ikeSa: IkeSa): void {
    this.#all.add(ikeSa);
    this.#byCookies.set(cookiesOf(ikeSa), ikeSa);
    this.#byInitiator.set(initiatorKey(ikeSa.context.initiatorCookie, ikeSa.remote.address), ikeSa);
    const ofRemote = this.#byRemote.get(ikeSa.remote.address);
    if (ofRemote === undefined) this.#byRemote.set(ikeSa.remote.address, new Set([ikeSa]));
    else ofRemote.add(ikeSa);
    if (ikeSa.role === 'responder') this.#halfOpen.add(ikeSa);
  }

  /** The responder has answered our first message: from now on its cookie counts too. */
  reroute(ikeSa: IkeSa): void {
    this.#byCookies.delete(cookiesKey(ikeSa.context.initiatorCookie, noCookie));
    this.#byCookies.set(cookiesOf(ikeSa), ikeSa);
  }

  /** A half-open SA became an established one. */
  settle(ikeSa: IkeSa): void {
    this.#halfOpen.delete(ikeSa);
  }

  remove(ikeSa: IkeSa): void {
    if (!this.#all.delete(ikeSa)) return;
    const cookies = cookiesOf(ikeSa);
    if (this.#byCookies.get(cookies) === ikeSa) this.#byCookies.delete(cookies);
    const key = initiatorKey(ikeSa.context.initiatorCookie, ikeSa.remote.address);
    if (this.#byInitiator.get(key) === ikeSa) this.#byInitiator.delete(key);
    const ofRemote = this.#byRemote.get(ikeSa.remote.address);
    ofRemote?.delete(ikeSa);
    if (ofRemote?.size === 0) this.#byRemote.delete(ikeSa.remote.address);
    this.#halfOpen.delete(ikeSa);
  }
}

const noCookie = new Uint8Array(8);

function initiatorKey(initiatorCookie: Uint8Array, remote: Address): string {
  return `${cookieKey(initiatorCookie)}${remote}`;
}

function cookiesOf({ context }: IkeSa): string {
  return cookiesKey(context.initiatorCookie, context.responderCookie);
}

function cookiesKey(initiatorCookie: Uint8Array, responderCookie: Uint8Array): string {
  return cookieKey(initiatorCookie) + cookieKey(responderCookie);
}

/** Eight bytes in four characters: a key is made for every datagram, and nobody reads it. */
function cookieKey(cookie: Uint8Array): string {
  const half = (at: number) => ((cookie[at] ?? 0) << 8) | (cookie[at + 1] ?? 0);
  return String.fromCharCode(half(0), half(2), half(4), half(6));
}
