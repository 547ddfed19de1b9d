/** What is asked of `explain`, and what is looked at to answer: the tables, and the system as it is. */
import type { Address } from '../base/address.js';
import type { Flow } from '../base/flow.js';
import type { Config } from '../config/config.js';
import type { LiveStatus } from '../config/live-status.js';
import type { PolicyItem } from '../config/menus/policy.js';
import type { DataPlaneSnapshot } from '../dataplane/types.js';

/** What the system knows besides the tables and their status. */
export interface PacketFacts {
  /** Everybody's policies and SAs. */
  readonly snapshot: DataPlaneSnapshot;
  readonly localAddresses: readonly Address[];
  /** In words: why the last negotiation for that policy, or with its peer, failed, if it did. */
  failureOf(policy: PolicyItem): string | undefined;
  /** In words: what is in the way of a phase 1 under way with its peer, as far as was seen. */
  troubleOf(policy: PolicyItem): string | undefined;
  /** Where the packet would leave; undefined: there is nobody to ask. */
  routeOf(flow: Flow): RouteFacts | 'noRoute' | undefined;
  /** Our nftables table is in force: it sees to dont-fragment where SAs cannot (E-33). */
  readonly hasPacketFilter: boolean;
  /**
   * Packets that came in clear though some policy wants them encrypted, and were dropped, since rows or SAs
   * last changed.
   */
  readonly refusedInClear: number;
  /** What source NAT makes of a packet that leaves there; undefined: nothing, as far as can be told. */
  sourceNatOf?(flow: Flow, route: RouteFacts | undefined): NatFacts | undefined;
}

export interface RouteFacts {
  readonly device: string;
  /** Bytes of the largest IP packet that fits. */
  readonly mtu: number;
  /** What the router itself sends there has this source. */
  readonly address?: Address;
}

export interface NatFacts {
  /** The rule, as its program shows it. */
  readonly rule: string;
  /** The new source; undefined: the address of the interface, which is not known. */
  readonly source: Address | undefined;
}

/** How long the packet is: whether it fits can only be told of one that has a length. */
export interface PacketLength {
  /** Of the IP packet, header included. */
  readonly bytes: number;
  /** It has the DF bit: nobody may fragment it (RFC 791 3.1). */
  readonly dontFragment: boolean;
}

export interface Question {
  readonly flow: Flow;
  readonly length?: PacketLength;
  readonly config: Config;
  readonly status: LiveStatus;
  readonly facts: PacketFacts;
}
