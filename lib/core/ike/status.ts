/** What the engine shows of itself: the states of `print stats` (spec A.1, A.4, R-6A, R-6B). */
import type { Address } from '../base/address.js';
import type { Instant } from '../base/instant.js';
import type { Ph1State, Ph2State } from '../config/live-status.js';
import type { IpsecSaId } from '../dataplane/types.js';

/** A row without phase 1, or without phase 2, is simply not in the maps. */
export type Phase1State = Exclude<Ph1State, 'no-phase1'>;
export type Phase2State = Exclude<Ph2State, 'no-phase2'>;

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
