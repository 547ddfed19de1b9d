/** What peers tell outside of exchanges: errors, deletes, INITIAL-CONTACT (RFC 2409 5.7; R-59). */
import type { Instant } from '../base/instant.js';
import { formatSelector } from '../base/selector.js';
import { spiNumber } from '../base/spi.js';
import { headerBytes } from '../wire/isakmp-header.js';
import type { IsakmpHeader, PayloadOf } from '../wire/message.js';
import { decodePayloads } from '../wire/message.js';
import {
  isErrorNotify,
  notifyReason,
  notifyType,
  notifyTypes,
} from '../wire/registry/notify-type.js';
import { protocolId } from '../wire/registry/protocol-id.js';
import { nameOf } from '../wire/registry/registry.js';
import type { EngineState } from './engine-state.js';
import type { IkeSa } from './ike-sa.js';
import type { Datagram } from './input.js';
import type { Negotiation } from './negotiation.js';
import type { SaLife } from './sa-life.js';
import { protocolName } from './v1/informational.js';
import { describePeer } from './v1/phase1-proposal.js';

export class InformationalHandler {
  readonly #state: EngineState;
  readonly #sas: SaLife;
  readonly #dropped: (datagram: Datagram, reason: string, detail: string) => void;

  constructor(
    state: EngineState,
    parts: {
      readonly sas: SaLife;
      dropped(datagram: Datagram, reason: string, detail: string): void;
    },
  ) {
    this.#state = state;
    this.#sas = parts.sas;
    this.#dropped = parts.dropped;
  }

  /** A notify in clear proves nothing: it is told to the administrator and changes nothing. */
  hint(ikeSa: IkeSa, datagram: Datagram, header: IsakmpHeader): void {
    const decoded = decodePayloads(header.nextPayload, datagram.bytes.subarray(headerBytes));
    const notify = decoded.ok
      ? decoded.value.payloads.find((payload) => payload.type === 'N')
      : undefined;
    if (!ikeSa.negotiating || notify === undefined || !isErrorNotify(notify.notifyType)) {
      this.#dropped(datagram, 'unauthenticated', 'an informational message in clear');
      return;
    }
    const name = nameOf(notifyTypes, notify.notifyType);
    const advice =
      notify.notifyType === notifyType['NO-PROPOSAL-CHOSEN']
        ? `no common proposal: ${ikeSa.peer.label} wants ${describePeer(ikeSa.peer)}: set its enc-algorithm, hash-algorithm and dh-group as the peer has them`
        : `compare ${ikeSa.peer.label} and ${ikeSa.context.secret?.label ?? 'its secret'} with the peer's configuration`;
    const text = `${ikeSa.remote.address} refuses phase 1 with ${name}: ${advice}`;
    const reason = notifyReason(notify.notifyType);
    ikeSa.hint = { reason, text };
    ikeSa.report({ name: 'notifyReceived', level: 'warn', reason, message: text });
  }

  onDelete(ikeSa: IkeSa, payload: PayloadOf<'D'>, now: Instant): void {
    const local = ikeSa.local.address;
    const remote = ikeSa.remote.address;
    for (const spi of payload.spis) {
      if (payload.protocol === protocolId.ISAKMP && spi.length === 16) {
        const target = this.#state.ikeSas.findByCookies(spi.subarray(0, 8), spi.subarray(8));
        if (target?.remote.address === remote) target.close(now, 'the peer deleted it');
        continue;
      }
      const protocol = protocolName(payload.protocol);
      if (protocol === undefined || spi.length !== 4) continue;
      const number = spiNumber(spi);
      const child = this.#state.children.findOutbound(protocol, number, local, remote);
      const why = 'the peer deleted them';
      if (child !== undefined) this.#sas.removeChild(child, { tell: false, why, level: 'info' });
      else {
        ikeSa.noteDeleted(spi);
        this.#unfinished(ikeSa, spi)?.abandon(now, why, 'deleted');
      }
    }
  }

  onNotify(ikeSa: IkeSa, payload: PayloadOf<'N'>, now: Instant): void {
    const name = nameOf(notifyTypes, payload.notifyType);
    if (payload.notifyType === notifyType['INITIAL-CONTACT']) {
      this.onInitialContact(ikeSa, now);
      return;
    }
    const reason = notifyReason(payload.notifyType);
    const { address } = ikeSa.remote;
    if (!isErrorNotify(payload.notifyType)) {
      const message = `${address} notifies ${name}`;
      ikeSa.report({ name: 'notifyReceived', level: 'debug', reason, message });
      return;
    }
    const refused = this.#refusedNegotiation(ikeSa, payload);
    if (refused === undefined) {
      const message = `${address} reports ${name}`;
      ikeSa.report({ name: 'notifyReceived', level: 'warn', reason, message });
      return;
    }
    refused.abandon(
      now,
      `${address} refuses it with ${name}: ${adviceFor(refused, payload)}`,
      reason,
    );
  }

  /** The quick mode, not yet done here, that the peer has already taken back. */
  #unfinished(ikeSa: IkeSa, spi: Uint8Array): Negotiation | undefined {
    return this.#state.negotiations
      .all()
      .find((one) => one.ikeSa === ikeSa && one.running && one.hasRemoteSpi(spi));
  }

  /** The quick mode of ours an error is about: by its SPI, else the only one there is. */
  #refusedNegotiation(ikeSa: IkeSa, { spi }: PayloadOf<'N'>): Negotiation | undefined {
    const ours = this.#state.negotiations
      .all()
      .filter((one) => one.ikeSa === ikeSa && one.role === 'initiator' && one.running);
    return ours.find((one) => one.ownsSpi(spi)) ?? (ours.length === 1 ? ours[0] : undefined);
  }

  /**
   * The peer has no memory of us: what was made before this IKE SA began is dead. What both
   * ends negotiate at this moment under another IKE SA is not.
   */
  onInitialContact(ikeSa: IkeSa, now: Instant): void {
    const local = ikeSa.local.address;
    const remote = ikeSa.remote.address;
    for (const other of this.#state.ikeSas.ofRemote(remote)) {
      const since = other.establishedAt;
      if (other.local.address !== local || since === undefined || since >= ikeSa.createdAt)
        continue;
      other.close(now, `${remote} restarted`);
    }
    for (const child of this.#state.childrenWith(remote)) {
      if (child.local !== local) continue;
      if (child.installedAt >= ikeSa.createdAt) continue;
      this.#sas.removeChild(child, { tell: false, why: `${remote} restarted`, level: 'info' });
    }
  }
}

function adviceFor(negotiation: Negotiation, { notifyType: type }: PayloadOf<'N'>): string {
  const { policy } = negotiation;
  if (policy === undefined) return 'compare the policies of both routers';
  if (type === notifyType['NO-PROPOSAL-CHOSEN']) {
    return `no common proposal: set enc-algorithms, auth-algorithms, lifetime and pfs-group of ${policy.proposal.label}, and tunnel and ipsec-protocols of ${policy.label}, as the peer has them`;
  }
  return `the peer has no policy that mirrors ${policy.label}, which is ${formatSelector(policy.selector)}`;
}
