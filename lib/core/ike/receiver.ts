/**
 * From a datagram to the exchange it belongs to. What belongs to none is dropped and counted. Before a peer
 * has proved itself only phase 1 messages are answered, within limits, and no SA changes.
 */
import { isZero } from '../base/bytes.js';
import type { Instant } from '../base/instant.js';
import type { IsakmpHeader } from '../wire/message.js';
import { decodeHeader } from '../wire/message.js';
import { exchangeType, exchangeTypes } from '../wire/registry/exchange-type.js';
import { nameOf } from '../wire/registry/registry.js';
import type { EngineEvent } from './effect.js';
import type { EngineState } from './engine-state.js';
import type { IkeSa } from './ike-sa.js';
import type { InformationalHandler } from './informational-handler.js';
import type { Datagram } from './input.js';
import { ikeLimits } from './limits.js';
import { findPeer } from './lookup.js';
import type { Phase1Life } from './phase1-life.js';
import type { Phase2Life } from './phase2-life.js';

export class Receiver {
  readonly #state: EngineState;
  readonly #phase1: Phase1Life;
  readonly #phase2: Phase2Life;
  readonly #informational: InformationalHandler;

  constructor(
    state: EngineState,
    parts: {
      readonly phase1: Phase1Life;
      readonly phase2: Phase2Life;
      readonly informational: InformationalHandler;
    },
  ) {
    this.#state = state;
    this.#phase1 = parts.phase1;
    this.#phase2 = parts.phase2;
    this.#informational = parts.informational;
  }

  receive(datagram: Datagram, now: Instant): void {
    const decoded = decodeHeader(datagram.bytes);
    if (!decoded.ok) {
      this.#garbage(datagram, decoded.error.reason, decoded.error.detail);
      return;
    }
    const header = decoded.value;
    if (header.version.major !== 1) {
      this.#garbage(
        datagram,
        'version',
        'it speaks IKEv2, this router IKEv1: set IKEv1 at the peer',
      );
      return;
    }
    if (isZero(header.initiatorCookie)) {
      this.#garbage(datagram, 'malformed', 'its initiator cookie is zero');
      return;
    }
    switch (header.exchangeType) {
      case exchangeType.main:
      case exchangeType.aggressive:
      case exchangeType.base:
        this.#receivePhase1(datagram, header, now);
        break;
      case exchangeType.quick:
        this.#receiveQuickMode(datagram, header, now);
        break;
      case exchangeType.informational:
        this.#receiveInformational(datagram, header, now);
        break;
      default:
        this.#otherExchange(datagram, header);
    }
  }

  #receivePhase1(datagram: Datagram, header: IsakmpHeader, now: Instant): void {
    const message = { header, bytes: datagram.bytes };
    const { initiatorCookie, responderCookie } = header;
    const remote = datagram.remote.address;
    if (header.messageId !== 0) {
      this.#garbage(datagram, 'malformed', 'a message id in phase 1');
      return;
    }
    if (datagram.bytes.length > ikeLimits.phase1MessageBytes) {
      const most = ikeLimits.phase1MessageBytes;
      this.#garbage(datagram, 'limited', `a phase 1 message of more than ${most} bytes`);
      return;
    }
    const known = this.#state.ikeSas.findByInitiator(initiatorCookie, remote);
    if (isZero(responderCookie)) {
      if (known === undefined) this.#phase1.answer(datagram, header, now);
      else if (known.role === 'responder') known.receivePhase1(now, message);
      else this.dropped(datagram, 'reflected', 'our own first message came back');
      return;
    }
    const ikeSa = this.#routed(datagram, header);
    // Before the responder has answered, its cookie is for it to choose.
    const unanswered = known?.role === 'initiator' && known.progress === 1 ? known : undefined;
    const target = ikeSa ?? unanswered;
    if (target === undefined) {
      this.#unknownSa(datagram);
      return;
    }
    target.receivePhase1(now, message);
    for (const early of target.takeEarly()) this.receive(early, now);
  }

  #receiveQuickMode(datagram: Datagram, header: IsakmpHeader, now: Instant): void {
    const message = { header, bytes: datagram.bytes };
    const ikeSa = this.#routed(datagram, header);
    if (ikeSa === undefined) {
      this.#unknownSa(datagram);
      return;
    }
    const running = ikeSa.quickModes.get(header.messageId);
    if (running !== undefined) {
      running.receive(now, message);
      return;
    }
    const isEarly = !ikeSa.established && header.messageId !== 0;
    if (isEarly && ikeSa.holdEarly(datagram)) return;
    if (!ikeSa.established || header.messageId === 0) {
      this.dropped(datagram, 'unexpected', 'a quick mode before phase 1 is done');
      return;
    }
    if (ikeSa.knowsMessageId(header.messageId)) {
      this.dropped(datagram, 'replay', 'a quick mode that is over');
      ikeSa.remind(header.messageId, now);
      return;
    }
    if (ikeSa.runningQuickModes('responder') >= ikeLimits.quickModesPerIkeSa) {
      this.dropped(datagram, 'limited', 'too many quick modes under one phase 1');
      return;
    }
    this.#phase2.answer(ikeSa, message, now);
  }

  #receiveInformational(datagram: Datagram, header: IsakmpHeader, now: Instant): void {
    const { initiatorCookie } = header;
    const known =
      this.#routed(datagram, header) ??
      this.#state.ikeSas.findByInitiator(initiatorCookie, datagram.remote.address);
    if (known === undefined) {
      this.#unknownSa(datagram);
      return;
    }
    if (!header.flags.encryption) {
      this.#informational.hint(known, datagram, header);
      return;
    }
    const payloads = known.readInformational({ header, bytes: datagram.bytes }, now);
    if (payloads === undefined) {
      this.dropped(datagram, 'unauthenticated', 'an informational message whose hash is wrong');
      return;
    }
    for (const payload of payloads) {
      // A delete may have ended the SA that the rest of the message came under (hostile #13).
      if (known.closed) break;
      if (payload.type === 'D') this.#informational.onDelete(known, payload, now);
      if (payload.type === 'N') this.#informational.onNotify(known, payload, now);
    }
  }

  /** The SA both cookies name, if the datagram comes from its peer. */
  #routed(datagram: Datagram, header: IsakmpHeader): IkeSa | undefined {
    const ikeSa = this.#state.ikeSas.findByCookies(header.initiatorCookie, header.responderCookie);
    return ikeSa?.remote.address === datagram.remote.address ? ikeSa : undefined;
  }

  #otherExchange(datagram: Datagram, header: IsakmpHeader): void {
    const name = nameOf(exchangeTypes, header.exchangeType);
    const peer = findPeer(this.#state.config, datagram.remote.address);
    if (peer === undefined) this.dropped(datagram, 'exchange', `it wants the ${name} exchange`);
    else {
      const advice = `which IKE version 1 has no use for here: look at what the peer of ${peer.label} is set to`;
      this.dropped(datagram, 'exchange', `it wants the ${name} exchange, ${advice}`, 'warn');
    }
  }

  #unknownSa(datagram: Datagram): void {
    this.dropped(datagram, 'unknown-sa', 'it belongs to no phase 1 known here');
  }

  /** Something that is no IKE message for us, from anybody. */
  #garbage(datagram: Datagram, reason: string, detail: string): void {
    const { address } = datagram.remote;
    for (const ikeSa of this.#state.ikeSas.ofRemote(address)) {
      if (ikeSa.negotiating) ikeSa.garbage += 1;
    }
    // From a stranger it is noise; from a configured peer somebody should look at it.
    const peer = findPeer(this.#state.config, address);
    if (peer === undefined) this.dropped(datagram, reason, detail);
    else {
      const advice = `${peer.label} expects IKE there, look at what sends from its UDP port ${datagram.remote.port}`;
      this.dropped(datagram, reason, `${detail}: ${advice}`, 'warn');
    }
  }

  dropped(
    { local, remote }: Datagram,
    reason: string,
    detail: string,
    level: EngineEvent['level'] = 'debug',
  ): void {
    this.#state.environment.event({
      name: 'datagramDropped',
      level,
      reason,
      local: local.address,
      remote: remote.address,
      message: `datagram from ${remote.address} port ${remote.port} dropped: ${detail}`,
    });
  }
}
