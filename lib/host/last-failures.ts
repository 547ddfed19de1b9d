/**
 * Why the last negotiation with a peer, or for a policy, failed, and what is in the way of one under way:
 * kept until one succeeds or the tables change, for `explain`.
 */
import type { Address } from '../core/base/address.js';
import type { Instant } from '../core/base/instant.js';
import type { PolicyItem } from '../core/config/menus/policy.js';
import type { EngineEvent } from '../core/ike/effect.js';

export interface LastFailuresOptions {
  /** Strangers fail as often as they like, and are not remembered. */
  readonly isConfigured: (remote: Address) => boolean;
}

interface Failure {
  readonly at: Instant;
  readonly message: string;
}

export class LastFailures {
  readonly #options: LastFailuresOptions;
  readonly #byPolicy = new Map<number, Failure>();
  readonly #byRemote = new Map<Address, Failure>();
  /** Of a phase 1 that is not over. */
  readonly #troubles = new Map<Address, Failure>();

  constructor(options: LastFailuresOptions) {
    this.#options = options;
  }

  onEngineEvent(event: EngineEvent, at: Instant): void {
    const { name, level, policyId, remote, message } = event;
    switch (name) {
      case 'notifyReceived':
      case 'retransmitted':
        // The later repetitions say the same again; those of phase 2 end in a failure, which says more.
        if (level !== 'warn' || policyId !== undefined || remote === undefined) break;
        if (this.#options.isConfigured(remote)) this.#troubles.set(remote, { at, message });
        break;
      case 'phase1Established':
        if (remote !== undefined) this.#troubles.delete(remote);
        break;
      case 'phase1Failed':
      case 'phase2Failed':
        if (remote !== undefined) this.#troubles.delete(remote);
        if (policyId !== undefined) this.#byPolicy.set(policyId, { at, message });
        else if (remote !== undefined && this.#options.isConfigured(remote)) {
          this.#byRemote.set(remote, { at, message });
        }
        break;
      case 'phase2Established':
        if (policyId !== undefined) this.#byPolicy.delete(policyId);
        if (remote !== undefined) this.#byRemote.delete(remote);
        break;
    }
  }

  /** The later one of the policy's own and its peer's, with its age. */
  of({ id, 'sa-dst-address': remote }: PolicyItem, now: Instant): string | undefined {
    const own = this.#byPolicy.get(id);
    const peers = this.#byRemote.get(remote);
    const last = own === undefined || (peers !== undefined && peers.at > own.at) ? peers : own;
    return last && withAge(last, now);
  }

  /** What the peer said of a phase 1 under way, or that it is silent, with its age. */
  troubleOf({ 'sa-dst-address': remote }: PolicyItem, now: Instant): string | undefined {
    const trouble = this.#troubles.get(remote);
    return trouble && withAge(trouble, now);
  }

  /** The tables have changed, and what failed before may not fail again. */
  clear(): void {
    this.#byPolicy.clear();
    this.#byRemote.clear();
    this.#troubles.clear();
  }
}

function withAge({ message, at }: Failure, now: Instant): string {
  return `${message} (${ageText(now, at)} ago)`;
}

function ageText(now: Instant, at: Instant): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
