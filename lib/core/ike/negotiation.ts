/** One phase 2 negotiation: a quick mode and the installation of what it agreed on. */
import { equalBytes } from '../base/bytes.js';
import type { Instant } from '../base/instant.js';
import { after } from '../base/instant.js';
import type { TrafficSelector } from '../base/selector.js';
import { spiBytes, spiNumber, spiText } from '../base/spi.js';
import { saIdOf, saKey } from '../dataplane/sa-key.js';
import type { DataPlaneOperation, IpsecSa, IpsecSaId } from '../dataplane/types.js';
import type { Payload } from '../wire/message.js';
import type { ChildSa } from './child-sa.js';
import type { Environment } from './environment.js';
import type {
  ExchangeFailure,
  OpenResult,
  Pending,
  ReceivedMessage,
  Role,
  Step,
} from './exchange.js';
import { Exchange } from './exchange.js';
import type { PolicyConfig } from './ike-config.js';
import type { IkeSa, QuickModeHandle } from './ike-sa.js';
import { encodeChain } from './ike-sa.js';
import { ikeTimes } from './limits.js';
import type { Phase2State } from './status.js';
import type { ChildSas } from './v1/child-keys.js';
import type { Refusal } from './v1/mismatch.js';
import type { QuickModeContext } from './v1/quick-mode.js';
import { quickMode, quickModeHash } from './v1/quick-mode.js';
import { weakOfPhase2 } from './weakness.js';

export type NegotiationCause =
  | 'packet'
  | 'renewal'
  | 'unconfirmed'
  | 'command'
  | 'restart'
  | 'peer';

/** Who owns the negotiation: the engine. */
export interface NegotiationOwner {
  readonly environment: Environment;
  /** The enabled valid policy that mirrors a peer's identities exactly, or why none does. */
  findPolicy(ikeSa: IkeSa, selector: TrafficSelector): PolicyConfig | Refusal;
  /** Whether the peer began, and finished, another one for the same policy later than this one. */
  isOvertaken(negotiation: Negotiation): boolean;
  changed(negotiation: Negotiation): void;
  succeeded(negotiation: Negotiation, child: ChildSa, now: Instant): void;
  /** The peer may be using our inbound SAs, though it never said so; `failed` follows. */
  keptInbound(child: ChildSa): void;
  failed(negotiation: Negotiation, failure: ExchangeFailure, now: Instant): void;
}

export class Negotiation implements QuickModeHandle {
  readonly role: Role;
  readonly cause: NegotiationCause;
  /** The pair this one is to succeed. */
  readonly renews: ChildSa | undefined;
  /** How often this wish was taken up before, with another IKE SA. */
  readonly attempt: number;
  readonly startedAt: Instant;
  readonly #owner: NegotiationOwner;
  #policy: PolicyConfig | undefined;
  #state: Phase2State = 'starting';
  #ikeSa: IkeSa | undefined;
  #exchange: Exchange<QuickModeContext> | undefined;
  #iv: Uint8Array = new Uint8Array(0);
  #messageId = 0;
  #begunAt: Instant;
  #sas: ChildSas | undefined;
  readonly #installed: IpsecSaId[] = [];
  #awaited = 0;
  #exchangeDone = false;
  #ended = false;

  constructor(
    owner: NegotiationOwner,
    options: {
      readonly role: Role;
      readonly cause: NegotiationCause;
      readonly policy?: PolicyConfig;
      readonly renews?: ChildSa;
      readonly attempt?: number;
    },
    now: Instant,
  ) {
    this.#owner = owner;
    this.role = options.role;
    this.cause = options.cause;
    this.renews = options.renews;
    this.attempt = options.attempt ?? 0;
    this.#policy = options.policy;
    this.startedAt = now;
    this.#begunAt = now;
  }

  /** Unknown to a responder until the first message was believed. */
  get policy(): PolicyConfig | undefined {
    return this.#policy ?? this.#exchange?.context.policy;
  }

  get state(): Phase2State {
    return this.#state;
  }

  /** Undefined while it waits for phase 1. */
  get ikeSa(): IkeSa | undefined {
    return this.#ikeSa;
  }

  get running(): boolean {
    return !this.#ended;
  }

  /** Whether the peer has said anything in this exchange. */
  get answered(): boolean {
    return this.#exchange?.answered ?? false;
  }

  /** Whether an SPI of four bytes is one we reserved for it. */
  ownsSpi(spi: Uint8Array): boolean {
    return (
      this.#exchange?.context.localSpis.some((own) => spi.length > 0 && equalBytes(own, spi)) ??
      false
    );
  }

  /** Whether that SA was reserved or installed for this negotiation. */
  owns(id: IpsecSaId): boolean {
    return this.ownsSpi(spiBytes(id.spi)) || this.hasInstalled(id);
  }

  /** Whether an SA that it has installed is not among those. */
  hasLost(here: ReadonlySet<string>): boolean {
    return this.#installed.some((id) => !here.has(saKey(id)));
  }

  hasInstalled({ spi, source, destination }: IpsecSaId): boolean {
    return this.#installed.some(
      (id) => id.spi === spi && id.source === source && id.destination === destination,
    );
  }

  get messageId(): number {
    return this.#messageId;
  }

  /**
   * Inbound SAs the peer may be sending into: it was told their SPIs, though nothing came of it here.
   */
  get announced(): readonly IpsecSaId[] {
    const told = this.role === 'responder' ? 2 : 3;
    if ((this.#exchange?.index ?? 0) < told) return [];
    return this.#sas?.inbound ?? [];
  }

  /** Weak algorithms of what was agreed on. */
  get weak(): readonly string[] {
    const agreement = this.#exchange?.context.agreement;
    return agreement === undefined ? [] : weakOfPhase2(agreement);
  }

  /** Whether the peer chose that SPI for its half of the pair. */
  hasRemoteSpi(spi: Uint8Array): boolean {
    const protocols = this.#exchange?.context.agreement?.protocols ?? [];
    return protocols.some(({ remoteSpi }) => equalBytes(remoteSpi, spi));
  }

  /** What the peer offered, as far as an error notify refers to it. */
  get peerProposal(): { readonly protocol: number; readonly spi: Uint8Array } | undefined {
    return this.#exchange?.context.offered;
  }

  /** Nothing came under its IKE SA since it began: not for this quick mode, nor for another. */
  get unheard(): boolean {
    const ikeSa = this.#ikeSa;
    return !this.answered && ikeSa !== undefined && ikeSa.heardAt <= this.#begunAt;
  }

  /** Starts the quick mode as its initiator. */
  begin(ikeSa: IkeSa, now: Instant): void {
    this.#begunAt = now;
    const messageId = ikeSa.freshMessageId();
    this.#open(ikeSa, messageId, now);
    this.#setState('getspi-sent');
    this.#exchange?.start(now);
  }

  /** Takes a first message as responder; of one that is not believed nothing is kept. */
  answer(ikeSa: IkeSa, message: ReceivedMessage, now: Instant): void {
    this.#open(ikeSa, message.header.messageId, now);
    this.#exchange?.receive(now, message);
    if (this.answered || this.#ended || this.#busyWithFirst()) return;
    this.#ended = true;
    ikeSa.quickModes.delete(this.#messageId);
  }

  receive(now: Instant, message: ReceivedMessage): void {
    this.#exchange?.receive(now, message);
  }

  /** It cannot go on: the IKE SA went away under it, or `reason`. */
  abandon(now: Instant, why: string, reason = 'phase1-gone'): void {
    if (this.#ended) return;
    this.#exchange?.end();
    this.#fail({ reason, message: why }, now);
  }

  /** Stops without a word: its policy is gone, or another pair made it superfluous. */
  cancel(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#exchange?.end();
    this.#close();
    this.#takeBack();
  }

  // A first message whose Diffie-Hellman job runs is believed already: its hash was checked before.
  #busyWithFirst(): boolean {
    return this.#exchange?.busy ?? false;
  }

  #open(ikeSa: IkeSa, messageId: number, now: Instant): void {
    const { keys, crypto, peer } = ikeSa.context;
    const iv = ikeSa.firstIv(messageId);
    if (keys === undefined || iv === undefined) return;
    this.#ikeSa = ikeSa;
    this.#messageId = messageId;
    this.#iv = iv;
    const context: QuickModeContext = {
      crypto,
      role: this.role,
      peer,
      local: ikeSa.local.address,
      remote: ikeSa.remote.address,
      messageId,
      hash: peer.hash,
      skeyidA: keys.skeyidA,
      skeyidD: keys.skeyidD,
      findPolicy: (selector) => this.#owner.findPolicy(ikeSa, selector),
      mayCompute: () => ikeSa.mayCompute(now),
      ...(this.#policy === undefined ? {} : { policy: this.#policy }),
      localSpis: [],
    };
    this.#exchange = new Exchange(quickMode, this.role, context, this.#io(ikeSa, context));
    ikeSa.quickModes.set(messageId, this);
  }

  #io(ikeSa: IkeSa, context: QuickModeContext) {
    const { environment } = this.#owner;
    return {
      timers: environment.timers,
      open: (_step: Step<QuickModeContext>, index: number, message: ReceivedMessage) =>
        this.#decrypt(ikeSa, context, index, message),
      seal: (_step: Step<QuickModeContext>, index: number, payloads: readonly Payload[]) =>
        this.#encrypt(ikeSa, context, index, payloads),
      leaving: (index: number) => this.#leaving(context, index),
      send: (datagram: Uint8Array) => ikeSa.send(datagram),
      request: (pending: Pending, resume: (now: Instant) => void) =>
        environment.request(pending, (later) => {
          if (pending.on === 'dataplane') this.#reserved(context);
          resume(later);
        }),
      progressed: (index: number, now: Instant) => this.#progressed(ikeSa, index, now),
      dropped: (reason: string, message: string) =>
        ikeSa.report({
          name: 'datagramDropped',
          level: 'debug',
          reason,
          message: `quick mode message from ${ikeSa.remote.address} dropped: ${message}`,
        }),
      retransmitted: (attempt: number) => {
        ikeSa.repeatProof();
        ikeSa.report({
          name: 'retransmitted',
          level: 'debug',
          reason: 'timeout',
          message: `quick mode message sent again to ${ikeSa.remote.address}, attempt ${attempt}`,
        });
      },
      completed: (now: Instant) => this.#exchangeCompleted(context, now),
      failed: (failure: ExchangeFailure, now: Instant) => this.#fail(failure, now),
    };
  }

  #decrypt(
    ikeSa: IkeSa,
    context: QuickModeContext,
    index: number,
    message: ReceivedMessage,
  ): OpenResult {
    const opened = message.header.flags.encryption ? ikeSa.decrypt(this.#iv, message) : undefined;
    const hash = opened?.payloads[0];
    if (opened === undefined || hash?.type !== 'HASH') {
      return { kind: 'drop', reason: 'undecryptable', message: 'it does not decrypt' };
    }
    // HASH(2) covers the initiator's nonce, HASH(3) both: known by then, whoever we are.
    const expected = quickModeHash(context, index, opened.rest);
    if (!context.crypto.equal(expected, hash.data)) {
      return { kind: 'drop', reason: 'unauthenticated', message: 'its hash is wrong' };
    }
    return {
      kind: 'opened',
      payloads: opened.payloads,
      accept: () => {
        this.#iv = opened.lastBlock;
      },
    };
  }

  #encrypt(
    ikeSa: IkeSa,
    context: QuickModeContext,
    index: number,
    payloads: readonly Payload[],
  ): Uint8Array {
    const hash: Payload = {
      type: 'HASH',
      data: quickModeHash(context, index, encodeChain(payloads)),
    };
    const sealed = ikeSa.encrypt(this.#iv, quickMode.exchangeType, this.#messageId, [
      hash,
      ...payloads,
    ]);
    if (sealed === undefined) return new Uint8Array(0);
    this.#iv = sealed.lastBlock;
    return sealed.datagram;
  }

  /** SAs are in place before the message leaves that lets the peer use them (E-30). */
  #leaving(context: QuickModeContext, index: number): void {
    if (this.role === 'responder') {
      this.#sas = context.sas;
      this.#install(this.#sas?.inbound ?? []);
    } else if (index === 2) {
      this.#sas = context.sas;
      this.#install([...(this.#sas?.inbound ?? []), ...(this.#sas?.outbound ?? [])]);
    }
  }

  #exchangeCompleted(context: QuickModeContext, now: Instant): void {
    context.keyExchange?.sharedSecret?.wipe();
    if (this.role === 'responder' && this.#owner.isOvertaken(this)) {
      const message = 'the peer has made a newer pair since it began this one';
      this.#fail({ reason: 'overtaken', message }, now);
      return;
    }
    this.#exchangeDone = true;
    this.#setState('adding-sa');
    if (this.role === 'responder') this.#install(this.#sas?.outbound ?? []);
    this.#finishWhenInstalled(now);
  }

  #install(sas: readonly IpsecSa[]): void {
    for (const sa of sas) {
      this.#awaited += 1;
      this.#owner.environment.operate({ kind: 'installSa', sa }, (result, now) => {
        this.#awaited -= 1;
        const id = saIdOf(sa);
        if (result.kind === 'refused') {
          this.#exchange?.end();
          this.#fail(
            {
              reason: 'dataplane',
              message: `the data plane refuses the SA: ${result.detail} (${result.code})`,
            },
            now,
          );
        } else if (this.#ended) {
          this.#remove(id);
        } else {
          this.#installed.push(id);
          this.#tellInstalled(sa);
          this.#finishWhenInstalled(now);
        }
      });
    }
  }

  #tellInstalled({ protocol, direction, spi, source, destination }: IpsecSa): void {
    const [local, remote] = direction === 'out' ? [source, destination] : [destination, source];
    const { policy } = this;
    this.#owner.environment.event({
      name: 'saInstalled',
      level: 'debug',
      ...{ local, remote },
      ...(policy === undefined ? {} : { policyId: policy.id }),
      message: `SA ${protocol} ${direction} ${spiText(spi)} with ${remote} installed`,
    });
  }

  #finishWhenInstalled(now: Instant): void {
    const { policy } = this;
    if (!this.#exchangeDone || this.#awaited > 0 || this.#ended) return;
    const ikeSa = this.#ikeSa;
    const sas = this.#sas;
    if (policy === undefined || ikeSa === undefined || sas === undefined) return;
    this.#ended = true;
    this.#setState('established');
    const child = this.#child(policy, ikeSa, sas, now);
    if (this.role === 'initiator') this.#linger(ikeSa, child, now);
    else this.#close();
    ikeSa.phase2Total += 1;
    this.#owner.succeeded(this, child, now);
  }

  #child(policy: PolicyConfig, ikeSa: IkeSa, sas: ChildSas, now: Instant): ChildSa {
    return {
      policyId: policy.id,
      label: policy.label,
      role: this.role,
      local: ikeSa.local.address,
      remote: ikeSa.remote.address,
      inbound: sas.inbound.map(saIdOf),
      outbound: sas.outbound.map(saIdOf),
      pfs: this.#exchange?.context.agreement?.pfsGroup !== undefined,
      startedAt: this.startedAt,
      installedAt: now,
      order: 0,
      dying: false,
      redundant: false,
      superseded: false,
    };
  }

  // The initiator keeps its message 3 for a while: the responder may ask for it by repeating message 2.
  #linger(ikeSa: IkeSa, child: ChildSa, now: Instant): void {
    child.release = (deletes) => {
      timer.cancel();
      if (deletes !== undefined) ikeSa.noteTakenBack(this.#messageId, deletes);
      this.#exchange?.end();
      if (ikeSa.quickModes.get(this.#messageId) === this) this.#close();
      // The pair lives on for long, and must not keep the negotiation with it.
      child.release = undefined;
    };
    const end = after(now, ikeTimes.lingerMs);
    const timer = this.#owner.environment.timers.set(end, () => child.release?.());
  }

  #reserved(context: QuickModeContext): void {
    const wanted = this.policy?.protocols.length ?? 1;
    if (context.localSpis.length >= wanted) this.#setState('getspi-done');
  }

  #progressed(ikeSa: IkeSa, index: number, now: Instant): void {
    const received = (index === 1) === (this.role === 'initiator');
    if (received) ikeSa.heardAt = now;
    // The peer gave up while its answer was still under way: what that promises is gone.
    const promised = this.#exchange?.context.agreement?.protocols ?? [];
    const isDead = promised.some(({ remoteSpi }) => ikeSa.knowsDeleted(remoteSpi));
    if (isDead && this.role === 'initiator' && index === 1) {
      this.abandon(now, 'the peer deleted them', 'deleted');
    }
    if (this.role === 'initiator') this.#setState(index === 0 ? 'msg1-sent' : 'adding-sa');
    else this.#setState(index === 0 ? 'getspi-sent' : 'ready-to-establish');
  }

  #fail(failure: ExchangeFailure, now: Instant): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#setState('expired');
    this.#close();
    if (listensAfter.has(failure.reason) && this.role === 'responder') this.#keepInbound(now);
    this.#takeBack();
    this.#owner.failed(this, failure, now);
  }

  /**
   * Message 3 never came, or too late to send by what it confirms. If only it was lost the peer has both its SAs and sends into ours; so what we
   * promised in message 2 stays for its lifetime. Sending ourselves would need the proof of message 3.
   */
  #keepInbound(now: Instant): void {
    const { policy } = this;
    const ikeSa = this.#ikeSa;
    const sas = this.#sas;
    const told = (this.#exchange?.index ?? 0) >= 2;
    const allInstalled = told && this.#installed.length === sas?.inbound.length;
    if (policy === undefined || ikeSa === undefined || sas === undefined || !allInstalled) return;
    this.#installed.length = 0;
    this.#exchange?.context.localSpis.splice(0);
    this.#owner.keptInbound(this.#child(policy, ikeSa, { ...sas, outbound: [] }, now));
    this.#sas = undefined;
  }

  #close(): void {
    const ikeSa = this.#ikeSa;
    if (ikeSa === undefined) return;
    ikeSa.quickModes.delete(this.#messageId);
    ikeSa.retireMessageId(this.#messageId);
  }

  /** What was installed or reserved for a negotiation that came to nothing. */
  #takeBack(): void {
    for (const id of this.#installed.splice(0)) this.#remove(id);
    const context = this.#exchange?.context;
    const { policy } = this;
    if (context === undefined || policy === undefined) return;
    context.localSpis.forEach((spi, index) => {
      const protocol = policy.protocols[index];
      if (protocol === undefined) return;
      this.#remove({
        protocol,
        spi: spiNumber(spi),
        source: context.remote,
        destination: context.local,
      });
    });
  }

  #remove(id: IpsecSaId): void {
    const operation: DataPlaneOperation = { kind: 'removeSa', id };
    // Gone already is as good as removed.
    this.#owner.environment.operate(operation, () => undefined);
  }

  #setState(state: Phase2State): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#owner.changed(this);
  }
}

/** Failures of a responder after which the peer may all the same send into the SAs it was promised. */
const listensAfter: ReadonlySet<string> = new Set(['timeout', 'phase1-gone', 'overtaken']);
