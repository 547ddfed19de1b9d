/** Everything that may go into the engine. Time rides in every input; the core reads no clock. */
import type { Endpoint } from '../base/address.js';
import type { Instant } from '../base/instant.js';
import type { CryptoResult } from '../crypto/provider.js';
import type { DataPlaneEvent, DataPlaneResult, InstalledSa } from '../dataplane/types.js';
import type { IkeConfig } from './ike-config.js';

/** The payload of one UDP packet, without the non-ESP marker of port 4500. */
export interface Datagram {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly bytes: Uint8Array;
}

/** Links a `compute` or `dataplane` effect to the `completed` input that answers it. */
export type EffectId = number;

export type Command =
  /** Negotiates for a policy as if a packet had asked. */
  | {
      readonly kind: 'initiate';
      readonly policyId: number;
      /** Nobody commanded it: the host takes up what a crashed run had. */
      readonly cause?: 'restart';
    }
  /**
   * The SAs of ours the data plane holds, after a start or after lost events. Pairs the engine does
   * not know are adopted when a policy owns them and removed when none does; SAs it thought were
   * there and are not count as removed.
   */
  | { readonly kind: 'resync'; readonly sas: readonly InstalledSa[] }
  /** Says goodbye to every peer and removes every SA (a clean stop). */
  | { readonly kind: 'shutdown' }
  /** Deletes the SAs that IKE made with these protocols, and tells the peers. */
  | { readonly kind: 'flush'; readonly protocols: 'ah' | 'esp' | 'all' };

export type Input =
  | { readonly kind: 'datagram'; readonly now: Instant; readonly datagram: Datagram }
  | { readonly kind: 'timeout'; readonly now: Instant }
  | { readonly kind: 'dataplane'; readonly now: Instant; readonly event: DataPlaneEvent }
  | {
      readonly kind: 'completed';
      readonly now: Instant;
      readonly id: EffectId;
      readonly result: CryptoResult | DataPlaneResult;
    }
  | { readonly kind: 'configured'; readonly now: Instant; readonly config: IkeConfig }
  | { readonly kind: 'command'; readonly now: Instant; readonly command: Command };
