/**
 * The port to whatever protects packets: the kernel (XFRM), the memory model, later our own.
 * Policies are declared (desired set, then diff); SAs are installed and removed one by one.
 */
import type { Address } from '../base/address.js';
import type { Secret } from '../base/secret.js';
import type { TrafficSelector } from '../base/selector.js';
import type { EncryptionName, IntegrityName } from '../crypto/algorithms.js';

export type IpsecProtocol = 'esp' | 'ah';
export type IpsecMode = 'transport' | 'tunnel';

/** Limits of an SA, 0 = none. Soft asks for a successor, hard ends the SA (RFC 4301 4.4.2.1). */
export interface SaLifetime {
  readonly softSeconds: number;
  readonly hardSeconds: number;
  readonly softBytes: number;
  readonly hardBytes: number;
}

/** What names an SA: RFC 4301 4.1 plus the source, which Linux and the manual use as well. */
export interface IpsecSaId {
  readonly protocol: IpsecProtocol;
  readonly spi: number;
  readonly source: Address;
  readonly destination: Address;
}

/** One direction, one SPI (RFC 4301 4.1). */
export interface IpsecSa extends IpsecSaId {
  readonly direction: 'in' | 'out';
  /** Ties the SA to the policy that asked for it (spec E-05). */
  readonly reqid: number;
  readonly mode: IpsecMode;
  /** Undefined for AH. */
  readonly encryption?: EncryptionName;
  readonly integrity: IntegrityName;
  readonly encryptionKey: Secret;
  readonly integrityKey: Secret;
  /** Window in packets, 0 = no replay check. */
  readonly replayWindow: number;
  /** The header put around a packet never has DF, whatever that packet has: tunnel mode, outbound. */
  readonly clearsDf?: boolean;
  readonly lifetime: SaLifetime;
}

export interface SaCounters {
  readonly bytes: number;
  readonly packets: number;
  /** Seconds since the epoch. */
  readonly addTime: number;
  /** Seconds since the epoch, 0 = never used. */
  readonly useTime: number;
  readonly replayErrors: number;
  readonly integrityErrors: number;
}

/** An SA as the data plane holds it. `larval`: an SPI is reserved or an acquire pending (R-6D). */
export interface InstalledSa extends IpsecSa {
  readonly state: 'larval' | 'mature' | 'dying' | 'dead';
  readonly counters: SaCounters;
}

export interface PolicyTemplate {
  readonly protocol: IpsecProtocol;
  readonly mode: IpsecMode;
  readonly source: Address;
  readonly destination: Address;
  readonly reqid: number;
  /** An optional template lets packets pass in clear while there is no SA (spec E-12). */
  readonly optional: boolean;
}

export type PolicyAction = 'protect' | 'bypass' | 'discard';

/** One entry of the data plane's SPD. Direction and selector are its key (spec E-03). */
export interface DataPlanePolicy {
  readonly direction: 'in' | 'out' | 'fwd';
  readonly selector: TrafficSelector;
  /** Lower wins (spec E-02). */
  readonly priority: number;
  readonly action: PolicyAction;
  /** Innermost first (spec E-07); empty unless the action is `protect`. */
  readonly templates: readonly PolicyTemplate[];
}

export type DataPlaneOperation =
  /** Reserves an inbound SPI: `source` is the remote end, `destination` the local one. */
  | {
      readonly kind: 'allocateSpi';
      readonly protocol: IpsecProtocol;
      readonly mode: IpsecMode;
      readonly source: Address;
      readonly destination: Address;
      readonly reqid: number;
    }
  /** An inbound SA takes the place of the SPI reserved for it. */
  | { readonly kind: 'installSa'; readonly sa: IpsecSa }
  | { readonly kind: 'removeSa'; readonly id: IpsecSaId }
  /** Refused with code EEXIST when the key is taken: by us (use updatePolicy) or by someone else. */
  | { readonly kind: 'installPolicy'; readonly policy: DataPlanePolicy }
  /** Changes priority, action and templates of an existing policy in place. */
  | { readonly kind: 'updatePolicy'; readonly policy: DataPlanePolicy }
  | {
      readonly kind: 'removePolicy';
      readonly policy: Pick<DataPlanePolicy, 'direction' | 'selector'>;
    };

export type DataPlaneResult =
  | { readonly kind: 'ok'; readonly spi?: number }
  /** `code`: an errno name such as EEXIST or ENOENT. `detail`: the data plane's own words. */
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string };

export type DataPlaneEvent =
  /** A packet needs an SA that is not there. `reqid` is the policy template's. */
  | {
      readonly kind: 'acquire';
      readonly reqid: number;
      readonly protocol: IpsecProtocol;
      readonly source: Address;
      readonly destination: Address;
    }
  | {
      readonly kind: 'expire';
      readonly id: IpsecSaId;
      readonly reqid: number;
      readonly hard: boolean;
    }
  /** Somebody else removed one of our SAs (`ip xfrm state flush`). */
  | { readonly kind: 'removed'; readonly id: IpsecSaId; readonly reqid: number }
  /** Events were lost: take a snapshot and compare. */
  | { readonly kind: 'overrun' };

export interface DataPlaneCapabilities {
  readonly name: 'xfrm' | 'userspace' | 'memory';
  readonly esp: boolean;
  readonly ah: boolean;
  readonly encryption: readonly EncryptionName[];
  readonly integrity: readonly IntegrityName[];
}

export interface DataPlaneSnapshot {
  readonly policies: readonly DataPlanePolicy[];
  readonly sas: readonly InstalledSa[];
}

export interface DataPlane {
  readonly capabilities: DataPlaneCapabilities;
  /** Applies the batch in order and returns one result per operation; never throws for a refusal. */
  apply(operations: readonly DataPlaneOperation[]): readonly DataPlaneResult[];
  /** The SPD and SAD as they stand, everybody's: whose an entry is says `ownership.ts`. */
  snapshot(): DataPlaneSnapshot;
  onEvent(listener: (event: DataPlaneEvent) => void): void;
  close(): void;
}
