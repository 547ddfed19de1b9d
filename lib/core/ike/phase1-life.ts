/** Beginning, success, failure and end of IKE SAs (R-50 to R-59, R-6C). */
import type { Address } from '../base/address.js';
import { contains } from '../base/address.js';
import { isZero, toHex } from '../base/bytes.js';
import type { Instant } from '../base/instant.js';
import { after } from '../base/instant.js';
import { remember } from '../base/remember.js';
import type { IsakmpHeader } from '../wire/message.js';
import { exchangeType } from '../wire/registry/exchange-type.js';
import type { EngineState } from './engine-state.js';
import type { ExchangeFailure } from './exchange.js';
import { attributesField } from './exchange.js';
import type { IkeConfig, PeerConfig, SecretConfig } from './ike-config.js';
import { IkeSa, type IkeSaOwner } from './ike-sa.js';
import type { Datagram } from './input.js';
import { ikeLimits, ikeTimes } from './limits.js';
import { findPeer, findSecret, peerById } from './lookup.js';
import { RateLimit } from './rate-limit.js';
import { errorNotify, initialContact } from './v1/informational.js';
import { modeOfExchange } from './v1/phase1-modes.js';
import { describePeer } from './v1/phase1-proposal.js';
import { clearMessage } from './v1/protection.js';
import { weakMark, weakOfPhase1 } from './weakness.js';

export interface Phase1Rows {
  readonly peer: PeerConfig;
  readonly secret: SecretConfig | undefined;
}

export interface Phase1Hooks {
  /** INITIAL-CONTACT came inside the peer's message 5 or 6. */
  initialContact(ikeSa: IkeSa, now: Instant): void;
  /** What waited for it may begin. */
  established(ikeSa: IkeSa, now: Instant): void;
  ended(ikeSa: IkeSa, now: Instant): void;
  dropped(datagram: Datagram, reason: string, detail: string): void;
}

export class Phase1Life {
  readonly #state: EngineState;
  readonly #hooks: Phase1Hooks;
  readonly #ikeSaOwner: IkeSaOwner;
  readonly #aggressiveRates = {
    strangers: new RateLimit(ikeLimits.aggressiveAnswersPerSecond.strangers),
    named: new RateLimit(ikeLimits.aggressiveAnswersPerSecond.named),
  };

  constructor(state: EngineState, hooks: Phase1Hooks) {
    this.#state = state;
    this.#hooks = hooks;
    this.#ikeSaOwner = this.#ownerOfIkeSas();
  }

  /** The peer row and the secret for an address, or a warning that names what is missing. */
  rowsFor(remote: Address, what: string): Phase1Rows | undefined {
    const peer = findPeer(this.#state.config, remote);
    const secret = findSecret(this.#state.config, remote);
    // Main mode alone must know the secret before it knows who the peer says it is.
    if (peer !== undefined && (secret !== undefined || peer.exchangeMode !== 'main')) {
      return { peer, secret };
    }
    const message =
      peer === undefined
        ? `${what}: no configuration found for ${remote}: no enabled /ip ipsec peer row has that address, add one with address=${remote}`
        : `${what}: couldn't find the pskey for ${remote}: no enabled /ip ipsec pre-shared-secret row has that address, add one with address=${remote}`;
    this.#state.environment.event({
      name: 'phase1Failed',
      level: 'warn',
      reason: peer === undefined ? 'no-peer' : 'no-secret',
      remote,
      message,
    });
    return undefined;
  }

  /** a responder takes the mode of the row and no other. */
  #isMode(peer: PeerConfig, header: IsakmpHeader, remote: Address): boolean {
    const mode = modeOfExchange(header.exchangeType);
    if (peer.exchangeMode === mode) return true;
    this.#state.environment.event({
      name: 'phase1Failed',
      level: 'warn',
      reason: 'exchange-mode',
      peerId: peer.id,
      remote,
      message: `phase 1 request from ${remote} ignored: the peer wants ${mode} mode, ${peer.label} has exchange-mode=${peer.exchangeMode}: set the same on both routers`,
    });
    return false;
  }

  /** A first message of phase 1 from somebody new. */
  answer(datagram: Datagram, header: IsakmpHeader, now: Instant): void {
    const remote = datagram.remote.address;
    const rows = this.rowsFor(remote, `phase 1 request from ${remote} ignored`);
    if (rows === undefined) return;
    if (!this.#isMode(rows.peer, header, remote)) return;
    if (!this.#makeRoom(remote, now)) {
      this.#hooks.dropped(datagram, 'half-open', 'too many unfinished phase 1 exchanges');
      return;
    }
    if (rows.peer.exchangeMode === 'aggressive' && !this.#mayCompute(rows, now)) {
      this.#hooks.dropped(datagram, 'computations', 'too many first messages of aggressive mode');
      return;
    }
    const ikeSa = new IkeSa(
      this.#ikeSaOwner,
      {
        role: 'responder',
        ...rows,
        findSecret: this.#secretFinder(remote),
        local: datagram.local,
        remote: datagram.remote,
        initiatorCookie: header.initiatorCookie.slice(),
        responderCookie: this.#cookie(),
      },
      now,
    );
    this.#state.ikeSas.add(ikeSa);
    ikeSa.receivePhase1(now, { header, bytes: datagram.bytes });
    if (ikeSa.closed) return;
    if (ikeSa.progress === 0 && !ikeSa.busy) {
      // What was not even a proposal leaves nothing behind.
      ikeSa.close(now, 'it was no proposal');
      return;
    }
    ikeSa.report({
      name: 'phase1Started',
      level: 'debug',
      message: `phase 1 with ${remote} starts, the peer began it (${rows.peer.label})`,
    });
  }

  /**
   * Whether one more unfinished exchange with that address may begin. Where forged first messages have
   * taken its share, or everybody's, the oldest of them goes: the true peer answers within a moment, a
   * forger never (hostile 23).
   */
  #makeRoom(remote: Address, now: Instant): boolean {
    const { ikeSas } = this.#state;
    const ofSource = ikeSas
      .ofRemote(remote)
      .filter((ikeSa) => ikeSa.negotiating && ikeSa.role === 'responder');
    if (ofSource.length >= ikeLimits.halfOpenPerSource) return displaceOldest(ofSource, now);
    if (ikeSas.halfOpen.size >= ikeLimits.halfOpen) return displaceOldest(ikeSas.halfOpen, now);
    return true;
  }

  /** In aggressive mode the first message alone makes us compute: for strangers only so much (hostile 23). */
  #mayCompute({ secret }: Phase1Rows, now: Instant): boolean {
    const who = secret === undefined ? 'strangers' : 'named';
    if (!this.#aggressiveRates[who].admit(now)) return false;
    let computing = 0;
    for (const { busy, peer } of this.#state.ikeSas.halfOpen) {
      if (busy && peer.exchangeMode === 'aggressive') computing += 1;
    }
    return computing < ikeLimits.aggressiveComputations[who];
  }

  initiate(local: Address, remote: Address, rows: Phase1Rows, now: Instant): void {
    const ikeSa = new IkeSa(
      this.#ikeSaOwner,
      {
        role: 'initiator',
        ...rows,
        findSecret: this.#secretFinder(remote),
        local: { address: local, port: this.#state.localPort },
        remote: { address: remote, port: rows.peer.port },
        initiatorCookie: this.#cookie(),
        responderCookie: new Uint8Array(8),
      },
      now,
    );
    this.#state.ikeSas.add(ikeSa);
    ikeSa.report({
      name: 'phase1Started',
      level: 'info',
      message: `phase 1 with ${remote} starts (${rows.peer.label}, ${rows.peer.exchangeMode} mode, ${describePeer(rows.peer)})`,
    });
    ikeSa.start(now);
  }

  #cookie(): Uint8Array {
    for (;;) {
      const cookie = this.#state.environment.crypto.random(8);
      if (!isZero(cookie)) return cookie.slice();
    }
  }

  #secretFinder(remote: Address) {
    return (identity: string | undefined) => findSecret(this.#state.config, remote, identity);
  }

  #ownerOfIkeSas(): IkeSaOwner {
    return {
      environment: this.#state.environment,
      rerouted: (ikeSa) => this.#state.ikeSas.reroute(ikeSa),
      established: (ikeSa, now) => this.#onPhase1Established(ikeSa, now),
      failed: (ikeSa, failure, now) => this.#onPhase1Failed(ikeSa, failure, now),
      closed: (ikeSa, now) => this.#onPhase1Closed(ikeSa, now),
    };
  }

  #onPhase1Established(ikeSa: IkeSa, now: Instant): void {
    this.#state.ikeSas.settle(ikeSa);
    this.#state.expiredPeers.delete(ikeSa.peer.id);
    const { address } = ikeSa.remote;
    const weak = weakMark(weakOfPhase1(ikeSa.peer));
    ikeSa.report({
      name: 'phase1Established',
      level: 'info',
      ...weak.field,
      message: `phase 1 with ${address} established as ${ikeSa.role}, the peer is ${ikeSa.context.remoteIdentity ?? address}${weak.text}`,
    });
    this.#endOldest(ikeSa, now);
    if (ikeSa.context.initialContact === true) this.#hooks.initialContact(ikeSa, now);
    this.#sendInitialContact(ikeSa);
    this.#hooks.established(ikeSa, now);
  }

  /** A peer that begins anew again and again, and never says INITIAL-CONTACT, leaves only so many. */
  #endOldest({ local, remote }: IkeSa, now: Instant): void {
    const established = this.#state.ikeSas
      .ofRemote(remote.address)
      .filter((other) => other.established && other.local.address === local.address);
    for (const old of established.slice(0, -ikeLimits.ikeSasPerPeer)) {
      old.close(now, 'newer ones are in place', true);
    }
  }

  /** Once for each address and run, unless SAs from before are still in use here. */
  #sendInitialContact(ikeSa: IkeSa): void {
    const remote = ikeSa.remote.address;
    const first = !this.#state.contacted.has(remote);
    remember(this.#state.contacted, remote, ikeLimits.rememberedContacts);
    if (!first || !ikeSa.peer.sendInitialContact) return;
    if (this.#state.childrenWith(remote).length > 0) return;
    ikeSa.inform([initialContact(ikeSa.context)]);
  }

  #onPhase1Failed(ikeSa: IkeSa, failure: ExchangeFailure, now: Instant): void {
    ikeSa.report({
      name: 'phase1Failed',
      level: 'warn',
      reason: failure.reason,
      ...attributesField(failure),
      message: `phase 1 with ${ikeSa.remote.address} failed: ${failure.message}`,
    });
    if (failure.notifyType !== undefined) this.#notifyInClear(ikeSa, failure.notifyType);
    const local = ikeSa.local.address;
    const remote = ikeSa.remote.address;
    if (ikeSa.role === 'responder') return;
    for (const { negotiation } of this.#state.negotiations.waitingFor(local, remote)) {
      negotiation.abandon(now, `phase 1 failed: ${failure.message}`);
    }
  }

  /** Tells an initiator that its proposal is refused; the reply is smaller than what it answers. */
  #notifyInClear(ikeSa: IkeSa, type: number): void {
    const { initiatorCookie, responderCookie } = ikeSa.context;
    const frame = {
      initiatorCookie,
      responderCookie,
      exchangeType: exchangeType.informational,
      messageId: 0,
    };
    ikeSa.send(clearMessage(frame, [errorNotify(type)]));
  }

  #onPhase1Closed(ikeSa: IkeSa, now: Instant): void {
    this.#state.ikeSas.remove(ikeSa);
    if (ikeSa.establishedAt === undefined) return;
    this.#hooks.ended(ikeSa, now);
    this.#state.expiredPeers.set(ikeSa.peer.id, ikeSa.remote.address);
    ikeSa.report({
      name: 'phase1Closed',
      level: 'info',
      message: `phase 1 with ${ikeSa.remote.address} ended`,
    });
  }

  /** R-6C: edits leave an established IKE SA alone, disabling or removing its row ends it. */
  review(ikeSa: IkeSa, now: Instant): void {
    const row = peerById(this.#state.config, ikeSa.peer.id);
    if (row === undefined) {
      ikeSa.close(now, `${ikeSa.peer.label} was disabled or removed`, true);
      this.#failWaiting(ikeSa, now);
      return;
    }
    if (ikeSa.established) return;
    const secret =
      row.exchangeMode === 'main'
        ? findSecret(this.#state.config, ikeSa.remote.address)
        : sameSecret(this.#state.config, ikeSa);
    if (sameRows(ikeSa, row, secret) && contains(row.address, ikeSa.remote.address)) return;
    // Half done with rows that no longer hold: begin anew with the ones that do.
    ikeSa.close(now, 'its rows were edited');
    if (ikeSa.role === 'responder') return;
    const isUsable = secret !== undefined || row.exchangeMode !== 'main';
    if (!isUsable || !contains(row.address, ikeSa.remote.address)) {
      this.#failWaiting(ikeSa, now);
      return;
    }
    const { local, remote } = ikeSa;
    this.initiate(local.address, remote.address, { peer: row, secret }, now);
  }

  #failWaiting(ikeSa: IkeSa, now: Instant): void {
    const { local, remote } = ikeSa;
    const waiting = this.#state.negotiations.waitingFor(local.address, remote.address);
    for (const { negotiation } of waiting) {
      negotiation.abandon(now, 'its peer or secret row was disabled or removed');
    }
  }
}

/**
 * Ends the oldest that was answered and never heard of again, if a moment has passed since: that bounds how
 * many answers a flood gets out of us. Whether there was one; the oldest come first.
 */
function displaceOldest(unfinished: Iterable<IkeSa>, now: Instant): boolean {
  for (const ikeSa of unfinished) {
    if (now < after(ikeSa.createdAt, ikeTimes.halfOpenGraceMs)) return false;
    // Whose message 3 is being worked on was heard of again.
    if (ikeSa.progress !== 2 || ikeSa.busy) continue;
    ikeSa.close(now, 'newer requests took its place');
    return true;
  }
  return false;
}

function sameRows(ikeSa: IkeSa, peer: PeerConfig, secret: SecretConfig | undefined): boolean {
  const old = ikeSa.peer;
  return (
    describePeer(old) === describePeer(peer) &&
    old.port === peer.port &&
    old.exchangeMode === peer.exchangeMode &&
    secret?.id === ikeSa.context.secret?.id &&
    keyText(secret) === keyText(ikeSa.context.secret)
  );
}

function keyText(secret: SecretConfig | undefined): string {
  return secret === undefined ? '' : toHex(secret.preSharedKey.reveal());
}

/** The row, as it is now, of the secret in use; in aggressive and base mode the identity chose it. */
function sameSecret({ secrets }: IkeConfig, { context }: IkeSa): SecretConfig | undefined {
  return secrets.find(({ id }) => id === context.secret?.id);
}
