/** Wishes for SAs, from the packet or limit that raises them to success or failure (R-05 to R-08, R-57, R-68). */

import type { Instant } from '../base/instant.js';
import { after } from '../base/instant.js';
import { spiText } from '../base/spi.js';
import type { ChildRemoval, ChildSa } from './child-sa.js';
import type { EngineState } from './engine-state.js';
import type { ExchangeFailure, ReceivedMessage } from './exchange.js';
import { attributesField } from './exchange.js';
import type { PolicyConfig } from './ike-config.js';
import type { IkeSa } from './ike-sa.js';
import { ikeLimits, ikeTimes } from './limits.js';
import { currentPolicy, findMirrorPolicy, policyById } from './lookup.js';
import type { NegotiationCause, NegotiationOwner } from './negotiation.js';
import { Negotiation } from './negotiation.js';
import type { Phase1Life } from './phase1-life.js';
import type { Timer } from './timer-queue.js';
import { deleteIpsecSas, errorNotify } from './v1/informational.js';
import { weakMark } from './weakness.js';

export interface Phase2Hooks {
  removeChild(child: ChildSa, how: ChildRemoval): void;
}

export class Phase2Life {
  readonly #state: EngineState;
  readonly #phase1: Phase1Life;
  readonly #hooks: Phase2Hooks;
  readonly #owner: NegotiationOwner;
  /** Renewals that failed and are to be tried again. */
  readonly #retries = new Set<Timer>();
  /** Packets that asked while their policy was to be quiet: they ask only once in half a minute. */
  readonly #postponed = new Map<number, Timer>();

  constructor(state: EngineState, phase1: Phase1Life, hooks: Phase2Hooks) {
    this.#state = state;
    this.#phase1 = phase1;
    this.#hooks = hooks;
    this.#owner = this.#ownerOfNegotiations();
  }

  /** A peer's first quick mode message under an established IKE SA. */
  answer(ikeSa: IkeSa, message: ReceivedMessage, now: Instant): void {
    const negotiation = new Negotiation(this.#owner, { role: 'responder', cause: 'peer' }, now);
    negotiation.answer(ikeSa, message, now);
  }

  negotiate(
    policy: PolicyConfig,
    cause: NegotiationCause,
    now: Instant,
    wish: { readonly renews?: ChildSa; readonly attempt?: number } = {},
  ): void {
    const { renews } = wish;
    const patienceMs = renews === undefined ? ikeTimes.retransmitMs : ikeTimes.renewalPatienceMs;
    if (this.#underWay(policy.id, patienceMs, now)) {
      if (renews !== undefined) this.#retryRenewal(renews, ikeTimes.backoffFirstMs, now, { cause });
      return;
    }
    const { local, remote } = policy;
    const rows = this.#phase1.rowsFor(remote, `${policy.label} gets no keys`);
    if (rows === undefined) {
      this.#state.backoff.failed(policy.id, now);
      return;
    }
    const negotiation = new Negotiation(
      this.#owner,
      { role: 'initiator', cause, policy, ...wish },
      now,
    );
    this.#state.negotiations.add(policy.id, negotiation);
    this.#state.phase2States.set(policy.id, negotiation.state);
    this.#state.environment.event({
      name: 'phase2Started',
      level: 'info',
      local,
      remote,
      policyId: policy.id,
      message: `phase 2 with ${remote} for ${policy.label} starts: ${causeText[cause]}`,
    });
    const timer = this.#state.environment.timers.set(
      after(now, ikeTimes.waitForPhase1Ms),
      (later) => negotiation.abandon(later, 'time up waiting for phase 1'),
    );
    this.#state.negotiations.wait({ negotiation, policy, timer });
    const ikeSa = this.#state.ikeSas.newestUsable(local, remote, now);
    if (ikeSa !== undefined) this.proceed(ikeSa, now);
    else if (this.#state.ikeSas.initiating(local, remote) === undefined) {
      this.#phase1.initiate(local, remote, rows, now);
    }
  }

  /** Takes a packet's wish up when the policy's quiet time is over, if it is still one then. */
  negotiateLater({ id }: PolicyConfig): void {
    const until = this.#state.backoff.until(id);
    if (until === undefined || this.#postponed.has(id)) return;
    const timer = this.#state.environment.timers.set(until, (now) => {
      this.#postponed.delete(id);
      const policy = policyById(this.#state.config, id);
      if (policy === undefined || this.#state.children.hasPolicy(id)) return;
      this.negotiate(policy, 'packet', now);
    });
    this.#postponed.set(id, timer);
  }

  /**
   * Begins what waits for this IKE SA, so many at a time: a peer refuses a flood, and repeating it would
   * take a minute.
   */
  proceed(ikeSa: IkeSa, now: Instant): void {
    if (!ikeSa.established) return;
    const { negotiations } = this.#state;
    const { local, remote } = ikeSa;
    let free = ikeLimits.ownQuickModesPerIkeSa - ikeSa.runningQuickModes('initiator');
    for (const { negotiation, policy } of negotiations.waitingFor(local.address, remote.address)) {
      if (free <= 0) break;
      free -= 1;
      negotiations.stopWaiting(policy.id);
      negotiation.begin(ikeSa, now);
    }
  }

  /** An IKE SA ended: what waited behind its other quick modes has nothing to wait for any more. */
  phase1Ended(ikeSa: IkeSa, now: Instant): void {
    const { ikeSas, negotiations } = this.#state;
    const local = ikeSa.local.address;
    const remote = ikeSa.remote.address;
    if (ikeSas.initiating(local, remote) !== undefined) return;
    const other = ikeSas.newestUsable(local, remote, now);
    if (other !== undefined) {
      this.proceed(other, now);
      return;
    }
    for (const { negotiation } of negotiations.waitingFor(local, remote)) {
      negotiation.abandon(now, 'its phase 1 ended');
    }
  }

  /**
   * Further asks are ignored while one is looked after (R-08). A peer's quick mode that hangs for
   * longer is no reason to wait: ours may be the one that gets through.
   */
  #underWay(policyId: number, patienceMs: number, now: Instant): boolean {
    return this.#state.negotiations
      .ofPolicy(policyId)
      .some(({ role, startedAt }) => role === 'initiator' || now < after(startedAt, patienceMs));
  }

  #ownerOfNegotiations(): NegotiationOwner {
    return {
      environment: this.#state.environment,
      findPolicy: ({ local, remote }, selector) =>
        findMirrorPolicy(this.#state.config, local.address, remote.address, selector),
      isOvertaken: (negotiation) => this.#isOvertaken(negotiation),
      changed: (negotiation) => this.#onNegotiationChanged(negotiation),
      succeeded: (negotiation, child, now) => this.#onPhase2Established(negotiation, child, now),
      keptInbound: (child) => this.#keepInbound(child),
      failed: (negotiation, failure, now) => this.#onPhase2Failed(negotiation, failure, now),
    };
  }

  /**
   * A message 3 that comes after that of a later quick mode of the peer was long under way. The peer sends
   * by the later pair, and may have lost the older one before it began the later.
   */
  #isOvertaken({ policy, startedAt }: Negotiation): boolean {
    if (policy === undefined) return false;
    return this.#state.children
      .completeOfPolicy(policy.id)
      .some((child) => child.role === 'responder' && child.startedAt > startedAt);
  }

  /** One such half for each policy is enough: a peer that never confirms must not pile them up. */
  #keepInbound(child: ChildSa): void {
    for (const other of this.#state.children.ofPolicy(child.policyId)) {
      if (other.outbound.length > 0) continue;
      const why = 'a newer pair that was not confirmed took their place';
      this.#hooks.removeChild(other, { tell: true, why, level: 'debug' });
    }
    this.#state.children.add(child);
    // Without another pair the next packet asks for one.
    if (!this.#state.children.hasPolicy(child.policyId)) return;
    // The peer may not have the older pair any more, and what we send by it would be lost.
    const how = { deferred: true, cause: 'unconfirmed' } as const;
    this.#retryRenewal(child, ikeTimes.backoffFirstMs, child.installedAt, how);
  }

  #onNegotiationChanged(negotiation: Negotiation): void {
    const { policy } = negotiation;
    if (policy === undefined) return;
    if (negotiation.running) this.#state.negotiations.add(policy.id, negotiation);
    this.#state.phase2States.set(policy.id, negotiation.state);
  }

  #onPhase2Established(negotiation: Negotiation, child: ChildSa, now: Instant): void {
    this.#state.negotiations.remove(child.policyId, negotiation);
    this.#state.backoff.succeeded(child.policyId);
    const renewal = this.#state.children.hasPolicy(child.policyId);
    // The policy may have been edited or removed while the peer took its time.
    if (policyById(this.#state.config, child.policyId) === undefined) {
      this.#state.children.add(child);
      this.#hooks.removeChild(child, { tell: true, why: 'its policy is gone', level: 'info' });
      return;
    }
    this.#state.children.add(child);
    const spis = child.outbound.map((out, index) => {
      const inbound = child.inbound[index];
      return `${out.protocol} out ${spiText(out.spi)} in ${spiText(inbound?.spi ?? 0)}`;
    });
    const weak = weakMark(negotiation.weak);
    this.#state.environment.event({
      name: renewal ? 'phase2Renewed' : 'phase2Established',
      level: 'info',
      local: child.local,
      remote: child.remote,
      policyId: child.policyId,
      ...weak.field,
      message: `phase 2 with ${child.remote} for ${child.label} established as ${child.role}: ${spis.join(', ')}${child.pfs ? ', with PFS' : ''}${weak.text}`,
    });
    if (negotiation.renews !== undefined) negotiation.renews.superseded = true;
    this.#cancelSuperfluous(negotiation, child.policyId);
    this.#removeOldest(child);
    if (negotiation.ikeSa !== undefined) this.proceed(negotiation.ikeSa, now);
  }

  /**
   * Beside a pair we began only its predecessor stays, for packets on their way: one whose byte limit
   * passed carries no more traffic and would linger until its time is up. A peer that makes pair after
   * pair does not fill the kernel with them either.
   */
  #removeOldest({ policyId, role }: ChildSa): void {
    const pairs = this.#state.children.completeOfPolicy(policyId);
    const dying = pairs.filter((child) => child.dying);
    // Of pairs made at once the peer may see another one as the last, and send by it.
    const last = dying.at(-1)?.startedAt ?? 0;
    const older = dying.filter(({ installedAt }) => role === 'initiator' && installedAt < last);
    const excess = pairs.slice(0, -ikeLimits.pairsPerPolicy);
    for (const child of new Set([...older, ...excess])) {
      const why = 'newer ones are in place';
      this.#hooks.removeChild(child, { tell: true, why, level: 'debug' });
    }
  }

  /**
   * A wish that still waits for phase 1 is not needed once the peer has made a pair. Nor is what goes on
   * under a phase 1 before that one: if the peer has restarted, a late message of its former life would
   * end that negotiation, in a pair that nobody else has.
   */
  #cancelSuperfluous(made: Negotiation, policyId: number): void {
    for (const other of this.#state.negotiations.ofPolicy(policyId)) {
      if (other.ikeSa === undefined || isOfFormerLife(other, made)) this.#cancel(other);
    }
    this.#state.phase2States.set(policyId, 'established');
  }

  #onPhase2Failed(negotiation: Negotiation, failure: ExchangeFailure, now: Instant): void {
    const { policy, ikeSa, renews } = negotiation;
    if (policy !== undefined) {
      this.#state.negotiations.remove(policy.id, negotiation);
      const alive = this.#state.children.hasPolicy(policy.id);
      this.#state.phase2States.set(policy.id, alive ? 'established' : 'expired');
    }
    const remote = policy?.remote ?? ikeSa?.remote.address ?? 'the peer';
    this.#state.environment.event({
      name: 'phase2Failed',
      level: failure.reason === 'overtaken' ? 'debug' : 'warn',
      reason: failure.reason,
      ...attributesField(failure),
      remote,
      ...(policy === undefined ? {} : { policyId: policy.id }),
      message: `phase 2 with ${remote}${policy === undefined ? '' : ` for ${policy.label}`} failed: ${failure.message}`,
    });
    // An initiator that fails before its first message has nobody to tell.
    const heard = negotiation.role === 'responder' || negotiation.answered;
    if (failure.notifyType !== undefined && ikeSa !== undefined && heard) {
      this.#notifyError(ikeSa, negotiation, failure.notifyType);
    }
    // The peer may have both its SAs in place and would send into nothing until they expire.
    this.#takeBack(negotiation);
    if (ikeSa !== undefined) this.proceed(ikeSa, now);
    if (policy === undefined) return;
    if (this.#begunUnderDeadPhase1(negotiation, failure, now) && this.#stillWanted(negotiation)) {
      // The wish is as good as ever: once more, under a phase 1 that lives.
      this.negotiate(policy, negotiation.cause, now, {
        ...(renews === undefined ? {} : { renews }),
        attempt: negotiation.attempt + 1,
      });
      return;
    }
    const wait =
      negotiation.role === 'initiator'
        ? this.#state.backoff.failed(policy.id, now)
        : ikeTimes.backoffFirstMs;
    const dying = this.#state.children
      .ofPolicy(policy.id)
      .filter((child) => child.dying && child.role !== 'responder')
      .at(-1);
    if (dying !== undefined) this.#retryRenewal(dying, wait, now);
  }

  /** With the newest phase 1 the older ones are dead too: the peer forgets them all at once. */
  #closeDead(ikeSa: IkeSa, now: Instant): void {
    const { address } = ikeSa.remote;
    const why = 'the peer does not answer under it any more';
    for (const other of this.#state.ikeSas.ofRemote(address)) {
      const older = other.established && other.createdAt < ikeSa.createdAt;
      if (older && other.local.address === ikeSa.local.address) other.close(now, why, true);
    }
    ikeSa.close(now, why, true);
  }

  /** Whether nobody else has made the pair meanwhile. */
  #stillWanted({ policy, renews }: Negotiation): boolean {
    if (policy === undefined) return false;
    const children = this.#state.children.completeOfPolicy(policy.id);
    return children.every((child) => child.dying) && (renews === undefined || children.length > 0);
  }

  /** Nobody answers under that phase 1, or it went away in the middle: the peer has most likely restarted. */
  #begunUnderDeadPhase1(negotiation: Negotiation, failure: ExchangeFailure, now: Instant): boolean {
    const { policy, ikeSa } = negotiation;
    if (policy === undefined || ikeSa === undefined || negotiation.role === 'responder') {
      return false;
    }
    const silent = failure.reason === 'timeout' && negotiation.unheard;
    if (silent) {
      this.#closeDead(ikeSa, now);
    } else if (failure.reason !== 'phase1-gone') {
      return false;
    }
    return negotiation.attempt === 0 && currentPolicy(this.#state.config, policy) !== undefined;
  }

  /** While the old pair lives its successor is tried for again and again. */
  #retryRenewal(child: ChildSa, waitMs: number, now: Instant, how: RenewalManner = {}): void {
    const timer = this.#state.environment.timers.set(after(now, waitMs), (later) => {
      this.#retries.delete(timer);
      if (this.#state.children.has(child)) this.renew(child, later, how);
    });
    this.#retries.add(timer);
  }

  /**
   * Makes the successor of a pair that passed its soft limit, unless there is one. Where both ends made
   * a pair at about the same time the other end may be about to renew its own: it gets a moment for it.
   */
  renew(child: ChildSa, now: Instant, how: RenewalManner = {}): void {
    const { deferred = false, cause = 'renewal' } = how;
    const others = this.#state.children
      .completeOfPolicy(child.policyId)
      .filter((other) => other !== child);
    const fresh = others.filter((other) => !other.dying && isNewer(other, child));
    if (fresh.some((other) => deferred || other.role === child.role)) return;
    if (!deferred && (fresh.length > 0 || (child.redundant && others.length > 0))) {
      this.#retryRenewal(child, ikeTimes.renewalCourtesyMs, now, { deferred: true, cause });
      return;
    }
    const policy = policyById(this.#state.config, child.policyId);
    if (policy !== undefined) this.negotiate(policy, cause, now, { renews: child });
  }

  #notifyError(ikeSa: IkeSa, negotiation: Negotiation, type: number): void {
    ikeSa.inform([errorNotify(type, negotiation.peerProposal)]);
  }

  /** Ends everything under way, without a word to anybody. */
  cancelAll(): void {
    for (const negotiation of this.#state.negotiations.all()) this.#cancel(negotiation);
    for (const timer of this.#retries) timer.cancel();
    this.#retries.clear();
    for (const timer of this.#postponed.values()) timer.cancel();
    this.#postponed.clear();
  }

  /** Ends what is under way for a policy that is gone or has changed. */
  cancelPolicy(policyId: number): void {
    for (const negotiation of this.#state.negotiations.ofPolicy(policyId))
      this.#cancel(negotiation);
  }

  #cancel(negotiation: Negotiation): void {
    const { policy } = negotiation;
    if (policy !== undefined) this.#state.negotiations.remove(policy.id, negotiation);
    this.#takeBack(negotiation);
    negotiation.cancel();
  }

  #takeBack({ announced, ikeSa, messageId }: Negotiation): void {
    if (announced.length > 0) ikeSa?.takeBack(messageId, deleteIpsecSas(announced));
  }
}

/** How a renewal is made. */
interface RenewalManner {
  /** The other end had its moment. */
  readonly deferred?: boolean;
  readonly cause?: NegotiationCause;
}

/** An unconfirmed pair is added when its quick mode has failed: what was made meanwhile is newer. */
function isNewer(other: ChildSa, child: ChildSa): boolean {
  if (child.outbound.length === 0) return other.installedAt >= child.startedAt;
  return other.order > child.order;
}

/** Under an older phase 1 than what the peer began. */
function isOfFormerLife(one: Negotiation, begunByPeer: Negotiation): boolean {
  const [older, newer] = [one.ikeSa?.createdAt, begunByPeer.ikeSa?.createdAt];
  const isNewer = older !== undefined && newer !== undefined && older < newer;
  return begunByPeer.role === 'responder' && isNewer;
}

const causeText: Record<NegotiationCause, string> = {
  packet: 'a packet needs it',
  renewal: 'its SAs pass their soft limit',
  unconfirmed: 'the peer may use SAs that it has not confirmed',
  command: 'by command',
  restart: 'an earlier run had SAs or a negotiation there',
  peer: 'the peer asks for it',
};
