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
  /** Where the packet would leave; undefined: there is nobody to ask. */
  routeOf(flow: Flow): RouteFacts | 'noRoute' | undefined;
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

export interface Question {
  readonly flow: Flow;
  readonly config: Config;
  readonly status: LiveStatus;
  readonly facts: PacketFacts;
}
