/** Why the last negotiation with a peer, or for a policy, failed: kept until one succeeds or the tables change, for `explain`. */
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

  constructor(options: LastFailuresOptions) {
    this.#options = options;
  }

  onEngineEvent({ name, policyId, remote, message }: EngineEvent, at: Instant): void {
    switch (name) {
      case 'phase1Failed':
      case 'phase2Failed':
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
    return last && `${last.message} (${ageText(now, last.at)} ago)`;
  }

  /** The tables have changed, and what failed before may not fail again. */
  clear(): void {
    this.#byPolicy.clear();
    this.#byRemote.clear();
  }
}

function ageText(now: Instant, at: Instant): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
