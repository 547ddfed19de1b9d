/** Life and end of IPsec SAs: acquires, limits, removal, adoption (R-06, R-68, R-69; E-31, E-34). */

import { assertNever } from '../base/assert.js';
import type { Instant } from '../base/instant.js';
import { spiText } from '../base/spi.js';
import { saKey } from '../dataplane/sa-key.js';
import type { DataPlaneEvent, InstalledSa, IpsecSaId } from '../dataplane/types.js';
import { adoptablePairs } from './adoption.js';
import type { ChildRemoval, ChildSa } from './child-sa.js';
import { idsOf } from './child-sa.js';
import type { EngineState } from './engine-state.js';
import { policyByReqid } from './lookup.js';
import type { Phase2Life } from './phase2-life.js';
import { deleteIpsecSas } from './v1/informational.js';

export class SaLife {
  readonly #state: EngineState;
  readonly #phase2: Phase2Life;

  constructor(state: EngineState, phase2: Phase2Life) {
    this.#state = state;
    this.#phase2 = phase2;
  }

  handle(event: DataPlaneEvent, now: Instant): void {
    switch (event.kind) {
      case 'acquire':
        this.#onAcquire(event.reqid, now);
        break;
      case 'expire':
        if (event.hard) this.#onHardExpire(event.id, now);
        else this.#onSoftExpire(event.id, now);
        break;
      case 'removed':
        this.#onRemoved(event.id, now);
        break;
      case 'overrun':
        // The host answers with a resync: only it can look.
        break;
      default:
        assertNever(event);
    }
  }

  #onAcquire(reqid: number, now: Instant): void {
    const policy = policyByReqid(this.#state.config, reqid);
    // `use` never asks; the kernel's sensor for `acquire` cannot tell (E-12).
    if (policy === undefined || policy.level === 'use') return;
    // A nested policy's packet asks for every SA on its way, those included that are there (E-14).
    if (this.#state.children.hasPolicy(policy.id)) return;
    if (this.#state.backoff.waits(policy.id, now)) {
      this.#phase2.negotiateLater(policy);
      this.#state.environment.event({
        name: 'acquireIgnored',
        level: 'debug',
        reason: 'backoff',
        policyId: policy.id,
        remote: policy.remote,
        message: `a packet asks for ${policy.label} again: its last negotiation has just failed, the next one waits a little`,
      });
      return;
    }
    this.#phase2.negotiate(policy, 'packet', now);
  }

  /** who was initiator of the pair renews it; the other end only forgets its handler. */
  #onSoftExpire(id: IpsecSaId, now: Instant): void {
    const child = this.#state.children.find(id);
    if (child === undefined || child.dying) return;
    child.dying = true;
    this.#state.environment.event({
      name: 'saExpired',
      level: 'debug',
      reason: 'soft',
      policyId: child.policyId,
      remote: child.remote,
      message: `SAs with ${child.remote} for ${child.label} pass their soft limit`,
    });
    this.#distrustOlder(child, now);
    if (child.role === 'responder') {
      const successor = this.#state.children
        .ofPolicy(child.policyId)
        .some((other) => other !== child && !other.dying);
      if (!successor && !this.#state.negotiations.has(child.policyId)) {
        this.#state.phase2States.set(child.policyId, 'expired');
      }
      return;
    }
    this.#phase2.renew(child, now);
  }

  /**
   * Of a dying SA and a mature one the kernel sends through the mature one, were it older. An older pair that
   * is still there has been renewed already, or it is one whose DELETE was lost, and the peer does not have
   * it: then, if it is ours to renew, that is done now. Pairs made at the same time are no older than each
   * other: the peer may see them the other way round.
   */
  #distrustOlder(child: ChildSa, now: Instant): void {
    const isPeers = child.role === 'responder' && !child.redundant;
    for (const other of this.#state.children.completeOfPolicy(child.policyId)) {
      if (other.dying || other.installedAt >= child.startedAt) continue;
      if (isPeers && !other.superseded && other.role !== 'responder')
        this.#phase2.renew(other, now);
      else if (isPeers || other.superseded) {
        const why = 'newer ones have taken their place, and pass their soft limit now';
        this.removeChild(other, { tell: true, why, level: 'debug' });
      }
    }
  }

  #onHardExpire(id: IpsecSaId, now: Instant): void {
    const child = this.#state.children.find(id);
    const why = 'their hard limit is reached';
    if (child !== undefined) {
      this.#state.environment.event({
        name: 'saExpired',
        level: 'debug',
        reason: 'hard',
        policyId: child.policyId,
        remote: child.remote,
        message: `SAs with ${child.remote} for ${child.label} reach their hard limit`,
      });
      this.removeChild(child, { tell: true, why, level: 'debug' });
    } else this.#state.negotiations.installerOf(id)?.abandon(now, why, 'expired');
  }

  #onRemoved(id: IpsecSaId, now: Instant): void {
    const why = 'somebody removed them from the kernel';
    const child = this.#state.children.find(id);
    if (child !== undefined) this.removeChild(child, { tell: true, why, level: 'warn' });
    else this.#state.negotiations.installerOf(id)?.abandon(now, why, 'removed');
  }

  removeChild(child: ChildSa, how: ChildRemoval): void {
    if (!this.#state.children.remove(child)) return;
    child.release?.(how.tell ? deleteIpsecSas(child.inbound) : undefined);
    for (const id of idsOf(child)) {
      this.#state.environment.operate({ kind: 'removeSa', id }, () => undefined);
    }
    if (how.tell) this.#sendDelete(child);
    if (
      !this.#state.children.hasPolicy(child.policyId) &&
      !this.#state.negotiations.has(child.policyId)
    ) {
      this.#state.phase2States.set(child.policyId, 'expired');
    }
    this.#state.environment.event({
      name: 'saRemoved',
      level: how.level,
      local: child.local,
      remote: child.remote,
      policyId: child.policyId,
      message: `SAs with ${child.remote} for ${child.label} removed: ${how.why}`,
    });
    if (this.#state.children.hasPolicy(child.policyId)) return;
    this.#state.environment.event({
      name: 'phase2Closed',
      level: 'debug',
      local: child.local,
      remote: child.remote,
      policyId: child.policyId,
      message: `phase 2 with ${child.remote} for ${child.label} closed: ${how.why}`,
    });
  }

  #sendDelete(child: ChildSa): void {
    const ikeSa = this.#state.ikeSas.newestEstablished(child.local, child.remote);
    ikeSa?.inform(deleteIpsecSas(child.inbound));
  }

  resync(sas: readonly InstalledSa[], now: Instant): void {
    const here = new Set(sas.filter(({ state }) => state !== 'larval').map(saKey));
    for (const child of [...this.#state.children.all()]) {
      if (idsOf(child).every((id) => here.has(saKey(id)))) continue;
      const why = 'they are not in the kernel any more';
      this.removeChild(child, { tell: true, why, level: 'warn' });
    }
    for (const negotiation of [...this.#state.negotiations.all()]) {
      // A pair of which one SA is gone already must not be established.
      if (negotiation.hasLost(here)) {
        negotiation.abandon(now, 'its SAs are not in the kernel any more', 'removed');
      }
    }
    const strangers = sas.filter(
      (sa) => this.#state.children.find(sa) === undefined && !this.#state.negotiations.owns(sa),
    );
    const { pairs, orphans } = adoptablePairs(this.#state.config.policies, strangers, now);
    for (const { child, renewNow } of pairs) this.#adopt(child, renewNow, now);
    for (const orphan of orphans) {
      this.#state.environment.operate({ kind: 'removeSa', id: orphan }, () => undefined);
      this.#state.environment.event({
        name: 'saRemoved',
        level: 'info',
        remote: orphan.direction === 'in' ? orphan.source : orphan.destination,
        message: `SA ${spiText(orphan.spi)} of an earlier run removed: no policy or no other direction for it`,
      });
    }
  }

  #adopt(child: ChildSa, renewNow: boolean, now: Instant): void {
    this.#state.children.add(child);
    this.#state.phase2States.set(child.policyId, 'established');
    this.#state.environment.event({
      name: 'saAdopted',
      level: 'info',
      local: child.local,
      remote: child.remote,
      policyId: child.policyId,
      message: `SAs of an earlier run with ${child.remote} for ${child.label} adopted`,
    });
    if (!renewNow) return;
    child.dying = true;
    this.#phase2.renew(child, now);
  }
}
