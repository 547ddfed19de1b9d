/** What the engine shows of itself: the states of `print stats` (spec A.1, A.4, R-6A, R-6B). */
import type { Address } from '../base/address.js';
import type { Instant } from '../base/instant.js';
import type { IpsecSaId } from '../dataplane/types.js';

/** racoon's phase 1 states, as the peer menu prints them (spec A.4, Annex 4). */
export type Phase1State =
  | 'spawning'
  | 'starting'
  | 'message-1-received'
  | 'message-1-sent'
  | 'message-2-received'
  | 'message-2-sent'
  | 'message-3-received'
  | 'message-3-sent'
  | 'message-4-received'
  | 'established'
  | 'expired';

/** racoon's phase 2 states, as the policy menu prints them, its spelling included (spec A.1). */
export type Phase2State =
  | 'spawning'
  | 'starting'
  | 'ready-to-send'
  | 'getspi-sent'
  | 'getspi-done'
  | 'msg1-sent'
  | 'ready-to-establish'
  | 'commiting'
  | 'adding-sa'
  | 'established'
  | 'expired';

export interface PeerStatus {
  readonly state: Phase1State;
  readonly side?: 'initiator' | 'responder';
  readonly establishedAt?: Instant;
  /** Quick modes under way, and completed, under this phase 1. */
  readonly phase2Active?: number;
  readonly phase2Total?: number;
}

/** One negotiated SA, to be joined with the data plane's snapshot. */
export interface ChildSaStatus {
  readonly policyId: number;
  /** Both directions, outbound first (spec A-21). */
  readonly ids: readonly IpsecSaId[];
  /** The quick mode made its own Diffie-Hellman exchange. */
  readonly pfs: boolean;
  readonly dying: boolean;
}

export interface EngineStatus {
  /** By peer row id; a missing row has no phase 1. */
  readonly peers: ReadonlyMap<number, PeerStatus>;
  /** By policy row id; a missing row has no phase 2. */
  readonly policies: ReadonlyMap<number, Phase2State>;
  /** In order of installation. */
  readonly childSas: readonly ChildSaStatus[];
  /** Policies whose SAs are all installed (spec E-13). */
  readonly policiesWithSas: ReadonlySet<number>;
  /**
   * Addresses we have, or are about to have, something in common with. A host that crashed with them
   * on record speaks to them first, so that they drop what they still believe in.
   */
  readonly activeRemotes: ReadonlySet<Address>;
  /** Sizes of what could grow without bound, for metrics and leak tests. */
  readonly sizes: {
    readonly ikeSas: number;
    readonly halfOpen: number;
    readonly negotiations: number;
    readonly childSas: number;
    readonly timers: number;
    readonly openRequests: number;
  };
}
